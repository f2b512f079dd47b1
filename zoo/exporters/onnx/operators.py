"""Which ONNX operator a recurrent layer of the zoo is, and its weights in that operator's order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from zoo.layers import GRU, LSTM, LSTM1997, Core, Elman, PeepholeLSTM
from zoo.layers.base.scan import Cell, Tensor

ACTIVATIONS: dict[str, tuple[str, dict[str, float]]] = {
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "relu": ("Relu", {}),
    "linear": ("Affine", {"alpha": 1.0, "beta": 0.0}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "softsign": ("Softsign", {}),
    "softplus": ("Softplus", {}),
}
"""Keras activation -> the function of ONNX's recurrent operators, and its arguments."""

OPEN = 100.0
"""A bias that holds a gate without weights open: the logistic function of it is 1 in float32."""

GATES = ("Sigmoid", "HardSigmoid")
"""Activations of gates that a bias can hold open."""


@dataclass(frozen=True)
class Operator:
    """One direction of a node: its kind, its attributes, and its weights."""

    kind: str
    attributes: dict[str, Any]
    kernel: Tensor
    """W, (gates x units, features)."""

    recurrent_kernel: Tensor
    """R, (gates x units, units)."""

    bias: Tensor
    """B, (2 x gates x units,)."""

    peepholes: Tensor | None = None
    """P, (3 x units,)."""

    def pairs_with(self, other: "Operator") -> bool:
        """Whether one node can be both, this one forward and the other backward, from zero."""
        names = ("hidden_size", "linear_before_reset", "activation_alpha", "activation_beta")
        if self.kind != other.kind or (self.peepholes is None) != (other.peepholes is None):
            return False
        return all(self.attributes.get(name) == other.attributes.get(name) for name in names)


def operator(cell: Cell) -> Operator | str:
    """The ONNX operator that computes a cell exactly, or why there is none."""
    layer = cell.layer
    make = MAKERS.get(type(layer))
    if make is None:
        return (
            f"ONNX has no operator for {type(layer).__name__}; it has them for "
            f"{', '.join(kind.__name__ for kind in MAKERS if issubclass(kind, Core))}"
        )
    names = [_name(getattr(layer, role)) for role in ROLES if hasattr(layer, role)]
    strange = [name for name in names if name not in ACTIVATIONS]
    if strange:
        return (
            f"ONNX's operators have no activation {strange[0]!r}; they have "
            f"{', '.join(ACTIVATIONS)}"
        )
    found = make(layer)
    if type(layer) is LSTM1997 and found.attributes["activations"][0] not in GATES:
        return (
            f"a forget gate of {names[-1]!r} cannot be held open, as the operator of LSTM1997 "
            "needs; sigmoid and hard_sigmoid can"
        )
    return found


def _rnn(layer: Elman) -> Operator:
    return Operator("RNN", _attributes(layer, "activation"), *_weights(layer, [0]))


def _gru(layer: GRU) -> Operator:
    attributes = _attributes(layer, "recurrent_activation", "activation")
    attributes["linear_before_reset"] = int(layer.reset_after)
    return Operator("GRU", attributes, *_weights(layer, [0, 1, 2]))


def _lstm(layer: LSTM) -> Operator:
    """ONNX orders the gates i, o, f, c and the peepholes i, o, f."""
    attributes = _attributes(layer, "recurrent_activation", "activation", "activation")
    peepholes = None
    if isinstance(layer, PeepholeLSTM):
        p = tf.convert_to_tensor(layer.peephole_kernel)
        peepholes = tf.concat([p[0], p[2], p[1]], 0)
    return Operator("LSTM", attributes, *_weights(layer, [0, 3, 1, 2]), peepholes)


def _lstm1997(layer: LSTM1997) -> Operator:
    """An LSTM whose forget gate has no weights and a bias that keeps it open."""
    attributes = _attributes(layer, "recurrent_activation", "input_activation", "activation")
    kernel, recurrent_kernel, bias = _weights(layer, [0, 2, None, 1])
    units = layer.units
    forget = tf.concat([tf.zeros(2 * units), tf.fill([units], OPEN), tf.zeros(5 * units)], 0)
    return Operator("LSTM", attributes, kernel, recurrent_kernel, bias + forget)


MAKERS: dict[type, Callable[[Any], Operator]] = {
    Elman: _rnn,
    GRU: _gru,
    LSTM: _lstm,
    PeepholeLSTM: _lstm,
    LSTM1997: _lstm1997,
    keras.layers.SimpleRNNCell: _rnn,
    keras.layers.GRUCell: _gru,
    keras.layers.LSTMCell: _lstm,
}
"""Layer of the zoo, or stock cell, which names its parts alike → its operator."""

ROLES = ("activation", "input_activation", "recurrent_activation")


def _attributes(layer: Any, *roles: str) -> dict[str, Any]:
    """hidden_size and the activations in these roles."""
    found = [ACTIVATIONS[_name(getattr(layer, role))] for role in roles]
    attributes: dict[str, Any] = {
        "hidden_size": layer.units,
        "activations": [name for name, _ in found],
    }
    # A function takes the next number of the list only if it has that argument.
    for key in ("alpha", "beta"):
        numbers = [arguments[key] for _, arguments in found if key in arguments]
        if numbers:
            attributes[f"activation_{key}"] = numbers
    return attributes


def _name(function: Any) -> str:
    """Keras's name of its own function; another may be called as one of Keras's and is not that."""
    name = getattr(function, "__name__", None)
    if name and getattr(keras.activations, name, None) is function:
        return str(name)
    return f"{name or type(function).__name__} of your own"


def _weights(layer: Any, order: list[int | None]) -> tuple[Tensor, Tensor, Tensor]:
    """W, R and B with the layer's gates in another order; None stands for a gate of zeros."""
    kernel, recurrent_kernel = (
        tf.convert_to_tensor(weight) for weight in (layer.kernel, layer.recurrent_kernel)
    )
    width = kernel.shape[-1]
    number = width // layer.units
    rows = tf.zeros([2, width])
    if layer.bias is not None:
        rows_of_bias = tf.reshape(tf.convert_to_tensor(layer.bias), [-1, width])
        rows = tf.concat([rows_of_bias, tf.zeros([2 - rows_of_bias.shape[0], width])], 0)

    def ordered(weight: Tensor) -> Tensor:
        gates = tf.split(weight, number, axis=-1)
        zeros = tf.zeros_like(gates[0])
        return tf.concat([zeros if k is None else gates[k] for k in order], -1)

    return (
        tf.transpose(ordered(kernel)),
        tf.transpose(ordered(recurrent_kernel)),
        tf.reshape(ordered(rows), [-1]),
    )
