"""Long expressive memory, after Rusch et al. (2022)."""

from typing import Any, NamedTuple, Unpack

import keras

from zoo.layers.base.arguments import Activation, RecurrenceArguments
from zoo.layers.base.cell import Tensor
from zoo.layers.base.recurrence import Recurrence


class LEMState(NamedTuple):
    """What a LEM carries from one time step to the next."""

    y: Tensor
    """Hidden state, (batch, units)."""

    z: Tensor
    """Memory, (batch, units)."""


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class LEM(Recurrence):
    """Long expressive memory: two states that move towards their targets by learned time steps.

        Δ_t  = Δ σ(W_1 x_t + U_1 y_{t-1} + b_1)                            time step of the memory
        Δ'_t = Δ σ(W_2 x_t + U_2 y_{t-1} + b_2)                            of the hidden state
        z_t  = (1 - Δ_t) ⊙ z_{t-1} + Δ_t ⊙ φ(W_z x_t + U_z y_{t-1} + b_z)  memory
        y_t  = (1 - Δ'_t) ⊙ y_{t-1} + Δ'_t ⊙ φ(W_y x_t + U_y z_t + b_y)    hidden state

    Weights: `kernel` W (features, 4 units), `recurrent_kernel` U (units, 4 units), `bias` b
    (4 units,), columns in the order 1, 2, z, y.

    Args:
        units: size of the hidden state and of the memory.
        activation: φ, the nonlinearity of the targets.
        recurrent_activation: σ, the nonlinearity of the time steps.
        use_bias: whether b is added.
        time_step: Δ, the longest time step, above 0 and at most 1; small for long memory.
        **kwargs: of `Recurrence`.

    Call arguments:
        sequences: x, (batch, time, features).
        initial_state: y_0 and z_0, (batch, units) each; zeros by default.
        mask: (batch, time), true at the steps that are no padding.
        training: whether dropout applies.

    Returns:
        y, (batch, units), or (batch, time, units) with `return_sequences`; after it, with
        `return_state`, the final y and z.

    Raises:
        ValueError: as `Core`, and a time step out of range.

    Source: T. K. Rusch, S. Mishra, N. B. Erichson, M. W. Mahoney, Long expressive memory for
    sequence modeling, ICLR 2022, equation 3.

    >>> import keras, zoo
    >>> zoo.layers.LEM(8, time_step=0.1)(keras.Input((5, 3))).shape
    (None, 8)
    """

    gates = ("1", "2", "z", "y")
    deferred_gates = 1
    State = LEMState

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        recurrent_activation: Activation = "sigmoid",
        use_bias: bool = True,
        *,
        time_step: float = 1.0,
        **kwargs: Unpack[RecurrenceArguments],
    ):
        super().__init__(units, activation, use_bias, **kwargs)
        self._require(0 < time_step <= 1, "time_step", time_step, "a number above 0 and at most 1")
        self.time_step = time_step
        self.recurrent_activation = keras.activations.get(recurrent_activation)

    def recurrent_input(self, state: LEMState) -> Tensor:
        return state.y

    def step(self, a: list[Any], state: LEMState) -> LEMState:
        a_1, a_2, a_z, a_y = a
        step_z = self.time_step * self.recurrent_activation(a_1)
        step_y = self.time_step * self.recurrent_activation(a_2)
        z = (1 - step_z) * state.z + step_z * self.activation(a_z)
        y = (1 - step_y) * state.y + step_y * self.activation(a_y(z))
        return LEMState(y, z)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "time_step": self.time_step,
            "recurrent_activation": keras.activations.serialize(self.recurrent_activation),
        }
