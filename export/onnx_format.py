"""ONNX: conversion through tf2onnx."""

import json
import logging
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx

from zoo.errors import UserError
from zoo.exporter import runtimes
from zoo.exporter.canonical import canonical
from zoo.exporter.lowering import HANDLERS, Lowering
from zoo.exporter.report import Written
from zoo.exporter.shrink import to_float16, to_int8
from zoo.exporter.source import Source
from zoo.layers.engine import loop
from zoo.layers.engine.core import all_layers
from zoo.running.arrays import INITIAL_STATES
from zoo.running.graph import TensorInfo

OPSET = 18
"""The newest that ONNX Runtime, OpenVINO and ONNX's reference evaluator all take."""

load = runtimes.onnxruntime


OTHERS = runtimes.OTHERS
"""Further runtimes that an export is compared in."""


def write(
    source: Source, path: Path, *, loops: bool = False, metadata: Mapping[str, str]
) -> Written:
    """Writes the model as one ONNX file.

    Args:
        loops: whether layers that are no operator may go out as a `Loop`.
        metadata: what the file says of itself.

    Raises:
        UserError: layers that are no operator of ONNX, unless `loops` are allowed.
    """
    _make_tf2onnx_work_with_numpy_2()
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    run, lowering = source.function(), Lowering()
    with loop.using(lowering.form):
        # Traced here, so that `lowering.loops` is known before the slow conversion.
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
    canonical(proto.graph)
    onnx.checker.check_model(proto, full_check=True)
    said = {"name": source.model.name, **_initial_states(source), **metadata}
    onnx.helper.set_model_props(proto, dict(sorted(said.items())))
    path.write_bytes(proto.SerializeToString(deterministic=True))
    return Written(count(proto.graph), found)


def _initial_states(source: Source) -> dict[str, str]:
    """What the file says of the states with which a stream begins, where they are not all zero."""
    if not any(np.any(value) for value in source.initial_states.values()):
        return {}
    values = {name: value.tolist() for name, value in source.initial_states.items()}
    return {INITIAL_STATES: json.dumps(values)}


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
        for layer in all_layers(model)
        if isinstance(layer, keras.layers.RNN)
    }


def _loops_not_asked_for(found: Mapping[str, str]) -> UserError:
    layers = "; ".join(f"'{path}': {why}" for path, why in found.items())
    return UserError(
        f"These layers are no single ONNX operator: {layers}. As loops they give the same result, "
        "two to five times slower; ask for that with loops=True, or --loops on the command line."
    )


def _name_axes(values: Any, infos: list[TensorInfo]) -> None:
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
