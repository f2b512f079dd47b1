"""The folder of the gallery: pages, modules, models and ONNX Runtime Web, for any static host."""

import html
import json
import shutil
from collections.abc import Callable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Any

from zoo import recipes
from zoo.api.runtime import stream_file
from zoo.errors import UserError
from zoo.hub.card import ONNX, STREAM, Card
from zoo.hub.card_text import facts
from zoo.hub.registry import shipped, verified
from zoo.inference import onnx_session
from zoo.recipes import pipeline as pipelines
from zoo.recipes.hopfield_recall import glyphs
from zoo.recipes.jordan_serial import serial
from zoo.recipes.seq_mnist.order import order

SOURCE = Path(__file__).parent / "page"
RUNTIME = "recurrent_zoo_web"
"""Package of the files of ONNX Runtime Web."""

EXTRA_DATA: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "hopfield-recall": lambda options: {"drawings": glyphs.DRAWINGS},
    "jordan-serial": lambda options: {"cycles": serial.CYCLES, "actions": serial.ACTIONS},
    "seq-mnist": lambda options: {"order": order(permuted=options["permuted"]).tolist()},
}
"""Recipe → options → data for its page besides the card, the assets and the examples."""


def build(folder: Path) -> list[str]:
    """Writes the gallery into a folder, and gives the names of its models.

    Raises:
        UserError: the folder holds something, or ONNX Runtime Web is not installed.
    """
    if find_spec(RUNTIME) is None:
        raise UserError(
            "ONNX Runtime Web is not installed, and the gallery runs by it: pip install "
            "'recurrent-zoo[gallery]', or `make gallery` in a clone."
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is not empty; name a folder that is, or that is not there yet.")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("js", "style.css", "licences.txt"):
        copy = shutil.copytree if (SOURCE / name).is_dir() else shutil.copy
        copy(SOURCE / name, folder / name)
    (folder / "ort").mkdir()
    for file in files(RUNTIME).joinpath("ort").iterdir():
        (folder / "ort" / file.name).write_bytes(file.read_bytes())
    models = {name: verified(name) for name in shipped()}
    models = {name: model for name, model in models.items() if _has_page(model[1])}
    for name, model in models.items():
        _write_model(folder, name, *model)
    items = "".join(
        f'<li><a href="{name}.html">{name}</a>: {html.escape(card.summary)}</li>'
        for name, (_, card) in models.items()
    )
    (folder / "index.html").write_text(_filled("index.html", models=items), encoding="utf-8")
    return list(models)


def _has_page(card: Card) -> bool:
    return (SOURCE / "js" / "pages" / f"{card.recipe}.js").is_file()


def _write_model(folder: Path, name: str, directory: Path, card: Card) -> None:
    """Writes a model's page, its graphs, its examples and `model.json`, the data of the page."""
    examples = pipelines.examples(recipes.processing(card.recipe), card.assets(directory))
    model_folder = folder / "models" / name
    model_folder.mkdir(parents=True)
    for graph in (ONNX, STREAM):
        if (directory / graph).is_file():
            shutil.copy(directory / graph, model_folder / graph)
    about = {
        "name": name,
        "options": card.options,
        "assets": card.assets(directory),
        "examples": [_example(each, model_folder) for each in examples],
        "stream": stream_file(directory).stem,
        "states": _states(directory),
        **(EXTRA_DATA[card.recipe](card.options) if card.recipe in EXTRA_DATA else {}),
    }
    (model_folder / "model.json").write_text(json.dumps(about), encoding="utf-8")
    page = _filled(
        "model.html",
        name=name,
        recipe=card.recipe,
        summary=html.escape(card.summary),
        facts=_facts(name, card),
    )
    (folder / f"{name}.html").write_text(page, encoding="utf-8")


def _example(example: str, model_folder: Path) -> str:
    """An example as the page takes it: text, or the name of a file copied beside the model."""
    if not Path(example).is_file():
        return example
    shutil.copy(example, model_folder)
    return Path(example).name


def _states(directory: Path) -> dict[str, Any]:
    """The initial states of a stream: name → shape and values, without the batch axis."""
    initial = onnx_session.initial_states(onnx_session.open_session(stream_file(directory)))
    return {
        name: {"shape": value.shape, "values": value.tolist()} for name, value in initial.items()
    }


def _facts(name: str, card: Card) -> str:
    return "".join(
        f"<dt>{html.escape(term)}</dt><dd>{html.escape(text)}</dd>"
        for term, text in facts(name, card.document())
    )


def _filled(template: str, **values: str) -> str:
    text = (SOURCE / template).read_text(encoding="utf-8")
    return Template(text).substitute(values)
