"""The minimal gated recurrent unit of Feng et al. (2024)."""

from keras import ops

from zoo.layers import Core


class MinGRU(Core):
    """z_t = σ(W_z x_t + b_z), h_t = (1 - z_t) h_{t-1} + z_t (W_h x_t + b_h)"""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_shape = self.output_shape = (units,)

    def build(self, sequences_shape, initial_state_shape=None):
        features = sequences_shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=(features, 2 * self.units))
        self.bias = self.add_weight(name="bias", shape=(2 * self.units,), initializer="zeros")
        super().build(sequences_shape, initial_state_shape)

    def step(self, x, h):
        gate, candidate = ops.split(ops.matmul(x, self.kernel) + self.bias, 2, axis=-1)
        z = ops.sigmoid(gate)
        h = (1 - z) * h + z * candidate
        return h, h

    def get_config(self):
        return {**super().get_config(), "units": self.units}
