"""The command `zoo predict`: inputs from the command line, standard input or a file."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import typer

import zoo
from zoo import recipes
from zoo.api.models import RUNTIMES
from zoo.cli import show, terminal
from zoo.errors import UserError, has_tensorflow, unknown
from zoo.hub.card import Card
from zoo.hub.registry import verified_with_recipe
from zoo.inference.predictor import Predictor
from zoo.packages import import_user_module
from zoo.recipes import pipeline as pipelines

Settings = dict[str, str]


class Choice(NamedTuple):
    """The runtime of a model, and the code of the user's own that it needs."""

    runtime: str | None = None
    recipe: str | None = None
    """The folder of its recipe."""

    modules: Sequence[str] = ()
    """Modules to import before the model is loaded."""


def predict_inputs(
    name: str, inputs: list[str], settings: Settings, choice: Choice, as_json: bool
) -> None:
    """Prints the outputs for inputs, or for the lines of standard input where there are none."""
    recipe, predictor = load(name, choice)
    processing = recipes.processing(recipe)
    default_path = getattr(processing, "WRITTEN", None)
    texts = inputs or ([default_path] if default_path else terminal.standard_input())
    for text in texts:
        terminal.require_utf8(text)
    stream = None if as_json else pipelines.stream(recipe, processing, predictor, settings)
    if stream is not None:
        for text in texts:
            for piece in stream(text):
                typer.echo(piece, nl=False)
            typer.echo()
        return
    outputs = pipelines.pipeline(recipe, processing, predictor, settings)(texts)
    if as_json:
        pairs = zip(texts, outputs, strict=True)
        show.document([{"input": text, "output": output} for text, output in pairs])
    else:
        for output in outputs:
            typer.echo(show.line(output))
    refused = show.refused(outputs)
    if refused:
        raise UserError(f"{len(refused)} of the inputs could not be read: {refused[0]}")


def predict_file(name: str, source: Path, target: Path, settings: Settings, choice: Choice) -> None:
    """Writes the outputs for the lines of a file."""
    from zoo.cli import batch_predict

    recipe, predictor = load(name, choice)
    pipeline = pipelines.pipeline(recipe, recipes.processing(recipe), predictor, settings)
    made = {"model": name, "input": str(source.resolve()), "settings": settings}
    lines = batch_predict.predict_lines(pipeline, source, target, made)
    typer.echo(f"{target}: {lines:,} lines")


def load(name: str, choice: Choice) -> tuple[str, Predictor]:
    """The recipe of a model, and the model in a runtime.

    The default is ONNX Runtime, which starts in a tenth of the time, or Keras for a directory that
    has no exported file.
    """
    if choice.runtime not in (None, *RUNTIMES):
        raise unknown("runtime", str(choice.runtime), RUNTIMES)
    import_user_modules(choice.modules)
    if name.endswith(".onnx") and choice.runtime != "keras":
        return zoo.runtime.load(name, choice.recipe)
    directory, card = verified_with_recipe(name, choice.recipe)
    has_export = choice.runtime is None and zoo.runtime.has_export(directory, card)
    if choice.runtime == "onnx" or has_export:
        return zoo.runtime.load_verified(directory, card)
    terminal.start_tensorflow_quietly()
    from zoo.hub.model_directory import load_verified

    return card.recipe, load_verified(directory, card)


def import_user_modules(names: Iterable[str]) -> None:
    """Imports modules that the user named, which may register a recipe or have a layer.

    Raises:
        UserError: one that cannot be imported.
    """
    names = list(names)
    if names and has_tensorflow():
        terminal.start_tensorflow_quietly()
    for name in names:
        import_user_module(name)


def example(directory: Path, card: Card) -> tuple[str, Any] | None:
    """An example input of a model and its output; None if it writes files or is not exported.

    Args:
        directory: of the model, as `verified` returns it with its card.
    """
    processing = recipes.processing(card.recipe)
    if hasattr(processing, "WRITTEN") or not zoo.runtime.has_export(directory, card):
        return None
    recipe, predictor = zoo.runtime.load_verified(directory, card)
    first, *_ = pipelines.examples(processing, predictor.assets)
    return first, pipelines.pipeline(recipe, processing, predictor, {})(first)
