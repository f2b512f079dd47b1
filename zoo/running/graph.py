"""The inputs and outputs of a Keras model by name, and the function between them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.errors import UserError
from zoo.running.arrays import Run

AXES = ("batch", "time")
"""Names of the first axes where their length is free; a later one is named by its input."""


@dataclass(frozen=True)
class TensorInfo:
    """An input or an output."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]
    """A name stands for an axis that may have any length."""


@dataclass(frozen=True)
class Graph:
    """What a model is run by: a function from named tensors to a dictionary of named tensors."""

    inputs: list[TensorInfo]
    outputs: list[TensorInfo]
    call: Callable[..., dict[str, tf.Tensor]]

    @classmethod
    def of(cls, model: keras.Model) -> "Graph":
        """The model itself as what it is run by."""
        return cls(inputs(model), outputs(model), lambda *tensors: call(model, tensors))

    def traced(self) -> Any:
        """The function, traced once for every batch and length."""
        return traced(self.call, self.inputs)

    def runner(self) -> Run:
        """From named arrays to named arrays; traced at the first call."""
        made: list[Run] = []

        def run(batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            if not made:
                made.append(by_name(self.traced(), [info.name for info in self.inputs]))
            return made[0](batch)

        return run


def functional(model: keras.Model) -> keras.Model:
    """The model as a functional one, whose inputs and outputs have names.

    Raises:
        UserError: a model whose inputs are not known, since it was not built from `keras.Input`.
    """
    if not getattr(model, "inputs", None):
        raise UserError(
            f"The inputs of '{model.name}' are not known: it is no functional or sequential model "
            "with a `keras.Input`. Wrap it in one: keras.Model(inputs, model(inputs))."
        )
    if isinstance(model, keras.Sequential):
        return keras.Model(model.inputs, model.outputs, name=model.name)
    return model


def inputs(model: keras.Model) -> list[TensorInfo]:
    """The inputs in the order in which the model lists them."""
    return [_info(tensor.name, tensor) for tensor in model.inputs]


def outputs(model: keras.Model) -> list[TensorInfo]:
    """The outputs, named by their keys where the model returns a dictionary, else by layer."""
    return [_info(name, tensor) for name, tensor in _named(model, model.output).items()]


def call(model: keras.Model, tensors: Sequence[tf.Tensor]) -> dict[str, tf.Tensor]:
    """The outputs by name for the inputs in the model's order."""
    return _named(model, model(keras.tree.pack_sequence_as(model.input, tensors), training=False))


def traced(run: Callable[..., dict[str, tf.Tensor]], infos: list[TensorInfo]) -> Any:
    """A function of tensors, traced for inputs of these names and shapes."""
    specs = [
        tf.TensorSpec([None if isinstance(n, str) else n for n in i.shape], i.dtype, name=i.name)
        for i in infos
    ]

    @tf.function(input_signature=specs, autograph=False)
    def named(*tensors: tf.Tensor) -> dict[str, tf.Tensor]:
        return {name: tf.identity(tensor, name) for name, tensor in run(*tensors).items()}

    return named


def by_name(function: Any, names: Sequence[str]) -> Run:
    """A traced function from arrays by name to arrays by name."""

    def run(batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        outputs = function(*[tf.convert_to_tensor(batch[name]) for name in names])
        return {name: tensor.numpy() for name, tensor in outputs.items()}

    return run


def example(infos: Sequence[TensorInfo]) -> dict[str, np.ndarray]:
    """A random batch that fits the inputs: 2 sequences of 7 steps."""
    rng = np.random.default_rng(0)
    batch = {}
    for info in infos:
        shape = [{"batch": 2}.get(n, 7) if isinstance(n, str) else n for n in info.shape]
        is_float = np.issubdtype(info.dtype, np.floating)
        values = rng.normal(size=shape) if is_float else np.ones(shape)
        batch[info.name] = values.astype(info.dtype)
    return batch


def _named(model: keras.Model, result: Any) -> dict[str, Any]:
    if isinstance(result, dict):
        return result
    return dict(zip(model.output_names, keras.tree.flatten(result), strict=True))


def _info(name: str, tensor: Any) -> TensorInfo:
    shape = tuple(
        length if length is not None else AXES[axis] if axis < len(AXES) else f"{name}_{axis}"
        for axis, length in enumerate(tensor.shape)
    )
    return TensorInfo(name, tensor.dtype, shape)
