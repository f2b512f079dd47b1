"""The sequential network of Jordan (1986)."""

from typing import Any, NamedTuple, Unpack

import keras
from keras import ops

from zoo.layers.base.arguments import Activation, RecurrenceArguments
from zoo.layers.base.cell import Tensor
from zoo.layers.base.recurrence import Recurrence


class JordanState(NamedTuple):
    """What a Jordan network carries from one time step to the next."""

    y: Tensor
    """Output, (batch, units)."""

    s: Tensor
    """State units, (batch, units)."""


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class Jordan(Recurrence):
    """Sequential network: the output feeds the state units, which also feed themselves.

        s_t = α s_{t-1} + y_{t-1}                     state units
        h_t = σ(W x_t + U s_t + b)                    hidden units
        y_t = g(V h_t + b_y)                          output, returned

    Weights: `kernel` W (features, hidden units), `recurrent_kernel` U (units, hidden units),
    `bias` b (hidden units,), `output_kernel` V (hidden units, units), `output_bias` b_y (units,).
    Regularizers and constraints of W and b are also those of V and b_y.

    Args:
        units: size of the output and of the state units.
        activation: σ, the nonlinearity of the hidden units.
        output_activation: g, the nonlinearity of the output.
        use_bias: whether b is added; b_y always is.
        hidden_units: size of the hidden layer, `units` by default.
        decay: α, the weight of the state units' connection to themselves, from 0 up to 1.
        **kwargs: of `Recurrence`.

    Call arguments:
        sequences: x, (batch, time, features).
        initial_state: y_0 and s_0, (batch, units) each; zeros by default.
        mask: (batch, time), true at the steps that are no padding.
        training: whether dropout applies.

    Returns:
        y, (batch, units), or (batch, time, units) with `return_sequences`; after it, with
        `return_state`, the final y and s.

    Raises:
        ValueError: as `Core`, and a decay out of range.

    Source: M. I. Jordan, Serial order: a parallel distributed processing approach, ICS report
    8604, University of California, San Diego, 1986.

    >>> import keras, zoo
    >>> zoo.layers.Jordan(2, hidden_units=8)(keras.Input((5, 3))).shape
    (None, 2)
    """

    gates = ("h",)
    State = JordanState

    def __init__(
        self,
        units: int,
        activation: Activation = "sigmoid",
        output_activation: Activation = "sigmoid",
        use_bias: bool = True,
        *,
        hidden_units: int | None = None,
        decay: float = 0.5,
        **kwargs: Unpack[RecurrenceArguments],
    ):
        super().__init__(units, activation, use_bias, **kwargs)
        self._require(0 <= decay <= 1, "decay", decay, "a weight from 0 to 1")
        hidden_units = units if hidden_units is None else hidden_units
        self._require(
            isinstance(hidden_units, int) and hidden_units > 0,
            "hidden_units",
            hidden_units,
            "an integer above 0",
        )
        self.hidden_units = hidden_units
        self.decay = decay
        self.output_activation = keras.activations.get(output_activation)

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        super().build(sequences_shape, initial_state_shape)
        self.output_kernel = self.add_weight(
            name="output_kernel",
            shape=(self.hidden_units, self.units),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.output_bias = self.add_weight(
            name="output_bias",
            shape=(self.units,),
            initializer=self.bias_initializer,
            regularizer=self.bias_regularizer,
            constraint=self.bias_constraint,
        )

    @property
    def width(self) -> int:
        return self.hidden_units

    def recurrent_input(self, state: JordanState) -> Tensor:
        return self.decay * state.s + state.y

    def step(self, a: list[Tensor], state: JordanState) -> JordanState:
        (h,) = a
        s = self.decay * state.s + state.y
        h = self.activation(h)
        y = self.output_activation(ops.matmul(h, self.output_kernel) + self.output_bias)
        return JordanState(y, s)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "hidden_units": self.hidden_units,
            "decay": self.decay,
            "output_activation": keras.activations.serialize(self.output_activation),
        }
