"""MNIST digits as they are, or somewhere in a wider image, alone or among pieces of others."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.recipes.data import mnist
from zoo.recipes.glimpse_mnist.processing import SIDES

CLUTTER, PIECE = 4, 8
"""Pieces of other digits in a cluttered image, and the pixels on a side of one."""


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
    for canvas, image in zip(wide, images, strict=True):
        _put(canvas, image, rng)
        for _ in range(CLUTTER if scene == "cluttered" else 0):
            other = images[rng.integers(len(images))]
            top, left = rng.integers(0, 28 - PIECE + 1, 2)
            _put(canvas, other[top : top + PIECE, left : left + PIECE], rng)
    return wide, labels


def batches(split: str, scene: str, size: int) -> tf.data.Dataset:
    """`mnist.batches` of a scene, the same each time."""
    return mnist.batches(*digits(split, scene), size)


def augmented(scene: str, size: int, seed: int, warp: Callable[[Any, Any], Any]) -> tf.data.Dataset:
    """Batches of the training split, warped, and at new random positions in a wide image.

    Args:
        warp: images and a seed of two integers → the images changed.
    """
    pieces = CLUTTER if scene == "cluttered" else 0

    def change(images: Any, seed: Any) -> Any:
        warp_seed, scene_seed = tf.unstack(tf.random.split(seed, 2))
        images = warp(images, warp_seed)
        if scene == "plain":
            return images
        return _scattered(images, SIDES[scene], pieces, scene_seed)

    return mnist.augmented(size, seed, change)


def _scattered(images: Any, side: int, pieces: int, seed: Any) -> Any:
    """Each image at a random position in a wider one, with so many pieces of others."""
    count = len(images)
    seeds = iter(tf.unstack(tf.random.split(seed, 1 + 3 * pieces)))
    rows, columns = _windows(count, images.shape[1], side, next(seeds))
    wide = [tf.einsum("brh,brc,bcw->bhw", rows, images, columns)]
    for _ in range(pieces):
        indices = tf.random.stateless_uniform((count,), next(seeds), 0, count, "int32")
        rows, columns = _windows(count, PIECE, images.shape[1], next(seeds))
        cut = tf.einsum("brh,bhw,bcw->brc", rows, tf.gather(images, indices), columns)
        rows, columns = _windows(count, PIECE, side, next(seeds))
        wide.append(tf.einsum("brh,brc,bcw->bhw", rows, cut, columns))
    return tf.reduce_max(wide, axis=0)


def _windows(count: int, inner: int, outer: int, seed: Any) -> list[Any]:
    """Random squares in larger ones: of rows and of columns, one-hot, (count, inner, outer)."""
    starts = tf.random.stateless_uniform((2, count, 1), seed, 0, outer - inner + 1, "int32")
    return tf.unstack(tf.one_hot(starts + tf.range(inner), outer))


def _put(canvas: np.ndarray, image: np.ndarray, rng: np.random.Generator) -> None:
    """Adds an image at a random position of a wider one, by the maximum."""
    side = len(image)
    top, left = rng.integers(0, len(canvas) - side + 1, 2)
    part = canvas[top : top + side, left : left + side]
    np.maximum(part, image, out=part)
