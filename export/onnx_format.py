"""ONNX: conversion through tf2onnx, and a run in ONNX Runtime."""

import logging
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx

from export import lowering
from zoo import signature
from zoo.layers import from_keras, loop

OPSET = 18


def write(model: keras.Model, path: Path) -> Counter[str]:
    """Writes the model as one ONNX file and returns how often each operator stands in it."""
    _make_tf2onnx_work_with_numpy_2()
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    run = signature.function(from_keras(model), signature.inputs(model))
    with loop.using(lowering.form):
        proto, _ = tf2onnx.convert.from_function(
            run, run.input_signature, opset=OPSET, custom_op_handlers=lowering.HANDLERS
        )
    _name_axes(proto.graph.input, signature.inputs(model))
    _name_axes(proto.graph.output, signature.outputs(model))
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, path)
    return _operators(proto.graph)


def run(path: Path, batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The outputs of ONNX Runtime by name."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, dict(batch)), strict=True))


def _name_axes(values: Any, infos: list[signature.TensorInfo]) -> None:
    """Names the free axes, which tf2onnx numbers."""
    shapes = {info.name: info.shape for info in infos}
    for value in values:
        for dimension, length in zip(
            value.type.tensor_type.shape.dim, shapes[value.name], strict=True
        ):
            if isinstance(length, str):
                dimension.dim_param = length


def _operators(graph: onnx.GraphProto) -> Counter[str]:
    counts = Counter(node.op_type for node in graph.node)
    for node in graph.node:
        for attribute in node.attribute:
            for subgraph in (attribute.g, *attribute.graphs):
                counts += _operators(subgraph)
    return counts


def _make_tf2onnx_work_with_numpy_2() -> None:
    """Private to Keras: tf2onnx 1.17 uses names that numpy 2 dropped, and this puts them back."""
    from keras.src.export.tf2onnx_lib import patch_tf2onnx

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        patch_tf2onnx()
