"""What `zoo predict` does: inputs of the command line, of standard input or of a file."""

from pathlib import Path
from typing import Any

import typer

import zoo
from zoo import recipes
from zoo.api.models import RUNTIMES
from zoo.cli import show, terminal
from zoo.errors import UserError, unknown
from zoo.hub.card import ONNX
from zoo.hub.registry import examples, verified
from zoo.inference.predictor import Predictor
from zoo.recipes import pipeline as pipelines

Settings = dict[str, str]


def predict_inputs(
    name: str, inputs: list[str], settings: Settings, runtime: str | None, as_json: bool
) -> None:
    """Prints the outputs for inputs, or for the lines of standard input where there are none."""
    recipe, found = predictor(name, runtime)
    processing = recipes.processing(recipe)
    written = getattr(processing, "WRITTEN", None)
    texts = inputs or ([written] if written else terminal.standard_input())
    for text in texts:
        terminal.require_utf8(text)
    pieces = None if as_json else pipelines.stream(recipe, processing, found, settings)
    if pieces is not None:
        for text in texts:
            for piece in pieces(text):
                typer.echo(piece, nl=False)
            typer.echo()
        return
    outputs = pipelines.pipeline(recipe, processing, found, settings)(texts)
    if as_json:
        pairs = zip(texts, outputs, strict=True)
        show.document([{"input": text, "output": output} for text, output in pairs])
    else:
        for output in outputs:
            typer.echo(show.line(output))
    refused = show.refused(outputs)
    if refused:
        raise UserError(f"{len(refused)} of the inputs could not be read: {refused[0]}")


def predict_file(
    name: str, source: Path, target: Path, settings: Settings, runtime: str | None
) -> None:
    """Writes the outputs for the lines of a file."""
    from zoo.cli import batch_predict

    recipe, found = predictor(name, runtime)
    apply = pipelines.pipeline(recipe, recipes.processing(recipe), found, settings)
    made = {"model": name, "input": str(source.resolve()), "settings": settings}
    typer.echo(f"{target}: {batch_predict.run(apply, source, target, made):,} lines")


def predictor(name: str, runtime: str | None) -> tuple[str, Predictor]:
    """The recipe of a model, and what runs it.

    Where no runtime is asked for that is ONNX Runtime, which starts in a tenth of the time, but for
    a directory that has no exported file.
    """
    if runtime not in (None, *RUNTIMES):
        raise unknown("runtime", str(runtime), RUNTIMES)
    is_own = not name.endswith(".onnx") and not (verified(name)[0] / ONNX).is_file()
    if runtime == "onnx" or (runtime is None and not is_own):
        return zoo.runtime.load(name)
    terminal.start_tensorflow_quietly()
    from zoo.hub.model_directory import load

    card, trained = load(name)
    return card.recipe, trained


def example(name: str) -> tuple[str, Any] | None:
    """A raw input of a model and its output; None for one that writes files or is not exported."""
    directory, card = verified(name)
    if hasattr(recipes.processing(card.recipe), "WRITTEN") or not (directory / ONNX).is_file():
        return None
    first, *_ = examples(name)
    return first, zoo.runtime.pipeline(name)(first)
