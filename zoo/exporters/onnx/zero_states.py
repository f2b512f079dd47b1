"""Removes initial states of zeros from recurrent operators, whose default they are.

Computing zeros of the batch's size takes six small operators, which is noticeable for a short
sequence.
"""

import numpy as np
import onnx

INITIAL = {"RNN": (5,), "GRU": (5,), "LSTM": (5, 6)}
"""Indices of the inputs that are initial states."""

SAME_VALUES = {"Cast", "Expand", "Identity", "Reshape", "Slice", "Squeeze", "Tile", "Unsqueeze"}
"""Operators whose output contains values of their first input alone."""


def leave_out(graph: onnx.GraphProto) -> None:
    """Removes initial states that are known to be zero from the inputs of recurrent operators."""
    makers = {output: node for node in graph.node for output in node.output}
    weights = {weight.name: weight for weight in graph.initializer}

    def is_zero(name: str) -> bool:
        if name in weights:
            return not np.any(onnx.numpy_helper.to_array(weights[name]))
        node = makers.get(name)
        if node is None:
            return False
        if node.op_type == "ConstantOfShape":
            return not any(
                np.any(onnx.numpy_helper.to_array(attribute.t)) for attribute in node.attribute
            )
        if node.op_type == "Concat":
            return all(is_zero(part) for part in node.input)
        return node.op_type in SAME_VALUES and is_zero(node.input[0])

    for node in graph.node:
        places = [k for k in INITIAL.get(node.op_type, ()) if k < len(node.input)]
        if places and all(not node.input[k] or is_zero(node.input[k]) for k in places):
            for k in places:
                node.input[k] = ""
            while not node.input[-1]:
                del node.input[-1]
