"""Exported models from raw input to raw output, with ONNX Runtime and without TensorFlow.

A shipped model is taken by its name. An `.onnx` file that `zoo.export` wrote from a model of a
recipe holds all that is needed around it: which recipe it is, its options and its vocabularies.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pydantic

import zoo.recipes as recipes
from zoo.api.picklable import Pipeline
from zoo.errors import UserError
from zoo.hub.card import (
    ASSETS_KEY,
    MODEL,
    ONNX,
    OPTIONS_KEY,
    RECIPE_KEY,
    SOURCE_KEY,
    STREAM,
    WEIGHTS_KEY,
    Card,
)
from zoo.hub.registry import locate, require_recipe, verified_with_recipe
from zoo.inference import onnx_session
from zoo.inference.arrays import Run, make_stateful
from zoo.inference.checksum import verify_checksum
from zoo.inference.predictor import Predictor
from zoo.recipes import pipeline as pipelines

if TYPE_CHECKING:
    from zoo.recipes.recipe import Recipe

OPTIONS = pydantic.TypeAdapter(dict[str, Any])
SOURCE = pydantic.TypeAdapter(dict[str, str])
ASSETS = pydantic.TypeAdapter(dict[str, str])


def pipeline(
    name_or_path: str | Path, /, *, recipe: "str | Path | Recipe | None" = None, **settings: Any
) -> Pipeline:
    """As `zoo.pipeline`, by ONNX Runtime.

    Args:
        name_or_path: of a shipped model, or of an exported `.onnx` file.
        recipe: the model's, where it is known by its folder or in Python alone.
        **settings: of the recipe, such as the temperature of a language model.

    Raises:
        UserError: no such model or file, one that the zoo did not export from a recipe, or an
            unknown setting.
    """
    name, predictor = load(name_or_path, recipe)
    function = pipelines.pipeline(name, recipes.processing(name), predictor, settings)
    return Pipeline(__name__, name_or_path, name, settings, function)


def load(
    name_or_path: str | Path, recipe: "str | Path | Recipe | None" = None
) -> tuple[str, Predictor]:
    """The recipe of an exported model, and the model with its options and assets.

    Args:
        name_or_path: of a shipped model, of a directory that holds `model.onnx`, or of a file.
        recipe: the model's, where it is known by its folder or in Python alone.

    Raises:
        UserError: no such model or file, one that is damaged, one that the zoo did not export
            from a recipe, or one whose recipe is not known.
    """
    if isinstance(name_or_path, (str, Path)) and Path(name_or_path).suffix == ".onnx":
        return load_file(Path(name_or_path), recipe)
    return load_verified(*verified_with_recipe(name_or_path, recipe))


def data_version(name_or_path: str | Path) -> str:
    """The version of the data that an exported model was trained on; "" where it does not say."""
    if Path(name_or_path).suffix != ".onnx":
        return Card.read(locate(name_or_path)).data["version"]
    data = ASSETS.validate_json(_Model(Path(name_or_path)).metadata.get("data", "{}"))
    return data.get("version", "")


def has_export(directory: Path, card: Card, file: str = ONNX) -> bool:
    """Whether a verified directory holds an exported file that was made from the weights in it.

    One that the card names was verified; any other one says itself what it was made from.
    """
    if file in card.files or not (directory / file).is_file():
        return file in card.files
    try:
        return _Model(directory / file).metadata.get(WEIGHTS_KEY) == card.files[MODEL]
    except UserError:
        return False


def stream_file(directory: Path) -> Path:
    """The exported file of a verified directory to use for streaming."""
    has_one = has_export(directory, Card.read(directory), STREAM)
    return directory / (STREAM if has_one else ONNX)


def load_verified(directory: Path, card: Card) -> tuple[str, Predictor]:
    """The model of a directory whose files `verified` has checked; they are opened when needed.

    Raises:
        UserError: the directory has no exported model.
    """
    if not has_export(directory, card):
        holds = (directory / ONNX).is_file()
        what = f"a {ONNX} that was not made from its weights" if holds else f"no {ONNX}"
        raise UserError(
            f"{directory} holds {what}; write one with: zoo export {directory} --out FILE.onnx."
        )
    open_model = cache(_Model)
    options = SimpleNamespace(**card.options)
    assets = card.assets(directory)
    return card.recipe, Predictor(
        options,
        assets,
        run=lambda batch: open_model(directory / ONNX).run(batch),
        stream=lambda: open_model(stream_file(directory)).stream(),
    )


def load_file(path: Path, recipe: "str | Path | Recipe | None") -> tuple[str, Predictor]:
    """The recipe and the model of a file, with the options and assets in its metadata."""
    model = _Model(path)
    metadata = model.metadata
    if RECIPE_KEY not in metadata:
        raise UserError(
            f"{path} does not say which recipe it is of, so that only its tensors can be used. "
            "Export a model by its name or directory: zoo export NAME --out FILE.onnx."
        )
    try:
        source = SOURCE.validate_json(metadata.get(SOURCE_KEY, "{}"))
        options = SimpleNamespace(**OPTIONS.validate_json(metadata[OPTIONS_KEY]))
        assets = ASSETS.validate_json(metadata[ASSETS_KEY])
    except (KeyError, pydantic.ValidationError) as error:
        raise UserError(f"{path} has damaged options or assets in its metadata: {error}") from None
    require_recipe(str(path), metadata[RECIPE_KEY], source, recipe)
    return metadata[RECIPE_KEY], Predictor(options, assets, model.run, model.stream)


class _Model:
    """An opened file. Each call of `run` starts from the initial states, if it has states.

    Raises:
        UserError: no such file, or one that is no model.
    """

    def __init__(self, path: Path):
        try:
            verify_checksum(path)
            session = onnx_session.open_session(path)
        except UserError:
            raise
        except Exception as error:
            raise UserError(f"{path} is no ONNX model that can be read: {error}.") from None
        self.path = path
        self.metadata = session.get_modelmeta().custom_metadata_map
        self._step, self._initial = (
            onnx_session.runner(session),
            onnx_session.initial_states(session),
        )

    def run(self, batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return make_stateful(self._step, self._initial)(batch)

    def stream(self) -> Run:
        if not self._initial:
            raise UserError(
                f"{self.path} was exported without its states, so that it cannot run step by step. "
                "Export it again: zoo export NAME --out FILE.onnx --stateful."
            )
        return make_stateful(self._step, self._initial)
