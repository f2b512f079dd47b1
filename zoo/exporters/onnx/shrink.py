"""Smaller ONNX files: weights in half precision, or weights and products in 8 bits."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident

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


def to_int8(path: Path) -> None:
    """Quantizes weights beforehand and activations while running, by ONNX Runtime's tool.

    Weights have 7 bits: processors without VNNI add products of 8 bits in 16, which overflows.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    part = path.with_name(f"{path.name}.int8")
    try:
        with _warnings_left_out():
            quantize_dynamic(path, part, weight_type=QuantType.QInt8, reduce_range=True)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


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
