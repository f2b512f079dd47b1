"""A recurrent layer that one vector accompanies, such as the features of an image."""

from typing import Any, Unpack

import keras
from keras import ops

from zoo.layers.base.arguments import LayerArguments
from zoo.layers.base.cell import Tensor
from zoo.layers.base.core import Core
from zoo.layers.base.layer import Layer


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class Conditioned(Layer):
    """A recurrent layer that reads the same vector v beside every step of its sequence.

        h_t = φ(W_xh x_t + W_hh h_{t-1} + W_ih v + b)                 for an `Elman`

    Weights: those of the layer, whose `kernel` is W_xh and below it W_ih.

    Args:
        layer: a recurrent layer of the zoo.
        **kwargs: of every Keras layer.

    Call arguments:
        sequences: x, (batch, time, features).
        condition: v, (batch, condition features).
        initial_state: the parts of the layer's state, (batch, units) each; the state that the layer
            begins from by default.
        mask: (batch, time), true at the steps that are no padding.
        training: given to the layer.

    Returns:
        What the layer returns: (batch, units), or (batch, time, units) with its `return_sequences`,
        and after it the final state with its `return_state`.

    Raises:
        ValueError: a layer that is not recurrent, or a condition of another number of axes.

    Source: A. Karpathy, L. Fei-Fei, Deep visual-semantic alignments for generating image
    descriptions, CVPR 2015, eq. 13 to 15, where v is read at the first step alone.

    >>> import keras, zoo
    >>> layer = zoo.layers.Conditioned(zoo.layers.Elman(8, return_sequences=True))
    >>> layer(keras.Input((5, 3)), keras.Input((6,))).shape
    (None, 5, 8)
    """

    def __init__(self, layer: Core, **kwargs: Unpack[LayerArguments]):
        super().__init__(**kwargs)
        if not isinstance(layer, Core):
            raise ValueError(
                f"Conditioned '{self.name}' got a layer of type {type(layer).__name__}; it takes a "
                "recurrent layer of the zoo, such as zoo.layers.Elman."
            )
        self.layer = layer

    def build(
        self, sequences_shape: Any, condition_shape: Any, initial_state_shape: Any = None
    ) -> None:
        if len(condition_shape) != 2:
            raise ValueError(
                f"Conditioned '{self.name}' got a condition of shape {tuple(condition_shape)}; it "
                "takes (batch, features)."
            )
        if not self.layer.built:
            self.layer.build(_joined(sequences_shape, condition_shape))

    def call(
        self,
        sequences: Tensor,
        condition: Tensor,
        initial_state: Any = None,
        mask: Tensor | None = None,
        training: bool = False,
    ) -> Any:
        always = condition[:, None] + ops.zeros_like(sequences[:, :, :1])
        both = ops.concatenate([sequences, always], axis=-1)
        return self.layer(both, initial_state=initial_state, mask=mask, training=training)

    def compute_output_shape(
        self, sequences_shape: Any, condition_shape: Any, initial_state_shape: Any = None
    ) -> Any:
        return self.layer.compute_output_shape(_joined(sequences_shape, condition_shape))

    def compute_mask(self, _: Any, previous_mask: Any) -> Any:
        return self.layer.compute_mask(None, previous_mask)

    def get_config(self) -> dict[str, Any]:
        layer = keras.saving.serialize_keras_object(self.layer)
        return {**super().get_config(), "layer": layer}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Conditioned":
        return cls(keras.saving.deserialize_keras_object(config.pop("layer")), **config)


def _joined(sequences_shape: Any, condition_shape: Any) -> tuple[Any, ...]:
    return (*sequences_shape[:2], sequences_shape[-1] + condition_shape[-1])
