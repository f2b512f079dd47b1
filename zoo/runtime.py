"""Exported models from raw input to raw output, with ONNX Runtime and without TensorFlow.

An `.onnx` file that `zoo.export` wrote from a model of a recipe holds all that is needed around
it: which recipe it is, its options and its vocabularies.
"""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import onnxruntime

from recipes import raw
from recipes.raw.ready import Ready
from zoo.errors import UserError
from zoo.hub.card import ASSETS, OPTIONS, RECIPE
from zoo.run import NEXT, Run, carrying


def pipeline(path: str | Path, **settings: Any) -> Callable[[Any], Any]:
    """What `zoo.pipeline` is for a model, for an exported one.

    Args:
        path: of the `.onnx` file.
        **settings: of the recipe, such as the temperature of a language model.

    Raises:
        UserError: no such file, one that the zoo did not export from a recipe, or an unknown
            setting.
    """
    recipe, ready = load(path)
    return raw.pipeline(recipe, ready, settings)


def load(path: str | Path) -> tuple[str, Ready]:
    """The recipe of an exported model, and the model ready to run.

    Raises:
        UserError: no such file, or one that the zoo did not export from a recipe.
    """
    try:
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise UserError(f"{path} is no ONNX model that can be read: {error}.") from None
    metadata = session.get_modelmeta().custom_metadata_map
    if RECIPE not in metadata:
        raise UserError(
            f"{path} does not say which recipe it is of, so that only its tensors can be used. "
            "Export a model by its name or directory: zoo export NAME --out FILE.onnx."
        )
    step, sizes = _runner(session), _states(session)
    ready = Ready(
        options=SimpleNamespace(**json.loads(metadata[OPTIONS])),
        assets=json.loads(metadata[ASSETS]),
        run=(lambda batch: carrying(step, sizes)(batch)) if sizes else step,
        stream=lambda: carrying(step, _required(sizes, path)),
    )
    return metadata[RECIPE], ready


def _runner(session: onnxruntime.InferenceSession) -> Run:
    names = [output.name for output in session.get_outputs()]
    return lambda batch: dict(zip(names, session.run(names, dict(batch)), strict=True))


def _states(session: onnxruntime.InferenceSession) -> dict[str, int]:
    """Name and units of the states that go in and come out."""
    outputs = {output.name for output in session.get_outputs()}
    return {i.name: i.shape[1] for i in session.get_inputs() if i.name + NEXT in outputs}


def _required(sizes: dict[str, int], path: str | Path) -> dict[str, int]:
    if not sizes:
        raise UserError(
            f"{path} was exported without its states, so that it cannot run step by step. Export "
            "it again: zoo export NAME --out FILE.onnx --stateful."
        )
    return sizes
