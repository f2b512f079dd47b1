"""The simple recurrent network of Elman (1990)."""

import keras

from zoo.layers.base.cell import Tensor
from zoo.layers.base.recurrence import HiddenState, Recurrence


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class Elman(Recurrence):
    """Simple recurrent network: context units hold a copy of the last hidden state.

        h_t = φ(W x_t + U h_{t-1} + b)

    The copy has the fixed weight 1, so the context units are h_{t-1} itself. φ is tanh unless
    `activation` says otherwise (Elman used the logistic function).

    Weights: `kernel` W (features, units), `recurrent_kernel` U (units, units), `bias` b (units,);
    they are those of `keras.layers.SimpleRNN`.

    Args:
        units: size of the hidden state.
        activation: φ.
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

    Source: J. L. Elman, Finding structure in time, Cognitive Science 14, 1990.

    >>> import keras, zoo
    >>> zoo.layers.Elman(8)(keras.Input((5, 3))).shape
    (None, 8)
    """

    gates = ("h",)
    State = HiddenState

    def step(self, a: list[Tensor], state: HiddenState) -> HiddenState:
        (h,) = a
        return HiddenState(self.activation(h))
