"""What of a model does not go out, named by the layer that made it."""

import re
from collections.abc import Iterator

import keras
import onnx

from zoo.errors import UserError, reason
from zoo.exporters.onnx.canonical import subgraphs
from zoo.layers.base.core import all_layers

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


def refused(model: keras.Model, error: Exception) -> UserError:
    """The error for a model at which tf2onnx breaks off."""
    tables = [layer for layer in all_layers(model) if hasattr(layer, "get_vocabulary")]
    if tables and "LookupTable" in str(error):
        names = ", ".join(f"{type(layer).__name__} '{layer.name}'" for layer in tables)
        return UserError(
            f"'{model.name}' looks up a table in {names}, and ONNX has no operator for that. "
            "Export the model that begins behind it, keras.Model(lookup.output, model.output), or "
            "this one as saved_model."
        )
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
