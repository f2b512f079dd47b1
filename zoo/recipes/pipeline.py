"""Pipelines from raw input to raw output: preprocessing, the model in any runtime, postprocessing.

Neither this module nor the `processing.py` of any recipe imports Keras or TensorFlow, so that an
exported model is as easy to use as a loaded one.
"""

import inspect
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, get_type_hints

import numpy as np
import pydantic

from zoo.errors import UserError
from zoo.inference.predictor import Predictor
from zoo.recipes.options import Settings, describe, parse

OWN_EXAMPLES = "examples.json"
"""Asset of a model whose raw input is not like its recipe's examples: its own list of examples."""


class Processing(Protocol):
    """The `processing.py` of a recipe.

    A recipe whose output can be shown while it is generated also has
    `stream(predictor, text, **settings)`. A recipe whose only input is the path of a file to write
    has `WRITTEN`, the default path.
    """

    @property
    def EXAMPLES(self) -> Sequence[str]:  # noqa: N802
        """Raw inputs that show what the recipe does."""
        ...

    def batch(self, predictor: Predictor, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """The model's inputs for raw inputs."""
        ...

    def pipeline(self, predictor: Predictor) -> Callable[[Sequence[str]], list[Any]]:
        """The function from raw inputs to raw outputs; the recipe's settings are keywords."""
        ...


def examples(processing: Processing, assets: Mapping[str, str]) -> Sequence[str]:
    """Example inputs of a model: its own, or those of its recipe."""
    return json.loads(assets[OWN_EXAMPLES]) if OWN_EXAMPLES in assets else processing.EXAMPLES


def pipeline(
    name: str, processing: Processing, predictor: Predictor, settings: Mapping[str, Any]
) -> Callable[[Any], Any]:
    """A function from one raw input to its output, or from a list of them to a list of outputs.

    Args:
        name: of the recipe, for messages.
        settings: by name, of their type or as text.

    Raises:
        UserError: a setting that the recipe does not have; on a call, an input that is no string.
    """
    predict = processing.pipeline(predictor, **_parse(name, processing, settings))
    process = os.getpid()

    def predict_one_or_many(inputs: Any) -> Any:
        if os.getpid() != process:
            # A fork does not copy the threads of TensorFlow and ONNX Runtime; a call would wait
            # for them forever.
            raise UserError(
                f"This pipeline of {name} was made before the process was forked; make it anew in "
                "the new process, or start processes by 'spawn'."
            )
        is_one = isinstance(inputs, (str, Path))
        many = [inputs] if is_one else inputs
        fits = isinstance(many, (list, tuple)) and all(isinstance(m, (str, Path)) for m in many)
        if not fits:
            raise UserError(f"{name} takes a string or a list of them, not {inputs!r:.80}.")
        outputs = predict([str(each) for each in many])
        return outputs[0] if is_one else outputs

    return predict_one_or_many


def stream(
    name: str, processing: Processing, predictor: Predictor, settings: Mapping[str, Any]
) -> Callable[[str], Iterator[str]] | None:
    """A function from one raw input to the pieces of its output, or None for a recipe without
    `stream`.

    Raises:
        UserError: a setting that the recipe does not have.
    """
    make = getattr(processing, "stream", None)
    if make is None:
        return None
    parsed = _parse(name, processing, settings)
    return lambda text: make(predictor, text, **parsed)


def describe_settings(processing: Processing) -> dict[str, dict[str, Any]]:
    """The settings of a recipe by name: type and default of each."""
    return describe(_settings_type(processing))


def _parse(name: str, processing: Processing, settings: Mapping[str, Any]) -> dict[str, Any]:
    return parse(_settings_type(processing), settings, name, "setting").model_dump()


def _settings_type(processing: Processing) -> type[Settings]:
    """The keyword arguments of a recipe's `pipeline` as a pydantic model."""
    hints = get_type_hints(processing.pipeline, include_extras=True)
    fields: dict[str, Any] = {
        parameter.name: (hints[parameter.name], parameter.default)
        for parameter in inspect.signature(processing.pipeline).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    return pydantic.create_model("Settings", __base__=Settings, **fields)
