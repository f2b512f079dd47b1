"""ONNX files of weights in half precision."""

from pathlib import Path

import numpy as np
import onnx

from zoo.exporters.onnx.canonical import subgraphs

LARGEST = (-65504.0, 65504.0)
"""What half precision can hold."""


def to_float16(path: Path) -> None:
    """Stores weights in half precision, and has the graph widen them: it computes as before."""
    proto = onnx.load(path)
    _halve(proto.graph, _scales(proto.graph))
    onnx.save(proto, path)


def _halve(graph: onnx.GraphProto, spared: set[str]) -> None:
    """The weights of a graph and of its subgraphs, but for those that are spared."""
    for node in graph.node:
        for subgraph in subgraphs(node):
            _halve(subgraph, spared)
    halved = [weight for weight in graph.initializer if _is_halved(weight, spared)]
    for place, weight in enumerate(halved):
        name = weight.name
        half = np.clip(onnx.numpy_helper.to_array(weight), *LARGEST).astype(np.float16)
        weight.CopyFrom(onnx.numpy_helper.from_array(half, f"{name}_half"))
        widened = onnx.helper.make_node("Cast", [weight.name], [name], to=onnx.TensorProto.FLOAT)
        graph.node.insert(place, widened)


def _is_halved(weight: onnx.TensorProto, spared: set[str]) -> bool:
    many = int(np.prod(weight.dims)) > 1
    return weight.data_type == onnx.TensorProto.FLOAT and many and weight.name not in spared


def _scales(graph: onnx.GraphProto) -> set[str]:
    """Names of the numbers by which images are resized: no weights, and 1.4 is to stay 1.4."""
    found = set()
    for node in graph.node:
        if node.op_type == "Resize":
            found.update(node.input[1:])
        for subgraph in subgraphs(node):
            found |= _scales(subgraph)
    return found
