"""A trained model, or any Keras model, for another runtime."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import zoo.recipes as recipes
from zoo.api.models import DType, Format, Quantize, load_with_card
from zoo.errors import UserError, require_tensorflow, unknown

if TYPE_CHECKING:
    import keras

    from zoo.exporters import Report
    from zoo.hub.card import Card
    from zoo.recipes.recipe import Metrics, Recipe

KERAS_FILES = (".keras", ".h5", ".hdf5")


def export(
    model_or_name: "keras.Model | str | Path",
    path: str | Path,
    format: Format = "onnx",
    *,
    stateful: bool = False,
    steps: int | None = None,
    loops: bool = False,
    dtype: DType = "float32",
    quantize: Quantize | None = None,
    allow_loss: bool = False,
    part: str | None = None,
    inputs: Any = None,
    recipe: "str | Path | Recipe | None" = None,
) -> "Report":
    """Writes a model for another runtime, runs it there and compares.

    Args:
        model_or_name: a Keras model, the name of a shipped model, a model's directory, or a
            `.keras` or `.h5` file.
        path: what to write; must not exist.
        format: "onnx", "saved_model" or "litert".
        stateful: the states of recurrent layers as inputs and outputs, so that a stream can be
            run block by block; for a model that reads forward only.
        steps: 1 writes the graph of one time step of such a stream, in which no layer needs a
            loop.
        loops: write a layer that ONNX has no operator for as a `Loop`, two to five times slower.
        dtype: "float16" stores the weights of an ONNX file in half precision.
        quantize: "int8" makes an ONNX file of 8-bit weights and products.
        allow_loss: keep a file of either kind that loses too much: one in which more than a tenth
            of the rows of an output are decided otherwise, or whose relative error is more than a
            tenth. A model of a recipe with its data at hand is judged by its metrics on dev
            instead, which may change by 2%.
        part: of a model made of models, one alone: "encoder" or "decoder" of a translator.
        inputs: `keras.Input` or `keras.InputSpec`, in the structure that the model's call takes,
            for a subclassed model; by default the shapes that it was called with.
        recipe: as in `zoo.load`.

    Returns:
        The report: files, operators, inputs and outputs, largest error and tolerance.

    Raises:
        UserError: no such model or format, a model that does not fit what is asked, one that loses
            too much, or a path that cannot be written.
        zoo.exporters.ExportError: the exported model does not agree with the Keras model; no file
            stays.

    >>> import zoo
    >>> report = zoo.export("elman-xor", "xor.onnx")
    >>> report.operators["RNN"], report.max_abs_error < 1e-6
    (1, True)
    """
    require_tensorflow()
    import zoo.exporters as exporter
    from zoo.hub.registry import model_name
    from zoo.recipes.pipeline import examples

    if isinstance(model_or_name, (str, Path)) and Path(model_or_name).suffix in KERAS_FILES:
        from zoo.hub.model_directory import load_keras_file

        model_or_name = load_keras_file(Path(model_or_name))
    if part is not None:
        model_or_name = _part(model_or_name, part, recipe)
    options: dict[str, Any] = {"stateful": stateful, "steps": steps, "loops": loops}
    options |= {"format": format, "dtype": dtype, "quantize": quantize, "allow_loss": allow_loss}
    if not isinstance(model_or_name, (str, Path)):
        return exporter.export(model_or_name, Path(path), inputs=inputs, **options)

    card, trained = load_with_card(model_or_name, recipe)
    recipe_ = recipes.get(card.recipe)
    return exporter.export(
        trained.model,
        Path(path),
        batch=recipe_.processing.batch(trained, examples(recipe_.processing, trained.assets)),
        graph_of=recipe_.graph,
        metadata=card.metadata(model_name(model_or_name), trained),
        metrics=lambda file: _metrics(card, recipe, file),
        **options,
    )


def _metrics(
    card: "Card", recipe: "str | Path | Recipe | None", file: Path
) -> "tuple[Metrics, Metrics] | None":
    """What a model and an exported file measure on dev, as far as that can be measured here."""
    from zoo.api.runtime import load_file
    from zoo.recipes.data.prepared import on_disk_alone

    before = card.metrics.get("dev")
    if not before:
        return None
    try:
        name, predictor = load_file(file, recipe)
        recipe_ = recipes.get(name)
        recipe_.require_data(predictor.options, card.data["version"], name)
        with on_disk_alone():
            return before, recipe_.evaluate(predictor, "dev")
    except UserError:
        # The data are elsewhere or have changed, or the recipe cannot measure such a file.
        return None


def _part(
    model_or_name: "keras.Model | str | Path", name: str, recipe: "str | Path | Recipe | None"
) -> "keras.Model":
    from zoo.recipes.recipe import submodels_of

    if isinstance(model_or_name, (str, Path)):
        card, trained = load_with_card(model_or_name, recipe)
        model, parts = trained.model, recipes.get(card.recipe).submodels(trained.model)
    else:
        model, parts = model_or_name, submodels_of(model_or_name)
    if name not in parts:
        raise unknown(f"part of '{model.name}'", name, parts or ["none, it is of one piece"])
    return parts[name]
