"""Exported models from raw input to raw output, with ONNX Runtime and without TensorFlow.

A shipped model is taken by its name. An `.onnx` file that `zoo.export` wrote from a model of a
recipe holds all that is needed around it: which recipe it is, its options and its vocabularies.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pydantic

import zoo.recipes as recipes
from zoo.api.picklable import Pipeline
from zoo.errors import UserError
from zoo.hub.card import ASSETS_KEY, ONNX, OPTIONS_KEY, RECIPE_KEY, STREAM, Card
from zoo.hub.registry import verified
from zoo.inference import onnx_session
from zoo.inference.arrays import Run, make_stateful
from zoo.inference.checksum import verify_checksum
from zoo.inference.predictor import Predictor
from zoo.recipes import pipeline as pipelines

OF_OPTIONS = pydantic.TypeAdapter(dict[str, Any])
OF_ASSETS = pydantic.TypeAdapter(dict[str, str])


def pipeline(name_or_path: str | Path, /, **settings: Any) -> Pipeline:
    """What `zoo.pipeline` is for a model, by ONNX Runtime.

    Args:
        name_or_path: of a shipped model, or of an exported `.onnx` file.
        **settings: of the recipe, such as the temperature of a language model.

    Raises:
        UserError: no such model or file, one that the zoo did not export from a recipe, or an
            unknown setting.
    """
    recipe, predictor = load(name_or_path)
    function = pipelines.pipeline(recipe, recipes.processing(recipe), predictor, settings)
    return Pipeline(__name__, name_or_path, settings, function)


def load(name_or_path: str | Path) -> tuple[str, Predictor]:
    """The recipe of an exported model, and the model as what is run from raw input.

    Args:
        name_or_path: of a shipped model, of a directory that holds `model.onnx`, or of a file.

    Raises:
        UserError: no such model or file, one that is damaged, or one that the zoo did not export
            from a recipe.
    """
    if isinstance(name_or_path, (str, Path)) and Path(name_or_path).suffix == ".onnx":
        return _of_file(Path(name_or_path))
    return _of_directory(*verified(name_or_path))


def stream_file(directory: Path) -> Path:
    """The exported file of a directory that runs along a stream, if any does."""
    return directory / (STREAM if (directory / STREAM).is_file() else ONNX)


def _of_directory(directory: Path, card: Card) -> tuple[str, Predictor]:
    """The model of a directory, whose files are opened when they are needed."""
    if not (directory / ONNX).is_file():
        raise UserError(
            f"{directory} holds no {ONNX}; write one with: zoo export {directory} --out FILE.onnx."
        )
    opened = cache(_Model)
    options = SimpleNamespace(**card.options)
    assets = card.assets(directory)
    return card.recipe, Predictor(
        options,
        assets,
        run=lambda batch: opened(directory / ONNX).run(batch),
        stream=lambda: opened(stream_file(directory)).stream(),
    )


def _of_file(path: Path) -> tuple[str, Predictor]:
    """The model of a file, with the options and assets that its metadata hold."""
    model = _Model(path)
    said = model.metadata
    if RECIPE_KEY not in said:
        raise UserError(
            f"{path} does not say which recipe it is of, so that only its tensors can be used. "
            "Export a model by its name or directory: zoo export NAME --out FILE.onnx."
        )
    recipes.require(said[RECIPE_KEY])
    try:
        options = SimpleNamespace(**OF_OPTIONS.validate_json(said[OPTIONS_KEY]))
        assets = OF_ASSETS.validate_json(said[ASSETS_KEY])
    except (KeyError, pydantic.ValidationError) as error:
        raise UserError(f"{path} says nothing sensible of its options or assets: {error}") from None
    return said[RECIPE_KEY], Predictor(options, assets, model.run, model.stream)


class _Model:
    """An opened file; one with states begins with the initial ones in every call of `run`.

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
