"""Smaller ONNX files: weights in half precision, or weights and products in 8 bits."""

import logging
from pathlib import Path

import numpy as np
import onnx

LARGEST = (-65504.0, 65504.0)
"""What half precision can hold."""


def to_float16(path: Path) -> None:
    """Stores weights in half precision, and has the graph widen them: it computes as before."""
    proto = onnx.load(path)
    casts, scales = [], _scales(proto.graph)
    for weight in proto.graph.initializer:
        values = onnx.numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size > 1 and weight.name not in scales:
            name = weight.name
            half = np.clip(values, *LARGEST).astype(np.float16)
            weight.CopyFrom(onnx.numpy_helper.from_array(half, f"{name}_half"))
            casts.append(
                onnx.helper.make_node("Cast", [weight.name], [name], to=onnx.TensorProto.FLOAT)
            )
    nodes = [*casts, *proto.graph.node]
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)
    onnx.save(proto, path)


def _scales(graph: onnx.GraphProto) -> set[str]:
    """Names of the numbers by which images are resized: no weights, and 1.4 is to stay 1.4."""
    found = set()
    for node in graph.node:
        if node.op_type == "Resize":
            found.update(node.input[1:])
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                found |= _scales(attribute.g)
    return found


def to_int8(path: Path) -> None:
    """Quantizes weights beforehand and activations while running, by ONNX Runtime's tool."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    part = path.with_name(f"{path.name}.int8")
    root, level = logging.getLogger(), logging.getLogger().level
    root.setLevel(logging.ERROR)
    try:
        quantize_dynamic(path, part, weight_type=QuantType.QInt8)
        part.replace(path)
    finally:
        root.setLevel(level)
        part.unlink(missing_ok=True)
