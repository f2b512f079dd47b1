"""Computes what depends on constants alone, so that a weight is found where it is used.

tf2onnx leaves a weight that a loop's body cuts into gates and joins again as those operators.
"""

from typing import Any

import onnx
from onnx.reference import ReferenceEvaluator

from zoo.exporters.onnx.canonical import read, subgraphs

MOVES = {"Concat", "Identity", "Reshape", "Split", "Squeeze", "Transpose", "Unsqueeze"}
"""Operators that only put numbers in other places."""


def fold(graph: onnx.GraphProto) -> None:
    """Makes weights of the operators that move weights alone, in a graph and in its subgraphs."""
    weights = {weight.name: weight for weight in graph.initializer}
    # An output of a graph is computed by it.
    outputs = {value.name for value in graph.output}
    kept = []
    for node in graph.node:
        for subgraph in subgraphs(node):
            fold(subgraph)
        moves_weights = node.op_type in MOVES and not outputs & set(node.output)
        if not moves_weights or not all(name in weights for name in node.input if name):
            kept.append(onnx.NodeProto.FromString(node.SerializeToString()))
            continue
        for name, array in zip(node.output, _computed(node, weights), strict=True):
            weights[name] = onnx.numpy_helper.from_array(array, name)
    del graph.node[:]
    graph.node.extend(kept)
    used = read(graph)
    weights_read = [
        onnx.TensorProto.FromString(weight.SerializeToString())
        for name, weight in weights.items()
        if name in used
    ]
    del graph.initializer[:]
    graph.initializer.extend(weights_read)


def _computed(node: onnx.NodeProto, weights: dict[str, onnx.TensorProto]) -> list[Any]:
    arrays = {name: onnx.numpy_helper.to_array(weights[name]) for name in node.input if name}
    return list(ReferenceEvaluator(node).run(None, arrays))
