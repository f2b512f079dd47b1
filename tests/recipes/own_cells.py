"""Recurrent layers of a user's own, none of them known to Keras before."""

import keras
from keras import ops

from zoo.layers import Core, HiddenState, Recurrence


class MinGRU(Core):
    """h_t = (1 - z_t) h_{t-1} + z_t W_h x_t, z_t = σ(W_z x_t): Feng et al., 2024."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_shape = self.output_shape = (units,)

    def build(self, sequences_shape, initial_state_shape=None):
        shape = (sequences_shape[-1], 2 * self.units)
        self.kernel = self.add_weight(name="kernel", shape=shape)
        super().build(sequences_shape, initial_state_shape)

    def step(self, x, state):
        gate, candidate = ops.split(ops.matmul(x, self.kernel), 2, axis=-1)
        z = ops.sigmoid(gate)
        h = (1 - z) * state + z * candidate
        return h, h

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class Leaky(Recurrence):
    """h_t = (h_{t-1} + φ(W x_t + b + U h_{t-1})) / 2."""

    gates = ("h",)
    State = HiddenState

    def step(self, a, state):
        return HiddenState((state.h + self.activation(a[0])) / 2)


class Normalised(Leaky):
    """One whose units mix otherwise than by `recurrent_kernel`."""

    def step(self, a, state):
        return HiddenState(ops.softmax(a[0] + state.h))


class Stock(keras.layers.GRU):
    """A layer of Keras's with a step of its own in name alone."""


class Narrow(keras.layers.Layer):
    """No recurrent layer: it takes no `return_sequences`."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)


class Forgetful(MinGRU):
    """One whose configuration lacks its units."""

    def __init__(self, units=7, **kwargs):
        super().__init__(units, **kwargs)

    def get_config(self):
        return {key: value for key, value in super().get_config().items() if key != "units"}


class Failing(MinGRU):
    """One that cannot be made."""

    def __init__(self, units, **kwargs):
        raise RuntimeError("no such device")


class Flat(keras.layers.Layer):
    """One that takes more than sequences."""

    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)

    def call(self, sequences, lengths):
        return sequences * lengths


class Forward(keras.layers.Layer):
    """One that Keras's Bidirectional does not take."""

    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)
        self.dense = keras.layers.Dense(units)

    def call(self, sequences, mask=None):
        return self.dense(sequences)


class Maskless(keras.layers.Layer):
    """One for sequences without padding."""

    def __init__(self, units, return_sequences=False, go_backwards=False, **kwargs):
        super().__init__(**kwargs)
        self.units, self.return_sequences = units, return_sequences
        self.go_backwards = go_backwards
        self.dense = keras.layers.Dense(units)

    def call(self, sequences):
        every = self.dense(sequences)
        return every if self.return_sequences else every[:, -1]

    def get_config(self):
        config = {"units": self.units, "return_sequences": self.return_sequences}
        return super().get_config() | config | {"go_backwards": self.go_backwards}
