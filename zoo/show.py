"""How the command writes what it found."""

import json
from collections.abc import Mapping
from typing import Any

import typer


def line(output: Any) -> str:
    """One output on one line: pairs as token/tag."""
    if isinstance(output, str):
        return output
    return " ".join(f"{a}/{b:.2f}" if isinstance(b, float) else f"{a}/{b}" for a, b in output)


def metrics(metrics: Mapping[str, float | str]) -> str:
    return ", ".join(
        f"{name} {value}" if isinstance(value, str) else f"{name} {value:.4f}"
        for name, value in metrics.items()
    )


def size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def document(content: Any) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def table(content: Any) -> None:
    from rich.console import Console

    Console().print(content)
