"""The retina of the recurrent model of visual attention, after Mnih et al. (2014)."""

from typing import Any, Unpack

import keras
from keras import ops

from zoo.layers.base.arguments import LayerArguments
from zoo.layers.base.cell import Tensor
from zoo.layers.base.layer import Layer


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class GlimpseSensor(Layer):
    """Square crops around a location, each twice as wide as the last, all of the same size.

        crop k = size 2^k pixels on a side around l, averaged to size by size pixels

    Pixels outside the image are 0. Crops start at whole pixels, so that the narrowest is a slice.

    Args:
        size: pixels on a side of a crop.
        scales: number of crops.
        **kwargs: of every Keras layer.

    Call arguments:
        images: (batch, height, width) or (batch, height, width, channels).
        locations: (batch, 2), the centre as (x, y) from -1 (left, top) to 1 (right, bottom).

    Returns:
        (batch, scales x size x size x channels), the narrowest crop first.

    Raises:
        ValueError: a size or a number of scales below 1, or images of another number of axes.

    Source: V. Mnih, N. Heess, A. Graves, K. Kavukcuoglu, Recurrent models of visual attention,
    NIPS 2014, section 3.1, the bandwidth-limited sensor.

    >>> import keras, zoo
    >>> sensor = zoo.layers.GlimpseSensor(8, scales=2)
    >>> sensor(keras.Input((28, 28)), keras.Input((2,))).shape
    (None, 128)
    """

    def __init__(self, size: int, scales: int = 1, **kwargs: Unpack[LayerArguments]):
        super().__init__(**kwargs)
        for name, value in {"size": size, "scales": scales}.items():
            if not isinstance(value, int) or value < 1:
                raise ValueError(
                    f"GlimpseSensor got {name}={value!r}; it takes an integer above 0."
                )
        self.size = size
        self.scales = scales

    def build(self, images_shape: Any, locations_shape: Any = None) -> None:
        if len(images_shape) not in (3, 4):
            raise ValueError(
                f"GlimpseSensor '{self.name}' got images of shape {tuple(images_shape)}; it takes "
                "(batch, height, width) or (batch, height, width, channels)."
            )

    def call(self, images: Tensor, locations: Tensor) -> Tensor:
        if len(images.shape) == 3:
            images = images[..., None]
        _, height, width, channels = images.shape
        crops = []
        for k in range(self.scales):
            rows = self._window(locations[:, 1], height, 2**k)
            columns = self._window(locations[:, 0], width, 2**k)
            crop = ops.einsum("biy,byxc,bjx->bijc", rows, images, columns)
            crops.append(ops.reshape(crop, (-1, self.size * self.size * channels)))
        return ops.concatenate(crops, axis=-1)

    def compute_output_shape(self, images_shape: Any, locations_shape: Any = None) -> Any:
        channels = images_shape[3] if len(images_shape) == 4 else 1
        return images_shape[0], self.scales * self.size**2 * channels

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size, "scales": self.scales}

    def _window(self, centres: Tensor, length: int, pooled: int) -> Tensor:
        """The weight of each pixel in each row of a crop: (batch, size, length)."""
        middle = (centres + 1) / 2 * length
        first = ops.round(middle - self.size * pooled / 2)
        starts = first[:, None] + pooled * ops.arange(self.size, dtype=centres.dtype)
        offsets = ops.arange(length, dtype=centres.dtype) - starts[:, :, None]
        inside = ops.logical_and(offsets >= 0, offsets < pooled)
        return ops.cast(inside, centres.dtype) / pooled
