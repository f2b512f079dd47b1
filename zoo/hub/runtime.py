"""Exported models from raw input to raw output, with ONNX Runtime and without TensorFlow.

An `.onnx` file that `zoo.export` wrote from a model of a recipe holds all that is needed around
it: which recipe it is, its options and its vocabularies.
"""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import zoo.recipes as recipes
from zoo.errors import UserError
from zoo.hub.card import ASSETS_KEY, OPTIONS_KEY, RECIPE_KEY
from zoo.recipes import pipeline as raw_pipeline
from zoo.recipes.predictor import Predictor
from zoo.running import session
from zoo.running.arrays import Run, carrying


def pipeline(path: str | Path, **settings: Any) -> Callable[[Any], Any]:
    """What `zoo.pipeline` is for a model, for an exported one.

    Args:
        path: of the `.onnx` file.
        **settings: of the recipe, such as the temperature of a language model.

    Raises:
        UserError: no such file, one that the zoo did not export from a recipe, or an unknown
            setting.
    """
    recipe, predictor = load(path)
    return raw_pipeline.pipeline(recipe, recipes.raw(recipe), predictor, settings)


def load(path: str | Path) -> tuple[str, Predictor]:
    """The recipe of an exported model, and the model as what is run from raw input.

    Raises:
        UserError: no such file, or one that the zoo did not export from a recipe.
    """
    try:
        opened = session.opened(path)
    except Exception as error:
        raise UserError(f"{path} is no ONNX model that can be read: {error}.") from None
    metadata = opened.get_modelmeta().custom_metadata_map
    if RECIPE_KEY not in metadata:
        raise UserError(
            f"{path} does not say which recipe it is of, so that only its tensors can be used. "
            "Export a model by its name or directory: zoo export NAME --out FILE.onnx."
        )
    step, initial = session.runner(opened), session.initial_states(opened)

    def stream() -> Run:
        if not initial:
            raise UserError(
                f"{path} was exported without its states, so that it cannot run step by step. "
                "Export it again: zoo export NAME --out FILE.onnx --stateful."
            )
        return carrying(step, initial)

    predictor = Predictor(
        options=SimpleNamespace(**json.loads(metadata[OPTIONS_KEY])),
        assets=json.loads(metadata[ASSETS_KEY]),
        run=lambda batch: carrying(step, initial)(batch),
        stream=stream,
    )
    return metadata[RECIPE_KEY], predictor
