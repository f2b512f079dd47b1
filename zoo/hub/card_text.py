"""What a card says, in words."""

from collections.abc import Iterable, Mapping
from typing import Any

from zoo.hub.licences import use

Json = Mapping[str, Any]


def metrics(metrics: Mapping[str, float | str]) -> str:
    return ", ".join(
        f"{name} {value}" if isinstance(value, str) else f"{name} {value:.4f}"
        for name, value in metrics.items()
    )


def size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def facts(name: str, card: Json) -> list[tuple[str, str]]:
    """How well a model does, what it was made from, and how to go on from it."""
    rows = [
        (split, "\n".join(_figures(figures, card["onnx"].get(split, {}))))
        for split, figures in card["metrics"].items()
    ]
    data = card["data"]
    overrides = "".join(f" --set {key}={value}" for key, value in card["overrides"].items())
    rows += [
        ("size", f"{card['parameters']:,} parameters, {size(card['bytes'])}"),
        ("data", f"{data['name']} {data['version']}, {data['licence']}. {data['note']}".strip()),
        ("licence", f"weights {card['licence']}; by its data {use(data['licence'])}"),
        (
            "trained by",
            f"zoo train {card['recipe']}{overrides}, seed {card['seed']}: {card['epochs']} epochs "
            f"in {card['seconds'] / 60:.0f} minutes, {card['machine']}, {card['date']}, version "
            f"{card['version']}",
        ),
    ]
    if card["start"]:
        rows.append(("begun from", card["start"]["name"]))
    return [
        *rows,
        ("fine-tune", f"zoo train {card['recipe']} --from {name} --out DIR"),
        ("sources", "\n".join(card["sources"])),
    ]


def _figures(figures: Json, by_onnx: Json) -> Iterable[str]:
    """Each figure on a line, with that of ONNX Runtime where it differs as it is printed."""
    for figure, value in figures.items():
        said = metrics({figure: value})
        other = metrics({figure: by_onnx.get(figure, value)})
        yield said if said == other else f"{said} (in ONNX Runtime {other})"
