"""Long short-term memory with a forget gate, after Gers, Schmidhuber and Cummins (2000)."""

from typing import Any, NamedTuple, Unpack

import keras
from keras import ops

from zoo.layers.base.arguments import Activation, RecurrenceArguments
from zoo.layers.base.cell import Tensor
from zoo.layers.base.recurrence import Recurrence
from zoo.layers.chrono import Chrono


class LSTMState(NamedTuple):
    """What an LSTM carries from one time step to the next."""

    h: Tensor
    """Hidden state, (batch, units)."""

    c: Tensor
    """Cell state, (batch, units)."""


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class LSTM(Recurrence):
    """Long short-term memory with a forget gate.

        i_t = σ(W_i x_t + U_i h_{t-1} + b_i)          input gate
        f_t = σ(W_f x_t + U_f h_{t-1} + b_f)          forget gate
        g_t = φ(W_c x_t + U_c h_{t-1} + b_c)          input node
        o_t = σ(W_o x_t + U_o h_{t-1} + b_o)          output gate
        c_t = g_t ⊙ i_t + c_{t-1} ⊙ f_t               cell state
        h_t = φ(c_t) ⊙ o_t                            hidden state

    Weights: `kernel` W (features, 4 units), `recurrent_kernel` U (units, 4 units), `bias` b
    (4 units,), columns in the order i, f, c, o; they are those of `keras.layers.LSTM`.

    Args:
        units: size of the hidden state and of the cell state.
        activation: φ, the nonlinearity of the input node and of the output.
        recurrent_activation: σ, the nonlinearity of the gates.
        use_bias: whether b is added.
        unit_forget_bias: start b_f at 1, so that the cell remembers from the first step
            (Jozefowicz et al. 2015).
        **kwargs: of `Recurrence`.

    Call arguments:
        sequences: x, (batch, time, features).
        initial_state: h_0 and c_0, (batch, units) each; zeros by default.
        mask: (batch, time), true at the steps that are no padding.
        training: whether dropout applies.

    Returns:
        h, (batch, units), or (batch, time, units) with `return_sequences`; after it, with
        `return_state`, the final h and c.

    Raises:
        ValueError: as `Core`.

    Source: F. A. Gers, J. Schmidhuber, F. Cummins, Learning to forget, Neural Computation 12,
    2000; S. Hochreiter, J. Schmidhuber, Long short-term memory, Neural Computation 9, 1997.

    >>> import keras, zoo
    >>> output, h, c = zoo.layers.LSTM(8, return_state=True)(keras.Input((5, 3)))
    >>> output.shape, h.shape, c.shape
    ((None, 8), (None, 8), (None, 8))
    """

    gates = ("i", "f", "c", "o")
    State = LSTMState
    cudnn = "lstm"

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        recurrent_activation: Activation = "sigmoid",
        use_bias: bool = True,
        *,
        unit_forget_bias: bool = True,
        **kwargs: Unpack[RecurrenceArguments],
    ):
        super().__init__(units, activation, use_bias, **kwargs)
        self.recurrent_activation = keras.activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias

    def step(self, a: list[Tensor], state: LSTMState) -> LSTMState:
        i, f, g, o = a
        i = self.recurrent_activation(i)
        f = self.recurrent_activation(f)
        g = self.activation(g)
        o = self.recurrent_activation(o)
        c = g * i + state.c * f
        h = self.activation(c) * o
        return LSTMState(h, c)

    def initial_bias(self, shape: Any, dtype: Any = None) -> Tensor:
        if not self.unit_forget_bias or isinstance(self.bias_initializer, Chrono):
            return super().initial_bias(shape, dtype)
        i, c, o = (self.bias_initializer((self.units,), dtype=dtype) for _ in "ico")
        return ops.concatenate([i, ops.ones((self.units,), dtype=dtype), c, o])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "recurrent_activation": keras.activations.serialize(self.recurrent_activation),
            "unit_forget_bias": self.unit_forget_bias,
        }
