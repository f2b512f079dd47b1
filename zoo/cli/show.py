"""How the command writes what it found."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from zoo.errors import Refusal
from zoo.hub.card_text import facts, metrics, size

if TYPE_CHECKING:
    from zoo.exporters.report import Report

Json = Mapping[str, Any]


def line(output: Any) -> str:
    """One output on one line: pairs as token/tag, and others alike; pairs with sentences on a line
    each."""
    if isinstance(output, str):
        return output
    spelled = [[f"{p:.2f}" if isinstance(p, float) else f"{p}" for p in parts] for parts in output]
    if any(" " in part for parts in spelled for part in parts):
        return "\n".join("\t".join(parts) for parts in spelled)
    return " ".join("/".join(parts) for parts in spelled)


def refused(outputs: Iterable[Any]) -> list[Refusal]:
    """Which outputs, or parts of them, could not be made."""
    parts = [part for output in outputs for part in _parts(output)]
    return [part for part in parts if isinstance(part, Refusal)]


def _parts(output: Any) -> Iterable[Any]:
    if isinstance(output, (list, tuple)):
        return [part for inner in output for part in _parts(inner)]
    return [output]


def document(content: Any) -> None:
    typer.echo(json.dumps(told(content), indent=2, ensure_ascii=False))


def told(content: Any) -> Any:
    """The same, with every `Refusal` as an object that says so."""
    if isinstance(content, dict):
        return {name: told(each) for name, each in content.items()}
    if isinstance(content, (list, tuple)):
        return [told(each) for each in content]
    return {"error": str(content)} if isinstance(content, Refusal) else content


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


def epochs(parts: Mapping[str, list[dict[str, Any]]]) -> None:
    """A table of the losses and metrics of each part of a training, and more where it is wide."""
    for part, rows in parts.items():
        names = dict.fromkeys(name for row in rows for name in row)
        columns = {n: [f"{row[n]:g}" if n in row else "" for row in rows] for n in names}
        for together in _side_by_side(columns):
            cells = zip(*(columns[name] for name in together), strict=True)
            _table(part or None, together, cells)


def _side_by_side(columns: Mapping[str, list[str]]) -> list[list[str]]:
    """The columns that fit into the terminal, as often as it takes, the first one each time."""
    from rich.console import Console

    first, *others = columns
    # Two blanks and a line go with each column, and one more line with all.
    room = {name: max(map(len, [name, *cells])) + 3 for name, cells in columns.items()}
    left = free = Console().width - room[first] - 1
    found: list[list[str]] = [[first]]
    for name in others:
        if room[name] > left and len(found[-1]) > 1:
            found.append([first])
            left = free
        found[-1].append(name)
        left -= room[name]
    return found


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


def _table(title: str | None, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    from rich.table import Table

    table = Table(*columns, title=title)
    for row in rows:
        table.add_row(*row)
    _print(table)


def _print(content: Any) -> None:
    from rich.console import Console

    Console().print(content)
