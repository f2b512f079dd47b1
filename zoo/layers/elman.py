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
    they are those of `keras.layers.SimpleRNN`. Arguments, shapes and errors: see `Recurrence`.

    Source: J. L. Elman, Finding structure in time, Cognitive Science 14, 1990.
    """

    gates = ("h",)
    State = HiddenState

    def step(self, a: list[Tensor], state: HiddenState) -> HiddenState:
        (h,) = a
        return HiddenState(self.activation(h))
