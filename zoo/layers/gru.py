"""The gated recurrent unit of Cho et al. (2014)."""

from typing import Any, Unpack

import keras

from zoo.layers.base.arguments import Activation, RecurrenceArguments
from zoo.layers.base.recurrence import HiddenState, Recurrence


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class GRU(Recurrence):
    """Gated recurrent unit.

        z_t = σ(W_z x_t + b_z + U_z h_{t-1} + b'_z)             update gate
        r_t = σ(W_r x_t + b_r + U_r h_{t-1} + b'_r)             reset gate
        g_t = φ(W_h x_t + b_h + r_t ⊙ (U_h h_{t-1} + b'_h))     candidate, reset after U
        g_t = φ(W_h x_t + b_h + U_h (r_t ⊙ h_{t-1}))            candidate, reset before U
        h_t = z_t ⊙ h_{t-1} + (1 - z_t) ⊙ g_t                   hidden state

    Cho et al. reset before U; resetting after it lets the loop do one matmul a step, and is the
    default as in Keras. Without `reset_after` there is no b'.

    Weights: `kernel` W (features, 3 units), `recurrent_kernel` U (units, 3 units), columns in the
    order z, r, h; `bias` (2, 3 units) for b and b', or (3 units,) without `reset_after`. They are
    those of `keras.layers.GRU`.

    Args:
        units: size of the hidden state.
        activation: φ, the nonlinearity of the candidate.
        recurrent_activation: σ, the nonlinearity of the gates.
        use_bias: whether b and b' are added.
        reset_after: apply the reset gate after U (default) or before it.
        **kwargs: of `Recurrence`.

    Call arguments:
        sequences: x, (batch, time, features).
        initial_state: h_0, (batch, units); zeros by default.
        mask: (batch, time), true at the steps that are no padding.
        training: whether dropout applies.

    Returns:
        h, (batch, units), or (batch, time, units) with `return_sequences`; after it, with
        `return_state`, the final h.

    Raises:
        ValueError: as `Core`.

    Source: K. Cho et al., Learning phrase representations using RNN encoder-decoder for
    statistical machine translation, EMNLP 2014.

    >>> import keras, zoo
    >>> zoo.layers.GRU(8, return_sequences=True)(keras.Input((5, 3))).shape
    (None, 5, 8)
    """

    gates = ("z", "r", "h")
    State = HiddenState
    cudnn = "gru"

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        recurrent_activation: Activation = "sigmoid",
        use_bias: bool = True,
        *,
        reset_after: bool = True,
        **kwargs: Unpack[RecurrenceArguments],
    ):
        super().__init__(units, activation, use_bias, **kwargs)
        self.recurrent_activation = keras.activations.get(recurrent_activation)
        self.reset_after = self.separate_projections = reset_after
        self.deferred_gates = 0 if reset_after else 1

    @property
    def bias_rows(self) -> int:
        return 2 if self.reset_after else 1

    def step(self, a: Any, state: HiddenState) -> HiddenState:
        if self.reset_after:
            (x_z, x_r, x_h), (u_z, u_r, u_h) = a
            z = self.recurrent_activation(x_z + u_z)
            r = self.recurrent_activation(x_r + u_r)
            g = self.activation(x_h + r * u_h)
        else:
            z, r, candidate = a
            z = self.recurrent_activation(z)
            r = self.recurrent_activation(r)
            g = self.activation(candidate(r * state.h))
        h = z * state.h + (1 - z) * g
        return HiddenState(h)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "recurrent_activation": keras.activations.serialize(self.recurrent_activation),
            "reset_after": self.reset_after,
        }
