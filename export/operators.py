"""Which ONNX operator a recurrent layer of the zoo is, and its weights in that operator's order."""

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from zoo.layers import GRU, LSTM, LSTM1997, Elman, PeepholeLSTM
from zoo.layers.loop import Cell, Tensor

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
"""Bias of a forget gate that stays open: the logistic function of it is 1 exactly in float32."""


class Operator(NamedTuple):
    """One node: its kind, its attributes, and its weights without the axis of directions."""

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


def operator(cell: Cell) -> Operator | None:
    """The ONNX operator that computes a cell exactly, or None where there is none."""
    layer = cell.layer
    make = {
        Elman: _rnn,
        GRU: _gru,
        LSTM: _lstm,
        PeepholeLSTM: _lstm,
        LSTM1997: _lstm1997,
    }.get(type(layer))
    return None if make is None else make(layer)


def _rnn(layer: Elman) -> Operator | None:
    attributes = _attributes(layer, layer.activation)
    return None if attributes is None else Operator("RNN", attributes, *_weights(layer, [0]))


def _gru(layer: GRU) -> Operator | None:
    attributes = _attributes(layer, layer.recurrent_activation, layer.activation)
    if attributes is None:
        return None
    attributes["linear_before_reset"] = int(layer.reset_after)
    return Operator("GRU", attributes, *_weights(layer, [0, 1, 2]))


def _lstm(layer: LSTM) -> Operator | None:
    """ONNX orders the gates i, o, f, c and the peepholes i, o, f."""
    attributes = _attributes(layer, layer.recurrent_activation, layer.activation, layer.activation)
    if attributes is None:
        return None
    peepholes = None
    if isinstance(layer, PeepholeLSTM):
        p = tf.convert_to_tensor(layer.peephole_kernel)
        peepholes = tf.concat([p[0], p[2], p[1]], 0)
    return Operator("LSTM", attributes, *_weights(layer, [0, 3, 1, 2]), peepholes)


def _lstm1997(layer: LSTM1997) -> Operator | None:
    """An LSTM whose forget gate has no weights and a bias that keeps it open."""
    attributes = _attributes(
        layer, layer.recurrent_activation, layer.input_activation, layer.activation
    )
    if attributes is None or attributes["activations"][0] not in ("Sigmoid", "HardSigmoid"):
        return None
    kernel, recurrent_kernel, bias = _weights(layer, [0, 2, None, 1])
    units = layer.units
    forget = tf.concat([tf.zeros(2 * units), tf.fill([units], OPEN), tf.zeros(5 * units)], 0)
    return Operator("LSTM", attributes, kernel, recurrent_kernel, bias + forget)


def _attributes(layer: Any, *functions: Any) -> dict[str, Any] | None:
    """hidden_size and the activations, or None where ONNX lacks one of them."""
    names = [keras.activations.serialize(function) for function in functions]
    if any(not isinstance(name, str) or name not in ACTIVATIONS for name in names):
        return None
    found = [ACTIVATIONS[name] for name in names]
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


def _weights(layer: Any, order: list[int | None]) -> tuple[Tensor, Tensor, Tensor]:
    """W, R and B with the layer's gates in another order; None stands for a gate of zeros."""
    number = len(layer.gates)
    width = number * layer.units
    rows = tf.zeros([2, width])
    if layer.bias is not None:
        given = tf.reshape(tf.convert_to_tensor(layer.bias), [layer.bias_rows, width])
        rows = tf.concat([given, tf.zeros([2 - layer.bias_rows, width])], 0)

    def ordered(weight: Tensor) -> Tensor:
        gates = tf.split(weight, number, axis=-1)
        zeros = tf.zeros_like(gates[0])
        return tf.concat([zeros if k is None else gates[k] for k in order], -1)

    kernel, recurrent_kernel = (
        tf.transpose(ordered(tf.convert_to_tensor(weight)))
        for weight in (layer.kernel, layer.recurrent_kernel)
    )
    return kernel, recurrent_kernel, tf.reshape(ordered(rows), [-1])
