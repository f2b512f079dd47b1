"""A model's graph as TensorFlow traces it, and what no format takes."""

import re
from collections.abc import Sequence
from typing import Any

import keras

from zoo.errors import UserError, own_words, reason
from zoo.inference.graph import TensorInfo


def require_numbers(
    model: keras.Model, inputs: Sequence[TensorInfo], outputs: Sequence[TensorInfo], format: str
) -> None:
    """Refuses a model that takes or gives text, which only TensorFlow itself reads and writes.

    Raises:
        UserError: the inputs, and what to do.
    """
    texts = [f"'{each.name}'" for each in inputs if each.dtype == "string"]
    if texts:
        raise UserError(
            f"'{model.name}' takes text as {', '.join(texts)}, and {format} has no operators of "
            "TextVectorization and its like. Export the model that begins behind them, "
            "keras.Model(vectorize.output, model.output), or this one as saved_model."
        )
    texts = [f"'{each.name}'" for each in outputs if each.dtype == "string"]
    if texts:
        raise UserError(
            f"'{model.name}' gives text as {', '.join(texts)}, and {format} has no operators of "
            "StringLookup and its like. Export the model that ends before them, at the indices, or "
            "this one as saved_model."
        )


def traced(model: keras.Model, function: Any) -> Any:
    """The graph of a `tf.function`.

    Raises:
        UserError: what the model does needs a size or a number that a graph has only when it runs.
    """
    try:
        return function.get_concrete_function()
    except UserError as error:
        raise own_words(error) from error
    except Exception as error:
        match = re.search(r"'([^']*)' is not a valid (root )?scope name", str(error))
        if match:
            raise UserError(
                f"'{model.name}' has a layer called {match[1]!r}, and TensorFlow traces layers "
                "whose names are made of the letters A to Z, digits and _ . - alone; name it so."
            ) from error
        raise UserError(
            f"'{model.name}' cannot be traced for inputs of any size: {reason(error)} Build it for "
            "known sizes, such as keras.Input((20, 3)), or write that part with keras.ops."
        ) from error
