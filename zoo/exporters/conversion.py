"""What of a model does not go out, named by the layer that made it."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import onnx

from zoo.errors import UserError, reason
from zoo.exporter.canonical import subgraphs
from zoo.layers.engine.core import all_layers
from zoo.running.graph import TensorInfo

REMEDY = "Write that part with other operations, or export it as saved_model, which takes them all."


def require_known(graph: onnx.GraphProto, model: keras.Model) -> None:
    """Refuses a graph with operators that ONNX does not have: tf2onnx leaves those as they are.

    Raises:
        UserError: the operators and the layers that they are of.
    """
    unknown = {
        f"{node.op_type} of '{_layer(model, node.name)}'"
        for node in nodes(graph)
        if not node.domain and not onnx.defs.has(node.op_type)
    }
    if unknown:
        raise UserError(
            f"'{model.name}' does not convert to ONNX, which has no {', '.join(sorted(unknown))}. "
            f"{REMEDY}"
        )


def require_numbers(model: keras.Model, inputs: Sequence[TensorInfo], format: str) -> None:
    """Refuses a model that takes text, which only TensorFlow itself reads.

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


def traced(model: keras.Model, function: Any) -> Any:
    """The graph of a `tf.function`.

    Raises:
        UserError: what the model does needs a size or a number that a graph has only when it runs.
    """
    try:
        return function.get_concrete_function()
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"'{model.name}' cannot be traced for inputs of any size: {reason(error)} Build it for "
            "known sizes, such as keras.Input((20, 3)), or write that part with keras.ops."
        ) from error


def refused(model: keras.Model, error: Exception) -> UserError:
    """The error for a model at which tf2onnx breaks off."""
    return UserError(f"'{model.name}' does not convert to ONNX: {reason(error)}. {REMEDY}")


def nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """The nodes of a graph and of its subgraphs."""
    for node in graph.node:
        yield node
        for subgraph in subgraphs(node):
            yield from nodes(subgraph)


def _layer(model: keras.Model, operator: str) -> str:
    """The path of the innermost layer in whose name scope an operator was made."""
    layers = {layer.name: layer.path or layer.name for layer in all_layers(model)[1:]}
    # TensorFlow numbers a scope that it has seen before: odd, odd_1.
    scopes = [re.sub(r"_\d+$", "", s) if s not in layers else s for s in operator.split("/")]
    inside = [layers[scope] for scope in scopes if scope in layers]
    return inside[-1] if inside else operator
