"""The LSTM whose gates see the cell state, after Gers and Schmidhuber (2000)."""

from typing import Any, Unpack

import keras
from keras import ops

from zoo.layers.base.arguments import (
    Activation,
    Constraint,
    Initializer,
    RecurrenceArguments,
    Regularizer,
)
from zoo.layers.base.cell import Tensor
from zoo.layers.lstm import LSTM, LSTMState


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class PeepholeLSTM(LSTM):
    """LSTM with peepholes: diagonal weights p from the cell state to the gates.

        i_t = σ(W_i x_t + U_i h_{t-1} + p_i ⊙ c_{t-1} + b_i)    input gate
        f_t = σ(W_f x_t + U_f h_{t-1} + p_f ⊙ c_{t-1} + b_f)    forget gate
        g_t = φ(W_c x_t + U_c h_{t-1} + b_c)                    input node
        c_t = g_t ⊙ i_t + c_{t-1} ⊙ f_t                         cell state
        o_t = σ(W_o x_t + U_o h_{t-1} + p_o ⊙ c_t + b_o)        output gate
        h_t = φ(c_t) ⊙ o_t                                      hidden state

    Weights: those of `LSTM`, and `peephole_kernel` p (3, units), rows in the order i, f, o.

    Args:
        units: size of the hidden state and of the cell state.
        peephole_initializer: of p.
        peephole_regularizer: of p, added to the loss.
        peephole_constraint: of p.
        **kwargs: of `LSTM`.

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

    Source: F. A. Gers, J. Schmidhuber, Recurrent nets that time and count, IJCNN 2000.

    >>> import keras, zoo
    >>> zoo.layers.PeepholeLSTM(8)(keras.Input((5, 3))).shape
    (None, 8)
    """

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        recurrent_activation: Activation = "sigmoid",
        use_bias: bool = True,
        *,
        unit_forget_bias: bool = True,
        peephole_initializer: Initializer = "glorot_uniform",
        peephole_regularizer: Regularizer = None,
        peephole_constraint: Constraint = None,
        **kwargs: Unpack[RecurrenceArguments],
    ):
        super().__init__(
            units,
            activation,
            recurrent_activation,
            use_bias,
            unit_forget_bias=unit_forget_bias,
            **kwargs,
        )
        self.peephole_initializer = keras.initializers.get(peephole_initializer)
        self.peephole_regularizer = keras.regularizers.get(peephole_regularizer)
        self.peephole_constraint = keras.constraints.get(peephole_constraint)

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        super().build(sequences_shape, initial_state_shape)
        self.peephole_kernel = self.add_weight(
            name="peephole_kernel",
            shape=(3, self.units),
            initializer=self.peephole_initializer,
            regularizer=self.peephole_regularizer,
            constraint=self.peephole_constraint,
        )

    def step(self, a: list[Tensor], state: LSTMState) -> LSTMState:
        p_i, p_f, p_o = ops.unstack(ops.convert_to_tensor(self.peephole_kernel), 3)
        i, f, g, o = a
        i = self.recurrent_activation(i + p_i * state.c)
        f = self.recurrent_activation(f + p_f * state.c)
        g = self.activation(g)
        c = g * i + state.c * f
        o = self.recurrent_activation(o + p_o * c)
        h = self.activation(c) * o
        return LSTMState(h, c)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "peephole_initializer": keras.initializers.serialize(self.peephole_initializer),
            "peephole_regularizer": keras.regularizers.serialize(self.peephole_regularizer),
            "peephole_constraint": keras.constraints.serialize(self.peephole_constraint),
        }
