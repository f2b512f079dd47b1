"""ONNX: conversion through tf2onnx."""

import logging
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import onnx

from export import runtimes
from export.canonical import canonical
from export.lowering import HANDLERS, Lowering
from export.report import Written
from export.shrink import to_float16, to_int8
from export.source import Source
from zoo import signature
from zoo.errors import UserError
from zoo.layers import loop

OPSET = 18
"""The newest that ONNX Runtime, OpenVINO and ONNX's reference evaluator all take."""

load = runtimes.onnxruntime


def write(source: Source, path: Path, *, loops: bool = False) -> Written:
    """Writes the model as one ONNX file.

    Raises:
        UserError: layers that are no operator of ONNX, unless `loops` are allowed.
    """
    _make_tf2onnx_work_with_numpy_2()
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    run, lowering = source.function(), Lowering()
    with loop.using(lowering.form):
        run.get_concrete_function()
        if lowering.loops and not loops:
            raise _loops_not_asked_for(lowering.loops)
        proto, _ = tf2onnx.convert.from_function(
            run, run.input_signature, opset=OPSET, custom_op_handlers=HANDLERS
        )
    operators, found = count(proto.graph), dict(lowering.loops)
    if operators["Loop"] + operators["Scan"] > len(found):
        unknown = _unknown_cells(source.rebuilt)
        if unknown and not loops:
            raise _loops_not_asked_for(unknown)
        found |= unknown or {"elsewhere": "a loop of the model's own, outside recurrent layers"}
    _name_axes(proto.graph.input, source.inputs)
    _name_axes(proto.graph.output, source.outputs)
    onnx.save(proto, path)
    return Written(operators, found)


def finish(path: Path, metadata: Mapping[str, str]) -> Counter[str]:
    """Gives the file its metadata and its final order, and counts its operators."""
    proto = onnx.load(path)
    canonical(proto.graph)
    onnx.checker.check_model(proto, full_check=True)
    onnx.helper.set_model_props(proto, dict(sorted(metadata.items())))
    path.write_bytes(proto.SerializeToString(deterministic=True))
    return count(proto.graph)


def shrink(path: Path, way: str) -> Counter[str]:
    """Makes the file smaller, by "float16" or "int8", and counts its operators."""
    {"float16": to_float16, "int8": to_int8}[way](path)
    return count(onnx.load(path).graph)


def count(graph: onnx.GraphProto) -> Counter[str]:
    """How often each operator stands in a graph and its subgraphs."""
    counts = Counter(node.op_type for node in graph.node)
    for node in graph.node:
        for attribute in node.attribute:
            for subgraph in (attribute.g, *attribute.graphs):
                counts += count(subgraph)
    return counts


def _unknown_cells(model: keras.Model) -> dict[str, str]:
    """Stock recurrent layers whose cells the zoo does not know; tf2onnx makes loops of them."""
    return {
        layer.path or layer.name: f"{type(getattr(layer, 'cell', layer)).__name__} is no cell that "
        "has an operator; those of LSTM, GRU and SimpleRNN have"
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.RNN)
    }


def _loops_not_asked_for(found: Mapping[str, str]) -> UserError:
    layers = "; ".join(f"'{path}': {why}" for path, why in found.items())
    return UserError(
        f"These layers are no single ONNX operator: {layers}. As loops they give the same result, "
        "two to five times slower; ask for that with loops=True, or --loops on the command line."
    )


def _name_axes(values: Any, infos: list[signature.TensorInfo]) -> None:
    """Names the free axes, which tf2onnx numbers."""
    shapes = {info.name: info.shape for info in infos}
    for value in values:
        for dimension, length in zip(
            value.type.tensor_type.shape.dim, shapes[value.name], strict=True
        ):
            if isinstance(length, str):
                dimension.dim_param = length


def _make_tf2onnx_work_with_numpy_2() -> None:
    """Private to Keras: tf2onnx 1.17 uses names that numpy 2 dropped, and this puts them back."""
    from keras.src.export.tf2onnx_lib import patch_tf2onnx

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        patch_tf2onnx()
