"""Long short-term memory as first published, without a forget gate."""

from typing import Any, Unpack

import keras

from zoo.layers.base.arguments import Activation, RecurrenceArguments
from zoo.layers.base.cell import Tensor
from zoo.layers.base.recurrence import Recurrence
from zoo.layers.lstm import LSTMState


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class LSTM1997(Recurrence):
    """Long short-term memory without a forget gate: what is stored stays.

        i_t = σ(W_i x_t + U_i h_{t-1} + b_i)          input gate
        g_t = ψ(W_c x_t + U_c h_{t-1} + b_c)          input node
        o_t = σ(W_o x_t + U_o h_{t-1} + b_o)          output gate
        s_t = g_t ⊙ i_t + s_{t-1}                     cell state
        h_t = φ(s_t) ⊙ o_t                            hidden state

    The state s_t is called c, as in `LSTM`, of which this is the case f_t = 1.

    Weights: `kernel` W (features, 3 units), `recurrent_kernel` U (units, 3 units), `bias` b
    (3 units,), columns in the order i, c, o.

    Args:
        units: size of the hidden state and of the cell state.
        activation: φ, the nonlinearity of the output.
        recurrent_activation: σ, the nonlinearity of the gates.
        use_bias: whether b is added.
        input_activation: ψ, the nonlinearity of the input node, tanh or the logistic function.
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

    Source: S. Hochreiter, J. Schmidhuber, Long short-term memory, Neural Computation 9, 1997.

    >>> import keras, zoo
    >>> zoo.layers.LSTM1997(8)(keras.Input((5, 3))).shape
    (None, 8)
    """

    gates = ("i", "c", "o")
    State = LSTMState

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        recurrent_activation: Activation = "sigmoid",
        use_bias: bool = True,
        *,
        input_activation: Activation = "tanh",
        **kwargs: Unpack[RecurrenceArguments],
    ):
        super().__init__(units, activation, use_bias, **kwargs)
        self.recurrent_activation = keras.activations.get(recurrent_activation)
        self.input_activation = keras.activations.get(input_activation)

    def step(self, a: list[Tensor], state: LSTMState) -> LSTMState:
        i, g, o = a
        i = self.recurrent_activation(i)
        g = self.input_activation(g)
        o = self.recurrent_activation(o)
        s = g * i + state.c
        h = self.activation(s) * o
        return LSTMState(h, s)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "recurrent_activation": keras.activations.serialize(self.recurrent_activation),
            "input_activation": keras.activations.serialize(self.input_activation),
        }
