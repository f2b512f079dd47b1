"""The layers that stock Keras lacks, as one would write them for `keras.layers.RNN`."""

from typing import Any

import keras
from keras import ops


class Cell(keras.layers.Layer):
    """The weights of a cell of so many gates, and its state of two parts."""

    gates: int

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]

    def build(self, shape: Any) -> None:
        width = self.gates * self.units
        self.kernel = self.add_weight(shape=(shape[-1], width))
        self.recurrent_kernel = self.add_weight(shape=(self.units, width), initializer="orthogonal")
        self.bias = self.add_weight(shape=(width,), initializer="zeros")

    def sum(self, x: Any, h: Any) -> Any:
        return ops.matmul(x, self.kernel) + ops.matmul(h, self.recurrent_kernel) + self.bias


class PeepholeLSTM(Cell):
    gates = 4

    def build(self, shape: Any) -> None:
        super().build(shape)
        self.peephole_kernel = self.add_weight(shape=(3, self.units))

    def call(self, x: Any, state: Any, training: bool = False) -> Any:
        h, c = state
        i, f, g, o = ops.split(self.sum(x, h), 4, axis=-1)
        i = ops.sigmoid(i + self.peephole_kernel[0] * c)
        f = ops.sigmoid(f + self.peephole_kernel[1] * c)
        c = ops.tanh(g) * i + c * f
        h = ops.tanh(c) * ops.sigmoid(o + self.peephole_kernel[2] * c)
        return h, [h, c]


class LSTM1997(Cell):
    gates = 3

    def call(self, x: Any, state: Any, training: bool = False) -> Any:
        h, s = state
        i, g, o = ops.split(self.sum(x, h), 3, axis=-1)
        s = ops.tanh(g) * ops.sigmoid(i) + s
        h = ops.tanh(s) * ops.sigmoid(o)
        return h, [h, s]


class Jordan(Cell):
    gates = 1

    def build(self, shape: Any) -> None:
        super().build(shape)
        self.output_kernel = self.add_weight(shape=(self.units, self.units))
        self.output_bias = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, x: Any, state: Any, training: bool = False) -> Any:
        y, s = state
        s = 0.5 * s + y
        h = ops.sigmoid(self.sum(x, s))
        y = ops.sigmoid(ops.matmul(h, self.output_kernel) + self.output_bias)
        return y, [y, s]
