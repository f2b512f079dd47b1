"""ONNX files of 8-bit weights: multiplied as integers where ONNX Runtime can, stored as such where
it cannot.

ONNX Runtime has integer forms of `LSTM`, `MatMul`, `Conv` and of tables that are read by `Gather`;
activations are quantized while running. Its own tool makes them all but the LSTM, where it does not
take weights that two share. Weights of `RNN`, `GRU` and whatever else is left are stored in 8 bits,
and a `DequantizeLinear` widens them before use. Each row of a weight, though not of a table, has a
scale of its own.
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

STORED = {
    "RNN": {1: 1, 2: 1},
    "GRU": {1: 1, 2: 1},
    "MatMul": {0: -1, 1: -1},
    "Gemm": {0: -1, 1: -1},
    "Conv": {1: 0},
    "ConvTranspose": {1: 1},
}
"""Operator → index of an input that may be a weight → the axis each entry of which has a scale."""

SMALLEST = 256
"""Weights of fewer numbers than these save nothing worth a rounding."""

Weights = dict[str, tuple[onnx.GraphProto, onnx.TensorProto]]
"""Name of a weight of floats → the graph that holds it, and the weight."""


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
                op_types_to_quantize=["Conv", "Gather", "MatMul"],
                weight_type=QuantType.QInt8,
                per_channel=True,
                reduce_range=True,
                extra_options={"EnableSubgraph": True},
            )
        proto = onnx.load(part)
        _quantize_lstms(proto)
        stored = _store(proto.graph)
        onnx.save(proto, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return _summary(proto.graph, stored)


def _quantize_lstms(proto: onnx.ModelProto) -> None:
    """Makes every LSTM of constant weights one that multiplies integers."""
    weights, done = _weights(proto.graph), set()
    for inner in _with_subgraphs(proto.graph):
        for node in inner.node:
            if node.op_type != "LSTM" or not all(name in weights for name in node.input[1:3]):
                continue
            inputs = [*node.input, *[""] * (8 - len(node.input))]
            for place in (1, 2):
                name = node.input[place]
                parts = [f"{name}_{suffix}" for suffix in ("int8", "scale", "zero")]
                if name not in done:
                    owner, weight = weights[name]
                    numbers, scale = _rounded(onnx.numpy_helper.to_array(weight), (2,), 63)
                    scale = scale[..., 0]
                    arrays = (numbers.transpose(0, 2, 1), scale, np.zeros(scale.shape, np.int8))
                    owner.initializer.extend(map(onnx.numpy_helper.from_array, arrays, parts))
                    owner.initializer.remove(weight)
                    done.add(name)
                inputs[place] = parts[0]
                inputs += parts[1:]
            node.op_type, node.domain = "DynamicQuantizeLSTM", "com.microsoft"
            del node.input[:]
            node.input.extend(inputs)
    if not any(opset.domain == "com.microsoft" for opset in proto.opset_import):
        proto.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))


def _store(graph: onnx.GraphProto) -> Counter[str]:
    """Stores in 8 bits the weights that are still floats, and counts them by their operator.

    They are widened in the outermost graph, once a call, and not in each iteration of a loop.
    """
    stored: Counter[str] = Counter()
    nodes: list[onnx.NodeProto] = []
    weights = {name: pair for name, pair in _weights(graph).items() if _is_large(pair[1])}
    for node in [node for inner in _with_subgraphs(graph) for node in inner.node]:
        for place, axis in STORED.get(node.op_type, {}).items():
            name = node.input[place]
            if name not in weights or len(weights[name][1].dims) < 2:
                continue
            owner, weight = weights.pop(name)
            array = onnx.numpy_helper.to_array(weight)
            axis %= array.ndim
            others = tuple(k for k in range(array.ndim) if k != axis)
            numbers, scale = _rounded(array, others, 127)
            owner.initializer.remove(weight)
            parts = [f"{name}_int8", f"{name}_scale"]
            arrays = (numbers, scale.reshape(-1))
            graph.initializer.extend(map(onnx.numpy_helper.from_array, arrays, parts))
            nodes.append(onnx.helper.make_node("DequantizeLinear", parts, [name], axis=axis))
            stored[node.op_type] += 1
    for place, node in enumerate(nodes):
        graph.node.insert(place, node)
    return stored


def _rounded(
    array: np.ndarray, axes: tuple[int, ...], largest: int
) -> tuple[np.ndarray, np.ndarray]:
    """Integers up to `largest`, and the scales of them, of which these axes share one."""
    scale = np.abs(array).max(axes, keepdims=True) / np.float32(largest)
    scale[scale == 0] = 1
    return np.round(array / scale).astype(np.int8), scale


def _weights(graph: onnx.GraphProto) -> Weights:
    return {
        weight.name: (inner, weight)
        for inner in _with_subgraphs(graph)
        for weight in inner.initializer
        if weight.data_type == onnx.TensorProto.FLOAT
    }


def _summary(graph: onnx.GraphProto, stored: Counter[str]) -> Quantized:
    """How the weights of a graph and of its subgraphs are kept."""
    integer: Counter[str] = Counter()
    floats: Counter[str] = Counter()
    for inner in _with_subgraphs(graph):
        large = {
            weight.name
            for weight in inner.initializer
            if weight.data_type == onnx.TensorProto.FLOAT
            and _is_large(weight)
            and not weight.name.endswith("_scale")
        }
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


def _is_large(weight: onnx.TensorProto) -> bool:
    return bool(np.prod(weight.dims) >= SMALLEST)


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
