"""The storefront: name → card → verified weights → keras.Model."""

from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import recipes
from zoo.errors import require_tensorflow, unknown

if TYPE_CHECKING:
    import keras

    from export import Report
    from recipes.recipe import Metrics, Trained
    from zoo.hub.card import Card


def list_models(pattern: str = "*", *, pretrained: bool | None = None) -> list[str]:
    """Names of recipes and of shipped models, sorted.

    Args:
        pattern: of the shell, such as "*tagger*".
        pretrained: True for the names that `load` takes, False for the recipes without weights
            under their own name, None for both.
    """
    from zoo.hub.registry import shipped

    names = dict.fromkeys(recipes.RECIPES, False) | dict.fromkeys(shipped(), True)
    return sorted(
        name
        for name, weights in names.items()
        if fnmatch(name, pattern) and pretrained in (None, weights)
    )


def load(name_or_path: str | Path) -> "keras.Model":
    """A trained model, by name or from the directory that `zoo train` wrote.

    Raises:
        UserError: no such model, or a damaged file; then nothing is loaded.
    """
    return _load(name_or_path)[1].model


def create(recipe: str, **overrides: Any) -> "keras.Model":
    """The untrained model of a recipe.

    Args:
        recipe: a name of `list_models(pretrained=False)`, or any other recipe's.
        **overrides: options of the recipe; `zoo info RECIPE` lists them.

    Raises:
        UserError: an unknown recipe or option, or a value of the wrong type.
    """
    found = recipes.get(recipe)
    return found.model(found.parse(overrides))


def pipeline(name_or_path: str | Path, **settings: Any) -> Callable[[Any], Any]:
    """A function from raw input to raw output: for a tagger, text to [(token, tag), ...].

    The function takes one input, or a list of them for a list of outputs.

    Args:
        name_or_path: of a shipped model, or a model's directory.
        **settings: of the recipe, such as the temperature of a language model.

    Raises:
        UserError: no such model, a damaged file, or an unknown setting.
    """
    from recipes import raw

    card, trained = _load(name_or_path)
    return raw.pipeline(card.recipe, trained, settings)


def export(
    model_or_name: "keras.Model | str | Path",
    path: str | Path,
    format: str = "onnx",
    *,
    stateful: bool = False,
    loops: bool = False,
    dtype: str = "float32",
    quantize: str | None = None,
    part: str | None = None,
) -> "Report":
    """Writes a model for another runtime, runs it there and compares.

    Args:
        model_or_name: a Keras model, the name of a shipped model, or a model's directory.
        path: what to write; must not exist.
        format: "onnx", "saved_model" or "litert".
        stateful: the states of recurrent layers as inputs and outputs, so that a stream can be
            run stretch by stretch; for a model that reads forward only.
        loops: write a layer that ONNX has no operator for as a `Loop`, two to five times slower.
        dtype: "float16" stores the weights of an ONNX file in half precision.
        quantize: "int8" makes an ONNX file of 8-bit weights and products.
        part: of a model made of models, one alone: "encoder" or "decoder" of a translator.

    Returns:
        The report: files, operators, inputs and outputs, largest error and tolerance.

    Raises:
        UserError: no such model or format, a model that does not fit what is asked, or a path
            that cannot be written.
        export.ExportError: the exported model does not agree with the Keras model; no file stays.
    """
    require_tensorflow()
    import export as exporter

    if part is not None:
        model = load(model_or_name) if isinstance(model_or_name, (str, Path)) else model_or_name
        model_or_name = _part(model, part)
    options: dict[str, Any] = {"stateful": stateful, "loops": loops, "dtype": dtype}
    options |= {"format": format, "quantize": quantize}
    if not isinstance(model_or_name, (str, Path)):
        return exporter.export(model_or_name, Path(path), **options)

    card, trained = _load(model_or_name)
    recipe = recipes.get(card.recipe)
    return exporter.export(
        trained.model,
        Path(path),
        batch=recipe.raw.batch(trained, recipe.raw.EXAMPLES),
        graph=recipe.graph,
        metadata=card.metadata(Path(model_or_name).name, trained.assets),
        **options,
    )


def evaluate(name_or_path: str | Path, split: str = "test") -> "Metrics":
    """Metrics of a trained model on a split of its data set, by name.

    Raises:
        UserError: no such model or split, or the data set is not at hand.
    """
    card, trained = _load(name_or_path)
    recipe = recipes.get(card.recipe)
    if split not in recipe.splits:
        raise unknown("split", split, recipe.splits)
    return recipe.evaluate(trained, split)


def _part(model: "keras.Model", name: str) -> "keras.Model":
    import keras

    parts = {layer.name: layer for layer in model.layers if isinstance(layer, keras.Model)}
    if name not in parts:
        raise unknown(f"part of '{model.name}'", name, parts or ["none, it is of one piece"])
    return parts[name]


def _load(name_or_path: str | Path) -> tuple["Card", "Trained"]:
    require_tensorflow()
    from zoo.hub.directory import load as load_directory

    return load_directory(name_or_path)
