"""MNIST digits as they are, or somewhere in a wider image, alone or among pieces of others."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.recipes.data import mnist
from zoo.recipes.glimpse_mnist.processing import SIDES

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


def batches(split: str, scene: str, size: int) -> tf.data.Dataset:
    """`mnist.batches` of a scene, the same each time."""
    return mnist.batches(*digits(split, scene), size)


def drawn(scene: str, size: int, seed: int, warp: Callable[[Any, Any], Any]) -> tf.data.Dataset:
    """Batches of the training split, warped; what lies where in a wide image is drawn anew.

    Args:
        warp: images and a seed of two integers → the images changed.
    """
    pieces = CLUTTER if scene == "cluttered" else 0

    def changed(images: Any, seed: Any) -> Any:
        of_warp, of_scene = tf.unstack(tf.random.split(seed, 2))
        images = warp(images, of_warp)
        if scene == "plain":
            return images
        return _scattered(images, SIDES[scene], pieces, of_scene)

    return mnist.drawn(size, seed, changed)


def _scattered(images: Any, side: int, pieces: int, seed: Any) -> Any:
    """Each image somewhere in a wider one, and so many pieces of others."""
    many = len(images)
    seeds = iter(tf.unstack(tf.random.split(seed, 1 + 3 * pieces)))
    rows, columns = _windows(many, images.shape[1], side, next(seeds))
    wide = [tf.einsum("brh,brc,bcw->bhw", rows, images, columns)]
    for _ in range(pieces):
        whose = tf.random.stateless_uniform((many,), next(seeds), 0, many, "int32")
        rows, columns = _windows(many, PIECE, images.shape[1], next(seeds))
        cut = tf.einsum("brh,bhw,bcw->brc", rows, tf.gather(images, whose), columns)
        rows, columns = _windows(many, PIECE, side, next(seeds))
        wide.append(tf.einsum("brh,brc,bcw->bhw", rows, cut, columns))
    return tf.reduce_max(wide, axis=0)


def _windows(many: int, inner: int, outer: int, seed: Any) -> list[Any]:
    """Squares anywhere in larger ones: of rows and of columns, one-hot, (many, inner, outer)."""
    starts = tf.random.stateless_uniform((2, many, 1), seed, 0, outer - inner + 1, "int32")
    return tf.unstack(tf.one_hot(starts + tf.range(inner), outer))


def _put(place: np.ndarray, image: np.ndarray, rng: np.random.Generator) -> None:
    """Lays an image somewhere into a wider one, over what is there."""
    side = len(image)
    top, left = rng.integers(0, len(place) - side + 1, 2)
    part = place[top : top + side, left : left + side]
    np.maximum(part, image, out=part)
