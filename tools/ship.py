"""From a trained directory to a model that ships inside the package.

`python -m tools.ship DIR NAME` puts the model under its name in `zoo/models`, with a version above
that of the model in whose place it comes, with the epochs of its training where that had one part
and with `model.onnx`, which it measures on the test split by ONNX Runtime. Where the model streams,
`model.onnx` has its states in and out, or, if it needs a loop, `stream.onnx` has them, of one time
step. Weights are in half precision, as in the directory.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import metadata
from pathlib import Path

import zoo.recipes as recipes
from zoo.api.export import export
from zoo.api.models import evaluate
from zoo.errors import UserError
from zoo.exporters.source import Source
from zoo.hub.card import CARD, ONNX, STREAM, Card
from zoo.hub.model_directory import load
from zoo.hub.registry import MODELS, register, sha256, shipped, verified
from zoo.inference.graph import TIME
from zoo.training.logs import LOG, LOGS

UNFINISHED = "unfinished"


def ship(directory: Path, name: str) -> Card:
    """Copies a trained model to `zoo/models/NAME`, exports it there and enters it in the registry.

    Raises:
        UserError: the directory is no trained model, or a file of it is damaged.
        zoo.exporters.ExportError: an exported file does not agree with the model.
    """
    _, card = verified(directory)
    before = Card.read(MODELS / name).version if name in shipped() else 0
    card = replace(card, version=before + 1)
    with _unfinished(name) as part:
        card = _written(directory, card, part)
        register(name, part)
    return card


@contextmanager
def _unfinished(name: str) -> Iterator[Path]:
    """An empty directory beside the models, gone at the end."""
    part = MODELS / UNFINISHED / name
    shutil.rmtree(part.parent, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
    finally:
        shutil.rmtree(part.parent)


def _written(directory: Path, card: Card, part: Path) -> Card:
    """Copies what a trained directory has, and adds what a shipped one has beside it."""
    own = [file for file in card.files if file not in (ONNX, STREAM)]
    for file in own:
        shutil.copy(directory / file, part / file)
    if (directory / LOGS / LOG).exists():
        shutil.copy(directory / LOGS / LOG, part / LOG)
    # What ships inside the package is under the package's licence.
    licence = metadata("recurrent-zoo")["License-Expression"]
    recipe = recipes.get(card.recipe)
    options = recipe.parse(card.options)
    said = {"summary": recipe.summary_of(options), "options": options.model_dump()}
    files = {file: card.files[file] for file in own}
    card = replace(card, licence=licence, files=files, **said)
    card.write(part)
    _export(part)
    written = [file for file in sorted(part.iterdir()) if file.name != CARD]
    card = replace(
        card,
        bytes=sum(file.stat().st_size for file in written),
        files={file.name: sha256(file) for file in written},
    )
    card.write(part)
    card = replace(card, onnx={"test": dict(evaluate(part, "test", runtime="onnx"))})
    card.write(part)
    return card


def _export(directory: Path) -> None:
    """Writes the exported files into a model's directory."""
    report = export(directory, directory / ONNX, loops=True, dtype="float16")
    if not _streams(directory):
        return
    if report.loops:
        # A layer without an operator goes along a stream step by step, and needs no loop.
        export(directory, directory / STREAM, stateful=True, steps=1, dtype="float16")
    else:
        (directory / ONNX).unlink()
        export(directory, directory / ONNX, stateful=True, dtype="float16")


def _streams(directory: Path) -> bool:
    """Whether a model runs block by block, and each block has outputs of its own.

    It does not read backwards, its time is free, and nothing is said of the whole sequence alone.
    """
    card, trained = load(directory)
    try:
        trained.stream()
        source = Source.of(trained.model, stateful=True, graph_of=recipes.get(card.recipe).graph)
    except UserError:
        return False
    return all(output.shape[1:2] == (TIME,) for output in source.whole.outputs)


if __name__ == "__main__":
    ship(Path(sys.argv[1]), sys.argv[2])
