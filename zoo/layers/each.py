"""A layer over every part of a batch of sequences: a word's characters, a film's frame."""

from typing import Any, Unpack

import keras
from keras import ops

from zoo.layers.base.arguments import LayerArguments
from zoo.layers.base.cell import Tensor
from zoo.layers.base.layer import Layer


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class Each(Layer):
    """Applies a layer to each part of a sequence, all of them in one batch.

    With a recurrent layer that returns its last step it turns the characters of every word of a
    sentence into one vector a word (Ling et al. 2015); with a convolutional network, every frame of
    a film.

    Args:
        layer: takes (batch, ...).
        **kwargs: of every Keras layer.

    Call arguments:
        sequences: (batch, outer, ...).
        mask: (batch, outer, inner), given to the layer.
        training: given to the layer.

    Returns:
        (batch, outer, ...), what the layer returns for each part.

    >>> import keras, zoo
    >>> zoo.layers.Each(zoo.layers.LSTM(8))(keras.Input((5, 7, 3))).shape
    (None, 5, 8)
    """

    def __init__(self, layer: keras.layers.Layer, **kwargs: Unpack[LayerArguments]):
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, sequences_shape: Any) -> None:
        if not self.layer.built:
            self.layer.build(_joined(sequences_shape))

    def call(self, sequences: Tensor, mask: Tensor | None = None, training: bool = False) -> Tensor:
        batch, outer, *inner = ops.shape(sequences)
        flat = ops.reshape(sequences, (-1, *inner))
        masks = {} if mask is None else {"mask": ops.reshape(mask, (-1, inner[0]))}
        output = self.layer(flat, training=training, **masks)
        return ops.reshape(output, (batch, outer, *output.shape[1:]))

    def compute_output_shape(self, sequences_shape: Any) -> Any:
        output = self.layer.compute_output_shape(_joined(sequences_shape))
        return (*sequences_shape[:2], *output[1:])

    def compute_mask(self, _: Any, previous_mask: Any) -> None:
        return None

    def get_config(self) -> dict[str, Any]:
        layer = keras.saving.serialize_keras_object(self.layer)
        return {**super().get_config(), "layer": layer}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Each":
        return cls(keras.saving.deserialize_keras_object(config.pop("layer")), **config)


def _joined(shape: Any) -> tuple[Any, ...]:
    """(batch, outer, ...) as the layer sees it."""
    return (None, *shape[2:])
