"""MNIST digits as they are, or somewhere in a wider image, alone or among pieces of others."""

from functools import cache

import numpy as np
import tensorflow as tf

from zoo.recipes.data import mnist

SIDES = {"plain": 28, "translated": 60, "cluttered": 60}
"""Points on a side of an image, by scene."""

CLUTTER, PIECE = 4, 8
"""Pieces of other digits in a cluttered image, and the points on a side of one."""


@cache
def digits(split: str, scene: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (images, side, side) from 0 to 255 and labels; the same in every process.

    Raises:
        UserError: the data set is not at hand and cannot be downloaded.
    """
    images, labels = mnist.digits(split)
    if scene == "plain":
        return images, labels
    rng = np.random.default_rng((list(mnist.SPLITS).index(split), SIDES[scene]))
    wide = np.zeros((len(images), SIDES[scene], SIDES[scene]), "uint8")
    for place, image in zip(wide, images, strict=True):
        _put(place, image, rng)
        for _ in range(CLUTTER if scene == "cluttered" else 0):
            other = images[rng.integers(len(images))]
            top, left = rng.integers(0, 28 - PIECE + 1, 2)
            _put(place, other[top : top + PIECE, left : left + PIECE], rng)
    return wide, labels


def batches(split: str, scene: str, size: int, seed: int | None = None) -> tf.data.Dataset:
    """`mnist.batches` of a scene."""
    return mnist.batches(*digits(split, scene), size, seed)


def _put(place: np.ndarray, image: np.ndarray, rng: np.random.Generator) -> None:
    """Lays an image somewhere into a wider one, over what is there."""
    side = len(image)
    top, left = rng.integers(0, len(place) - side + 1, 2)
    part = place[top : top + side, left : left + side]
    np.maximum(part, image, out=part)
