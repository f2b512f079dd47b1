"""The output of the command: tables, and JSON documents."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

from zoo.errors import Refusal, printable
from zoo.hub.card_text import facts, first_metric, metrics, size

if TYPE_CHECKING:
    from zoo.exporters.report import Report
    from zoo.hub.card import Card

Json = Mapping[str, Any]


def line(output: Any) -> str:
    """An output as text: tuples as token/tag on one line, or a line each if they contain spaces.

    What holds other things than texts and numbers is shown as JSON.
    """
    output = _without_numpy(output)
    if isinstance(output, str):
        return output
    rows = [_cells(part) for part in output] if isinstance(output, (list, tuple)) else [None]
    texts = [row for row in rows if row is not None]
    if len(texts) < len(rows):
        return json.dumps(serializable(output), ensure_ascii=False)
    if any(" " in part for parts in texts for part in parts):
        return "\n".join("\t".join(parts) for parts in texts)
    return " ".join("/".join(parts) for parts in texts)


def _cells(part: Any) -> list[str] | None:
    """The texts of a part of an output; None where there are other things in it."""
    part = _without_numpy(part)
    values = [_without_numpy(p) for p in (part if isinstance(part, (list, tuple)) else [part])]
    if not all(isinstance(value, (str, int, float)) for value in values):
        return None
    return [f"{value:.2f}" if isinstance(value, float) else f"{value}" for value in values]


def _without_numpy(content: Any) -> Any:
    return content.tolist() if isinstance(content, (np.ndarray, np.generic)) else content


def refused(outputs: Iterable[Any]) -> list[Refusal]:
    """The refusals among outputs, and among their parts."""
    parts = [part for output in outputs for part in _parts(output)]
    return [part for part in parts if isinstance(part, Refusal)]


def _parts(output: Any) -> Iterable[Any]:
    if isinstance(output, (list, tuple)):
        return [part for inner in output for part in _parts(inner)]
    return [output]


def document(content: Any) -> None:
    """Prints a JSON document."""
    typer.echo(json.dumps(serializable(content), indent=2, ensure_ascii=False))


def serializable(content: Any) -> Any:
    """The content as JSON has it: arrays as lists, each `Refusal` as {"error": its text}."""
    content = _without_numpy(content)
    if isinstance(content, Mapping):
        return {str(_without_numpy(name)): serializable(each) for name, each in content.items()}
    if isinstance(content, (list, tuple, set, frozenset)):
        return [serializable(each) for each in content]
    if isinstance(content, Refusal):
        return {"error": str(content)}
    is_json = content is None or isinstance(content, (str, int, float))
    return content if is_json else str(content)


def models(rows: Iterable[Json]) -> None:
    """The list of shipped models and recipes, with the first metric of each model."""
    lines = []
    for row in rows:
        lines.append((row["name"], row["summary"]))
        card = row["card"]
        if card:
            room = f"{card['parameters']:,} parameters, {size(card['bytes'])}"
            lines.append(("", f"{first_metric(card['metrics'])}, {room}"))
            lines.append(("", f"licence {card['licence']}, data {card['data']['licence']}"))
        elif not isinstance(row["summary"], Refusal):
            lines.append(("", f"a recipe without shipped weights: zoo train {row['name']}"))
    from rich.table import Table

    grid = Table.grid(padding=(0, 3))
    for cells in lines:
        grid.add_row(*map(_plain, cells))
    _print(grid)


def epochs(parts: Mapping[str, list[dict[str, Any]]]) -> None:
    """Tables of the losses and metrics of each part of a training."""
    for part, rows in parts.items():
        names = dict.fromkeys(name for row in rows for name in row)
        columns = {n: [f"{row[n]:g}" if n in row else "" for row in rows] for n in names}
        for group in _groups_that_fit(columns):
            cells = zip(*(columns[name] for name in group), strict=True)
            _table(part or None, group, cells)


def _groups_that_fit(columns: Mapping[str, list[str]]) -> list[list[str]]:
    """Splits the columns into tables that fit the terminal; each repeats the first column."""
    from rich.console import Console

    first, *others = columns
    # A column has two spaces and a line beside it, and the table one more line.
    widths = {name: max(map(len, [name, *cells])) + 3 for name, cells in columns.items()}
    left = available = Console().width - widths[first] - 1
    groups: list[list[str]] = [[first]]
    for name in others:
        if widths[name] > left and len(groups[-1]) > 1:
            groups.append([first])
            left = available
        groups[-1].append(name)
        left -= widths[name]
    return groups


def card(name: str, card: Json, example: tuple[str, Any] | None) -> None:
    """The card of a model.

    Args:
        example: a raw input and the output for it.
    """
    rows = [("what it does", card["summary"])]
    if example is not None:
        raw_input, output = example
        rows.append(("example", f"zoo predict {name} {raw_input!r:.120}\n{line(output):.240}"))
    _table(name, ("card", ""), [*rows, *facts(name, card)])


def settings(name: str, settings: Mapping[str, Json]) -> None:
    """The settings of `zoo predict`, if there are any."""
    if settings:
        rows = [(key, field["type"], str(field["default"])) for key, field in settings.items()]
        _table(f"zoo predict {name}", ("--set", "type", "default"), rows)


def code_options(card: "Card") -> str:
    """The options of a command by which it finds the code that a model needs."""
    folder, cell = card.recipe_source.get("path"), card.options.get("cell")
    recipe = "" if folder is None else f" --recipe {quote(folder)}"
    module = f" --import {cell.partition(':')[0]}" if isinstance(cell, str) and ":" in cell else ""
    return recipe + ("" if module == " --import keras.layers" else module)


def options(name: str, options: Mapping[str, Json]) -> None:
    """The options of `zoo train`."""
    rows = [(k, o["type"], str(o["default"]), o["description"]) for k, o in options.items()]
    _table(f"zoo train {name}", ("--set", "type", "default", "meaning"), rows)


def report(title: str, out: Path, report: "Report") -> None:
    """The report of an export."""
    rows = [
        ("files", f"{len(report.files)}, {size(report.bytes)}, in {out}"),
        ("operators", ", ".join(f"{op} {n}" for op, n in report.operators.items())),
        *(("loop", f"{layer}: {why}") for layer, why in report.loops.items()),
    ]
    for side, tensors in (("inputs", report.inputs), ("outputs", report.outputs)):
        rows.append((side, "\n".join(f"{t.name}: {t.dtype} {list(t.shape)}" for t in tensors)))
    allowed = "" if report.tolerance is None else f" of {report.tolerance:.2g} allowed"
    rows.append(("largest error", f"{report.max_abs_error:.2g}{allowed}"))
    rows += [("random", f"{name}: compared by shape and type alone") for name in report.random]
    if report.rounding is not None:
        rounding = f"{max(report.rounding.values(), default=0.0):.2g}"
        rows.append(("types", f"float32; the model in {', '.join(report.types)} is {rounding} off"))
    for how, operators in (report.quantized or {}).items():
        rows.append((f"{how} weights", ", ".join(f"{op} {n}" for op, n in operators.items())))
    if report.loss is not None:
        for name, share in report.loss.unchanged.items():
            relative = report.loss.relative.get(name)
            beside = "" if relative is None else f", relative error {relative:.2%}"
            rows.append((f"loss of {name}", f"{share:.1%} of the rows decided as before{beside}"))
        for when, values in (report.loss.metrics or {}).items():
            rows.append((f"on dev {when}", metrics(values)))
    for runtime, error in report.errors.items():
        rows.append((f"in {runtime}", error if isinstance(error, str) else f"{error:.2g}"))
    _table(title, ("export", ""), rows)


def _table(title: str | None, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    from rich.table import Table

    table = Table(*columns, title=title)
    for row in rows:
        table.add_row(*map(_plain, row))
    _print(table)


def _plain(text: str) -> Any:
    """A text as it is, without markup of Rich's."""
    from rich.text import Text

    return Text(printable(text))


def _print(content: Any) -> None:
    from rich.console import Console

    Console().print(content)
