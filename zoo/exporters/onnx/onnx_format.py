"""ONNX: conversion through tf2onnx."""

import json
import logging
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import tensorflow as tf
import wrapt

from zoo.errors import UserError
from zoo.exporters import runtimes, tracing
from zoo.exporters.onnx import conversion, loop_constants, zero_states
from zoo.exporters.onnx.canonical import canonical
from zoo.exporters.onnx.choices import CHOICES
from zoo.exporters.onnx.half import to_float16
from zoo.exporters.onnx.lowering import HANDLERS, Lowering
from zoo.exporters.onnx.missing import MISSING
from zoo.exporters.onnx.quantize import Quantized, to_int8
from zoo.exporters.report import Written
from zoo.exporters.source import Source
from zoo.inference.arrays import INITIAL_STATES, OUTPUTS_WITH_TIME
from zoo.inference.checksum import append_checksum
from zoo.inference.graph import TensorInfo

OPSET = 18
"""The newest that ONNX Runtime, OpenVINO and ONNX's reference evaluator all take."""

NO_COPIES = "TF2ONNX_CATCH_ERRORS"
"""tf2onnx makes no copies where this variable of the environment is set, to any value."""

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
    tracing.require_numbers(source.model, source.inputs, source.outputs, "ONNX")
    lowering = Lowering()
    with source.traced_for_export(lowering.loop, lowering.left):
        function = _numbered(source)
        # Traced here, so that `lowering.loops` is known before the slow conversion.
        traced = _WithOwnInputs(tracing.traced(source.model, function))
        if lowering.loops and not loops:
            raise _loops_not_asked_for(lowering.loops, source)
        try:
            proto = _converted(traced, function.input_signature)
        except Exception as error:
            raise conversion.refused(source.model, error) from error
    conversion.require_known(proto.graph, source.model)
    operators, found = count(proto.graph), dict(lowering.loops)
    if operators["Loop"] + operators["Scan"] > len(found):
        found["elsewhere"] = "a loop of the model's own, outside recurrent layers"
    zero_states.leave_out(proto.graph)
    loop_constants.move_in(proto.graph)
    _set_interface(proto.graph, source)
    try:
        onnx.checker.check_model(proto, full_check=True)
    except onnx.shape_inference.InferenceError as error:
        raise conversion.refused(source.model, error) from error
    entries = {"name": source.model.name, **_stream(source), **metadata}
    onnx.helper.set_model_props(proto, dict(sorted(entries.items())))
    path.write_bytes(proto.SerializeToString(deterministic=True))
    append_checksum(path)
    return Written(count(proto.graph), found)


def _converted(traced: Any, signature: Any) -> onnx.ModelProto:
    """The function as tf2onnx converts it.

    Before each of its simplifications tf2onnx copies the whole graph in case it fails, for up to
    a quarter of the time of an export. Here it copies only once one did fail.
    """
    _make_tf2onnx_work_with_numpy_2()
    import tf2onnx

    def convert() -> onnx.ModelProto:
        proto, _ = tf2onnx.convert.from_function(
            traced, signature, opset=OPSET, custom_op_handlers=HANDLERS | CHOICES | MISSING
        )
        return proto

    with _level(logging.getLogger("tf2onnx"), logging.CRITICAL):
        try:
            with _environment(NO_COPIES, "FALSE"):
                return convert()
        except Exception:
            with _environment(NO_COPIES, None):
                return convert()


@contextmanager
def _environment(name: str, value: str | None) -> Iterator[None]:
    """Sets a variable of the environment, or takes it away, for a while."""
    before = os.environ.pop(name, None)
    if value is not None:
        os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name, None)
        if before is not None:
            os.environ[name] = before


@contextmanager
def _level(logger: logging.Logger, level: int) -> Iterator[None]:
    """Gives a logger another level for a while."""
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)


class _WithOwnInputs(wrapt.ObjectProxy):
    """A traced function whose inputs are its arguments alone.

    TensorFlow counts among them the constants that a model was built with, such as `ops.ones(4)`,
    and tf2onnx would make them inputs of the file.
    """

    @property
    def inputs(self) -> list[tf.Tensor]:
        inputs = self.__wrapped__.inputs
        return inputs[: len(inputs) - len(self.__wrapped__.captured_inputs)]

    def get_concrete_function(self, *_: Any) -> "_WithOwnInputs":
        return self


def _numbered(source: Source) -> Any:
    """The function to convert, its inputs and outputs called by numbers: a model may give them
    names that TensorFlow does not take."""
    named = source.function()

    @tf.function(
        input_signature=[
            tf.TensorSpec(spec.shape, spec.dtype, name=f"input_{k}")
            for k, spec in enumerate(named.input_signature)
        ],
        autograph=False,
    )
    def numbered(*tensors: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = named.python_function(*tensors)
        return {
            f"output_{k}": tf.identity(outputs[info.name], f"output_{k}")
            for k, info in enumerate(source.outputs)
        }

    return numbered


def _set_interface(graph: onnx.GraphProto, source: Source) -> None:
    """Gives the inputs and outputs the model's names, order and dynamic axes."""
    names: dict[str, str] = {}
    for kind, values, infos in (
        ("input", graph.input, source.inputs),
        ("output", graph.output, source.outputs),
    ):
        names |= {f"{kind}_{k}": info.name for k, info in enumerate(infos)}
        # An input that nothing reads is left out by the conversion.
        described = [
            onnx.helper.make_tensor_value_info(
                f"{kind}_{k}",
                onnx.helper.np_dtype_to_tensor_dtype(np.dtype(info.dtype)),
                info.shape,
            )
            for k, info in enumerate(infos)
        ]
        del values[:]
        values.extend(described)
    canonical(graph, names)


def _stream(source: Source) -> dict[str, str]:
    """What the file says of a stream: the states it begins with where they are not all zero, and
    which outputs of one step have time."""
    entries: dict[str, Any] = {}
    if any(np.any(value) for value in source.initial_states.values()):
        entries[INITIAL_STATES] = {n: value.tolist() for n, value in source.initial_states.items()}
    if source.steps == 1:
        entries[OUTPUTS_WITH_TIME] = source.outputs_with_time
    return {key: json.dumps(value) for key, value in entries.items()}


def shrink(path: Path, way: str) -> tuple[Counter[str], Quantized | None]:
    """Makes the file smaller, by "float16" or "int8".

    Returns:
        How often each operator stands in it, and how its weights are kept in 8 bits.
    """
    quantized = None
    if way == "int8":
        quantized = to_int8(path)
    else:
        to_float16(path)
    append_checksum(path)
    return count(onnx.load(path).graph), quantized


def count(graph: onnx.GraphProto) -> Counter[str]:
    """How often each operator stands in a graph and its subgraphs."""
    return Counter(node.op_type for node in conversion.nodes(graph))


def _loops_not_asked_for(found: Mapping[str, str], source: Source) -> UserError:
    steps = ""
    if source.steps is None and source.streams:
        steps = (
            " One time step of a stream needs none: stateful=True, steps=1, or --stateful "
            "--steps 1."
        )
    layers = "; ".join(f"'{path}': {why}" for path, why in found.items())
    return UserError(
        f"These layers are no single ONNX operator: {layers}. As loops they give the same result, "
        "two to five times slower; ask for that with loops=True, or --loops on the command line."
        f"{steps}"
    )


def signature(path: Path) -> tuple[list[TensorInfo], list[TensorInfo]]:
    """The inputs and outputs that a file says it has, in its order."""
    graph = onnx.load(path, load_external_data=False).graph

    def info(value: onnx.ValueInfoProto) -> TensorInfo:
        kind = value.type.tensor_type
        dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type).name
        return TensorInfo(
            value.name, dtype, tuple(axis.dim_param or axis.dim_value for axis in kind.shape.dim)
        )

    return [info(value) for value in graph.input], [info(value) for value in graph.output]


def _make_tf2onnx_work_with_numpy_2() -> None:
    """Private to Keras: tf2onnx 1.17 uses names that numpy 2 dropped, and this puts them back."""
    from keras.src.export.tf2onnx_lib import patch_tf2onnx

    # Keras puts it there after a look that warns; warnings can be silenced for all threads alone.
    vars(np).setdefault("object", object)
    patch_tf2onnx()
