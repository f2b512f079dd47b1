"""A model card as text, for the terminal and the gallery."""

from collections.abc import Iterable, Mapping
from shlex import quote
from typing import Any

from zoo import recipes
from zoo.hub.card import SOURCE_KEY
from zoo.hub.licences import use

Json = Mapping[str, Any]


def metrics(metrics: Mapping[str, float | str]) -> str:
    return ", ".join(
        f"{name} {value}" if isinstance(value, str) else f"{name} {value:.4f}"
        for name, value in metrics.items()
    )


def first_metric(values: Mapping[str, Mapping[str, float | str]]) -> str:
    """The first metric on the test split, or on the last one of a recipe without such."""
    split = "test" if "test" in values else next(reversed(list(values)), None)
    if split is None or not values[split]:
        return "not measured"
    name, value = next(iter(values[split].items()))
    return f"{metrics({name: value})} on {split}"


def size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def facts(name: str, card: Json) -> list[tuple[str, str]]:
    """Rows of (title, text): metrics, size, data, licence, training, sources."""
    rows = [
        (split, "\n".join(_metric_lines(values, card["onnx"].get(split, {}))))
        for split, values in card["metrics"].items()
    ]
    data = card["data"]
    recipe = card["recipe"]
    if not recipes.is_installed(recipe):
        recipe = card.get(SOURCE_KEY, {}).get("path", recipe)
    overrides = "".join(f" --set {quote(f'{k}={v}')}" for k, v in card["overrides"].items())
    rows += [
        ("size", f"{card['parameters']:,} parameters, {size(card['bytes'])}"),
        ("data", f"{data['name']} {data['version']}, {data['licence']}. {data['note']}".strip()),
        ("licence", f"weights {card['licence']}; by its data {use(data['licence'])}"),
        (
            "trained by",
            f"zoo train {recipe}{overrides}, seed {card['seed']}: {card['epochs']} epochs "
            f"in {card['seconds'] / 60:.0f} minutes, {card['machine']}, {card['date']}, version "
            f"{card['version']}",
        ),
    ]
    if card["start"]:
        rows.append(("initialized from", card["start"]["name"]))
    return [
        *rows,
        ("fine-tune", f"zoo train {recipe}{overrides} --from {name} --out DIR"),
        ("sources", "\n".join(card["sources"])),
    ]


def _metric_lines(values: Json, onnx_values: Json) -> Iterable[str]:
    """A line for each metric, with its value in ONNX Runtime where that is printed differently."""
    for name, value in values.items():
        in_keras = metrics({name: value})
        in_onnx = metrics({name: onnx_values.get(name, value)})
        yield in_keras if in_keras == in_onnx else f"{in_keras} (in ONNX Runtime {in_onnx})"
