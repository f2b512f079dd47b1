"""Many small networks as one wide one, trained in parallel at about the cost of one.

The units of a wide layer are those of the first network, then those of the second, and so on, in
every gate. Weights between units of different networks are constrained to zero, so that each
network learns as it would alone.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops


class BlockDiagonal(keras.constraints.Constraint):
    """Constrains the weights between different networks to zero.

    Args:
        many: networks in the layer.
        sizes: of each axis the width of one network's block; such blocks alternate along it.
    """

    def __init__(self, many: int, sizes: Sequence[int]):
        self.many = many
        self.sizes = tuple(sizes)

    def __call__(self, weight: keras.KerasTensor) -> keras.KerasTensor:
        rows, columns = (
            np.arange(length) // size % self.many
            for length, size in zip(weight.shape, self.sizes, strict=True)
        )
        # A product with a mask would spread a network's NaN to the others.
        return ops.where(rows[:, None] == columns, ops.convert_to_tensor(weight), 0)

    def get_config(self) -> dict:
        return {"many": self.many, "sizes": self.sizes}


def constrain(layer: keras.layers.Layer, many: int, sizes: dict[str, Sequence[int]]) -> None:
    """Constrains the weights of these names to zero between different networks."""
    for weight in layer.trainable_weights:
        if weight.name in sizes:
            weight.constraint = BlockDiagonal(many, sizes[weight.name])
            weight.assign(weight.constraint(weight))


def member(weight: np.ndarray, number: int, many: int, like: np.ndarray, size: int) -> np.ndarray:
    """One network's block of a wide weight.

    Args:
        number: of the network.
        many: networks in the layer.
        like: a weight of the network alone, whose shape the part has.
        size: width of a network's block along the last axis.
    """
    part = weight
    for axis, (wide, narrow) in enumerate(zip(weight.shape, like.shape, strict=True)):
        if wide != narrow:
            block = size if axis == weight.ndim - 1 else narrow
            chosen = np.arange(wide) // block % many == number
            part = np.compress(chosen, part, axis=axis)
    return part
