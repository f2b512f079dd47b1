"""The inputs and outputs of a Keras model by name, and the function between them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from inspect import signature
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.errors import UserError, reason
from zoo.inference.arrays import Run

BATCH, TIME = "batch", "time"
"""Names of the first two axes where they are dynamic."""


@dataclass(frozen=True)
class TensorInfo:
    """An input or an output."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]
    """The length of each axis; a dynamic axis has a name."""


@dataclass(frozen=True)
class Graph:
    """The computation of a model: a function from tensors to a dictionary of tensors by name."""

    inputs: list[TensorInfo]
    outputs: list[TensorInfo]
    call: Callable[..., dict[str, tf.Tensor]]
    axes_known: bool = True
    """Whether axes of one name are known to be equal, and axes of different names independent."""

    @classmethod
    def of(cls, model: keras.Model) -> "Graph":
        """The graph of the model's own call; each input has dynamic axes of its own."""
        return cls(inputs(model), outputs(model), lambda *tensors: call(model, tensors), False)

    def with_distinct_names(self) -> "Graph":
        """The same with outputs that have no name of an input, as formats without a place for both
        need it."""
        before = [info.name for info in self.inputs]
        names = numbered([*before, *(info.name for info in self.outputs)])[len(before) :]
        outputs = [replace(info, name=n) for info, n in zip(self.outputs, names, strict=True)]

        def renamed(*tensors: tf.Tensor) -> dict[str, tf.Tensor]:
            return dict(zip(names, self.call(*tensors).values(), strict=True))

        return replace(self, outputs=outputs, call=renamed)

    def traced(self) -> Any:
        """The function, traced once for every batch and length."""
        return traced(self.call, self.inputs)

    def eager(self) -> Run:
        """From arrays by name to arrays by name, operator by operator."""
        return by_name(self.call, [info.name for info in self.inputs])

    def runner(self) -> Run:
        """From arrays by name to arrays by name; traced at the first call."""
        traced_call: list[Run] = []

        def run(batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            if not traced_call:
                traced_call.append(by_name(self.traced(), [info.name for info in self.inputs]))
            return traced_call[0](batch)

        return run


def with_inputs(model: keras.Model, input_specs: Any = None) -> keras.Model:
    """The model itself where its inputs are known, else a functional one that calls it on some.

    Args:
        input_specs: the inputs to call it on: `keras.Input` or `keras.InputSpec` in the structure
            that the model takes, and one for each argument where its `call` has several. By default
            those it was built from, or of the shapes it was called with, with a batch of any size.

    Raises:
        UserError: a model that was never called, or that does not take such inputs.
    """
    if input_specs is None and getattr(model, "inputs", None):
        return model
    if input_specs is None:
        input_specs = _called_with(model)
    tensors = keras.tree.map_structure(_as_input, input_specs)
    try:
        return keras.Model(tensors, _applied(model, tensors), name=model.name)
    except Exception as error:
        shapes = keras.tree.map_structure(lambda tensor: tensor.shape, tensors)
        raise UserError(
            f"'{model.name}' cannot be called on inputs of shape {shapes}: {reason(error)} Say "
            "what it takes by inputs=[keras.Input(...), ...], structured as its first argument is, "
            "or one for each argument of its call."
        ) from error


def _applied(model: keras.Model, tensors: Any) -> Any:
    """The model called on its only argument, or on one for each of its arguments."""
    needed = [
        name
        for name, parameter in signature(model.call).parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        and name not in ("training", "mask")
    ]
    if len(needed) < 2:
        return model(tensors)
    if isinstance(tensors, dict):
        return model(*[tensors[name] for name in needed])
    return model(*tensors)


def _called_with(model: keras.Model) -> Any:
    """The shapes that a model was called with, with a dynamic batch axis."""
    config = (model.get_build_config() if model.built else None) or {}
    shapes = config.get("input_shape")
    by_argument = config.get("shapes_dict", {})
    if shapes is None and by_argument:
        shapes = {name.removesuffix("_shape"): shape for name, shape in by_argument.items()}
        shapes = shapes if len(shapes) > 1 else next(iter(shapes.values()))
    if shapes is None:
        raise UserError(
            f"The inputs of '{model.name}' are not known: it was never called, or with several "
            "arguments. Call it on a batch first, or say what it takes: "
            "inputs=[keras.Input(...), ...]."
        )

    def is_shape(part: Any) -> bool:
        return isinstance(part, (list, tuple)) and all(
            n is None or isinstance(n, int) for n in part
        )

    def specs(part: Any, name: str | None = None) -> Any:
        if is_shape(part):
            return keras.InputSpec(shape=(None, *part[1:]), dtype="float32", name=name)
        if isinstance(part, dict):
            return {key: specs(inner, key) for key, inner in part.items()}
        return [specs(inner) for inner in part]

    return specs(shapes)


def _as_input(spec: Any) -> Any:
    if isinstance(spec, keras.InputSpec):
        return keras.Input(batch_shape=spec.shape, dtype=spec.dtype or "float32", name=spec.name)
    return spec


def inputs(model: keras.Model) -> list[TensorInfo]:
    """The inputs in the order in which the model lists them."""
    timed = [tensor for tensor in model.inputs if tensor.shape[1:2] == (None,)]
    names = numbered(tensor.name for tensor in model.inputs)
    return [
        _as_numpy_has_it(_info(name, tensor, TIME if len(timed) == 1 else f"{name}_{TIME}"))
        for name, tensor in zip(names, model.inputs, strict=True)
    ]


def outputs(model: keras.Model) -> list[TensorInfo]:
    """The outputs in the model's order, named by their keys where it returns a dictionary, else by
    the layers they come from; outputs of one name are numbered.

    Raises:
        UserError: the model's own `call` fails on its inputs.
    """
    named = _named(model, _result(model))
    return [_info(name, tensor, TIME) for name, tensor in named.items()]


def call(model: keras.Model, tensors: Sequence[tf.Tensor]) -> dict[str, tf.Tensor]:
    """The outputs by name for the inputs in the model's order."""
    return _named(model, model(_packed(model, tensors), training=False))


def _packed(model: keras.Model, tensors: Sequence[Any]) -> Any:
    """The inputs in the structure that the model takes."""
    if isinstance(model, keras.Sequential):
        [tensor] = tensors
        return tensor
    return keras.tree.pack_sequence_as(model.input, tensors)


def _result(model: keras.Model) -> Any:
    """The outputs of a call, in the structure that the model returns, as shapes and types."""
    own_call = _has_own_call(model)
    if not own_call and not isinstance(model, keras.Sequential):
        return model.output
    tensors = _packed(model, [keras.KerasTensor(each.shape, each.dtype) for each in model.inputs])
    if not own_call:
        return model.compute_output_spec(tensors)
    try:
        # The model's own `compute_output_spec` looks at its graph of layers instead.
        return keras.layers.Lambda(partial(model, training=False)).compute_output_spec(tensors)
    except Exception as error:
        raise UserError(
            f"'{model.name}' has a call of its own, which fails on inputs of any size: "
            f"{reason(error)} Write that part with keras.ops."
        ) from error


def _has_own_call(model: keras.Model) -> bool:
    """Whether the user overrode `call`, so that the model's graph of layers is not all it does."""
    methods = model.call, model.__call__
    return any(method.__module__.partition(".")[0] != "keras" for method in methods)


def traced(run: Callable[..., dict[str, tf.Tensor]], infos: list[TensorInfo]) -> Any:
    """A function of tensors, traced for inputs of these names and shapes.

    Raises:
        UserError: Keras runs on another backend than TensorFlow.
    """
    _require_backend()
    specs = [
        tf.TensorSpec([None if isinstance(n, str) else n for n in i.shape], i.dtype, name=i.name)
        for i in infos
    ]

    @tf.function(input_signature=specs, autograph=False)
    def named(*tensors: tf.Tensor) -> dict[str, tf.Tensor]:
        return run(*tensors)

    return named


def by_name(function: Any, names: Sequence[str]) -> Run:
    """A function of tensors, traced or not, as one from arrays by name to arrays by name.

    Raises:
        UserError: Keras runs on another backend than TensorFlow.
    """
    _require_backend()

    def run(batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        outputs = function(*[tf.convert_to_tensor(batch[name]) for name in names])
        return {name: tensor.numpy() for name, tensor in outputs.items()}

    return run


def _require_backend() -> None:
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise UserError(
            f"Keras runs on {backend} in this process, and models are predicted with, measured and "
            "exported by TensorFlow. Save the model (model.save('my.keras')) and go on where "
            "KERAS_BACKEND is tensorflow: zoo export my.keras --out my.onnx."
        )


def _named(model: keras.Model, result: Any) -> dict[str, Any]:
    """The outputs by name; no name is used twice."""
    if isinstance(result, dict) and not any(map(keras.tree.is_nested, result.values())):
        names, parts = list(result), list(result.values())
    else:
        parts = keras.tree.flatten(result)
        names = _output_names(model, len(parts))
    return dict(zip(numbered(names), parts, strict=True))


def _output_names(model: keras.Model, number: int) -> list[str]:
    """The layers that the outputs come from, or the model where its own `call` made others."""
    if isinstance(model, keras.Sequential):
        return [model.layers[-1].name] * number
    names = list(model.output_names)
    return names if len(names) == number else [model.name] * number


def numbered(names: Iterable[str]) -> list[str]:
    """The names, with a number appended to a name that is there already: lstm, lstm_1."""
    unique: list[str] = []
    for name in names:
        number = 0
        numbered = name
        while numbered in unique:
            number += 1
            numbered = f"{name}_{number}"
        unique.append(numbered)
    return unique


def _as_numpy_has_it(info: TensorInfo) -> TensorInfo:
    """NumPy has no bfloat16; the model casts its inputs."""
    return replace(info, dtype="float32") if info.dtype == "bfloat16" else info


def _info(name: str, tensor: Any, time: str) -> TensorInfo:
    dynamic = (BATCH, time)
    shape = tuple(
        length if length is not None else dynamic[axis] if axis < len(dynamic) else f"{name}_{axis}"
        for axis, length in enumerate(tensor.shape)
    )
    return TensorInfo(name, tensor.dtype, shape)
