"""ONNX files of 8-bit weights: multiplied as integers where ONNX Runtime can, stored as such where
it cannot.

ONNX Runtime's tool has integer forms of `LSTM`, `MatMul`, `Conv` and of tables that are read by
`Gather`; activations are quantized while running. Weights of `RNN`, `GRU` and whatever else the
tool leaves are stored in 8 bits, each of their rows by a scale of its own, and a `DequantizeLinear`
widens them before use.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident

import numpy as np
import onnx

from zoo.exporters.onnx.canonical import subgraphs
from zoo.exporters.onnx.fold import fold

Quantized = dict[str, dict[str, int]]
"""How weights are kept → operator → how many of them: "integer" ones are multiplied in 8 bits,
"stored" ones are widened before use, "float32" ones are as they were."""

INTEGER = {"DynamicQuantizeLSTM": "LSTM", "MatMulInteger": "MatMul", "ConvInteger": "Conv"}
"""What ONNX Runtime's tool makes → of which operator."""

WEIGHTS = {
    "RNN": {1: 1, 2: 1},
    "GRU": {1: 1, 2: 1},
    "LSTM": {1: 1, 2: 1},
    "MatMul": {0: -1, 1: -1},
    "Gemm": {0: -1, 1: -1},
    "Conv": {1: 0},
    "ConvTranspose": {1: 1},
}
"""Operator → index of an input that may be a weight → the axis each entry of which has a scale."""

SMALLEST = 256
"""Weights of fewer numbers than these save nothing worth a rounding."""


def to_int8(path: Path) -> Quantized:
    """Quantizes a file in place, and says how its weights are kept.

    Weights that are multiplied as integers have 7 bits: processors without VNNI add products of 8
    bits in 16, which overflows.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    part = path.with_name(f"{path.name}.int8")
    proto = onnx.load(path)
    fold(proto.graph)
    onnx.save(proto, part)
    try:
        with _warnings_left_out():
            quantize_dynamic(
                part,
                part,
                weight_type=QuantType.QInt8,
                per_channel=True,
                reduce_range=True,
                extra_options={"EnableSubgraph": True},
            )
        proto = onnx.load(part)
        stored = _store(proto.graph)
        proto.producer_name, proto.producer_version = "", ""
        onnx.save(proto, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return _summary(proto.graph, stored)


def _store(graph: onnx.GraphProto) -> Counter[str]:
    """Stores in 8 bits the weights that are still floats, and counts them by their operator.

    They are widened in the outermost graph, once a call, and not in each iteration of a loop.
    """
    stored: Counter[str] = Counter()
    nodes: list[onnx.NodeProto] = []
    for inner, weight, operator, axis in list(_left(graph)):
        name, array = weight.name, onnx.numpy_helper.to_array(weight)
        if array.ndim < 2:
            continue
        axis %= array.ndim
        others = tuple(k for k in range(array.ndim) if k != axis)
        scale = np.abs(array).max(others, keepdims=True) / np.float32(127)
        scale[scale == 0] = 1
        numbers = np.round(array / scale).astype(np.int8)
        inner.initializer.remove(weight)
        for suffix, part in (("int8", numbers), ("scale", scale.reshape(-1))):
            graph.initializer.append(onnx.numpy_helper.from_array(part, f"{name}_{suffix}"))
        parts = [f"{name}_int8", f"{name}_scale"]
        nodes.append(onnx.helper.make_node("DequantizeLinear", parts, [name], axis=axis))
        stored[operator] += 1
    for place, node in enumerate(nodes):
        graph.node.insert(place, node)
    return stored


def _left(
    graph: onnx.GraphProto,
) -> Iterator[tuple[onnx.GraphProto, onnx.TensorProto, str, int]]:
    """Weights that are floats: their graph, they themselves, their operator and the axis."""
    for inner in _with_subgraphs(graph):
        floats = {weight.name: weight for weight in inner.initializer if _is_large_float(weight)}
        for node in inner.node:
            for place, axis in WEIGHTS.get(node.op_type, {}).items():
                if place < len(node.input) and node.input[place] in floats:
                    yield inner, floats.pop(node.input[place]), node.op_type, axis


def _summary(graph: onnx.GraphProto, stored: Counter[str]) -> Quantized:
    """How the weights of a graph and of its subgraphs are kept."""
    integer: Counter[str] = Counter()
    floats: Counter[str] = Counter()
    for inner in _with_subgraphs(graph):
        large = {weight.name for weight in inner.initializer if _is_large_float(weight)}
        for node in inner.node:
            operator = INTEGER.get(node.op_type, node.op_type)
            if node.op_type in INTEGER:
                integer[operator] += 1
            elif node.op_type == "Gather" and node.input[0].endswith("_quantized"):
                stored[operator] += 1
            floats[operator] += len(large & set(node.input))
    return {"integer": dict(integer), "stored": dict(stored), "float32": dict(+floats)}


def _with_subgraphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    yield graph
    for node in graph.node:
        for subgraph in subgraphs(node):
            yield from _with_subgraphs(subgraph)


def _is_large_float(weight: onnx.TensorProto) -> bool:
    large = np.prod(weight.dims) >= SMALLEST and not weight.name.endswith("_scale")
    return bool(large and weight.data_type == onnx.TensorProto.FLOAT)


@contextmanager
def _warnings_left_out() -> Iterator[None]:
    """While ONNX Runtime's tool advises on the root logger; other threads' records pass."""
    root, thread = logging.getLogger(), get_ident()

    def passes(record: logging.LogRecord) -> bool:
        return record.thread != thread or record.levelno >= logging.ERROR

    # A root logger without a handler would be given one, for good.
    handler = logging.NullHandler()
    root.addFilter(passes)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.removeFilter(passes)
