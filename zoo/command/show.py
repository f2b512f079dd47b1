"""How the command writes what it found."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from zoo.hub.words import facts, metrics, size

if TYPE_CHECKING:
    from zoo.exporter.report import Report

Json = Mapping[str, Any]


def line(output: Any) -> str:
    """One output on one line: pairs as token/tag, and others alike."""
    if isinstance(output, str):
        return output
    return " ".join(
        "/".join(f"{part:.2f}" if isinstance(part, float) else f"{part}" for part in parts)
        for parts in output
    )


def document(content: Any) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def models(rows: Iterable[Json]) -> None:
    """Shipped models with what their cards say first, and recipes without one."""
    lines = []
    for row in rows:
        lines.append((row["name"], row["summary"]))
        card = row["card"]
        if card:
            first = dict([*card["metrics"]["test"].items()][:1])
            room = f"{card['parameters']:,} parameters, {size(card['bytes'])}"
            lines.append(("", f"{metrics(first)} on test, {room}"))
            lines.append(("", f"licence {card['licence']}, data {card['data']['licence']}"))
        else:
            lines.append(("", f"a recipe without shipped weights: zoo train {row['name']}"))
    from rich.table import Table

    grid = Table.grid(padding=(0, 3))
    for cells in lines:
        grid.add_row(*cells)
    _print(grid)


def card(name: str, card: Json, example: tuple[str, Any] | None) -> None:
    """What a model does, how well, what it was made from, and how to go on from it.

    Args:
        example: a raw input and the output for it, where the model can be run at once.
    """
    rows = [("what it does", card["summary"])]
    if example is not None:
        given, output = example
        rows.append(("example", f"zoo predict {name} {given!r:.120}\n{line(output):.240}"))
    _table(name, ("card", ""), [*rows, *facts(name, card)])


def settings(name: str, settings: Mapping[str, Json]) -> None:
    """What `zoo predict` takes, where it takes anything."""
    if settings:
        rows = [(key, field["type"], str(field["default"])) for key, field in settings.items()]
        _table(f"zoo predict {name}", ("--set", "type", "default"), rows)


def options(name: str, options: Mapping[str, Json]) -> None:
    """What `zoo train` takes."""
    rows = [(k, o["type"], str(o["default"]), o["description"]) for k, o in options.items()]
    _table(f"zoo train {name}", ("--set", "type", "default", "meaning"), rows)


def report(title: str, out: Path, report: "Report") -> None:
    """What an export wrote and how it compared."""
    rows = [
        ("files", f"{len(report.files)}, {size(report.bytes)}, in {out}"),
        ("operators", ", ".join(f"{op} {n}" for op, n in report.operators.items())),
        *(("loop", f"{layer}: {why}") for layer, why in report.loops.items()),
    ]
    for side, tensors in (("inputs", report.inputs), ("outputs", report.outputs)):
        rows.append((side, "\n".join(f"{t.name}: {t.dtype} {list(t.shape)}" for t in tensors)))
    allowed = "" if report.tolerance is None else f" of {report.tolerance:.2g} allowed"
    rows.append(("largest error", f"{report.max_abs_error:.2g}{allowed}"))
    if report.rounding is not None:
        rounding = f"{max(report.rounding.values(), default=0.0):.2g}"
        rows.append(("types", f"float32; the model in {', '.join(report.types)} is {rounding} off"))
    for runtime, error in report.errors.items():
        rows.append((f"in {runtime}", error if isinstance(error, str) else f"{error:.2g}"))
    _table(title, ("export", ""), rows)


def _table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    from rich.table import Table

    table = Table(*columns, title=title)
    for row in rows:
        table.add_row(*row)
    _print(table)


def _print(content: Any) -> None:
    from rich.console import Console

    Console().print(content)
