"""Layers on top of one another."""

from collections.abc import Sequence
from typing import Any, Unpack

import keras

from zoo.layers.base.arguments import LayerArguments
from zoo.layers.base.cell import Tensor
from zoo.layers.base.core import Core
from zoo.layers.base.layer import Layer
from zoo.layers.base.state import flatten


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class Stacked(Layer):
    """Recurrent layers that each read the sequence of the one below, with weights of their own.

        h^1_t = layer_1(x_t, h^1_{t-1})
        h^l_t = layer_l(h^{l-1}_t, h^l_{t-1})

    Args:
        layers: of the zoo, the lowest first; all but the last return sequences, and all or none
            return their states.
        **kwargs: of every Keras layer.

    Call arguments:
        sequences: x, (batch, time, features).
        initial_state: the parts of the states, (batch, units) each, the lowest layer's first; those
            that the layers begin from by default.
        mask: (batch, time), true at the steps that are no padding.
        training: given to the layers.

    Returns:
        What the last layer returns, (batch, time, units) or (batch, units), and after it, where the
        layers return them, the final states in the order of the initial ones.

    Raises:
        ValueError: no layers, layers that do not fit together, or initial states of another
            number.

    >>> import keras, zoo
    >>> below, above = zoo.layers.GRU(8, return_sequences=True), zoo.layers.GRU(4)
    >>> zoo.layers.Stacked([below, above])(keras.Input((5, 3))).shape
    (None, 4)
    """

    def __init__(self, layers: Sequence[Core], **kwargs: Unpack[LayerArguments]):
        super().__init__(**kwargs)
        problem = None
        if not layers or not all(isinstance(layer, Core) for layer in layers):
            problem = "one or more recurrent layers of the zoo, such as zoo.layers.LSTM"
        elif not all(layer.return_sequences for layer in layers[:-1]):
            problem = "return_sequences in every layer but the last"
        elif len({layer.return_state for layer in layers}) > 1:
            problem = "the same return_state in every layer"
        if problem:
            got = ", ".join(type(layer).__name__ for layer in layers) or "no layers"
            raise ValueError(f"Stacked '{self.name}' got {got}; it takes {problem}.")
        self.layers = list(layers)
        self.supports_masking = True

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        for layer in self.layers:
            if not layer.built:
                layer.build(sequences_shape)
            sequences_shape = (*sequences_shape[:2], *layer.output_shape)

    def call(
        self,
        sequences: Tensor,
        initial_state: Any = None,
        mask: Tensor | None = None,
        training: bool = False,
    ) -> Any:
        given = None if initial_state is None else self._shared_out(initial_state)
        states: list[Tensor] = []
        for number, layer in enumerate(self.layers):
            start = None if given is None else given[number]
            sequences = layer(sequences, initial_state=start, mask=mask, training=training)
            if layer.return_state:
                sequences, *final = sequences
                states += final
        return (sequences, *states) if states else sequences

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        states: list[Any] = []
        for layer in self.layers:
            shape = layer.compute_output_shape(sequences_shape)
            if layer.return_state:
                shape, *final = shape
                states += final
            sequences_shape = shape
        return (sequences_shape, *states) if states else sequences_shape

    def compute_mask(self, _: Any, previous_mask: Any) -> Any:
        last = self.layers[-1]
        mask = keras.tree.flatten(previous_mask)[0] if last.return_sequences else None
        if not last.return_state:
            return mask
        return [mask, *[None for layer in self.layers for _ in flatten(layer.state_shape)]]

    def get_config(self) -> dict[str, Any]:
        layers = [keras.saving.serialize_keras_object(layer) for layer in self.layers]
        return {**super().get_config(), "layers": layers}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Stacked":
        layers = [keras.saving.deserialize_keras_object(layer) for layer in config.pop("layers")]
        return cls(layers, **config)

    def _shared_out(self, initial_state: Any) -> list[list[Tensor]]:
        parts = list(initial_state)
        numbers = [len(flatten(layer.state_shape)) for layer in self.layers]
        if len(parts) != sum(numbers):
            raise ValueError(
                f"Stacked '{self.name}' got initial states numbering {len(parts)}; it takes "
                f"{sum(numbers)}, the lowest layer's first."
            )
        shares = []
        for number in numbers:
            shares.append(parts[:number])
            parts = parts[number:]
        return shares
