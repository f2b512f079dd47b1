"""Images shifted, turned, resized and bent at random, by one interpolation of the original."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf
from pydantic import Field

from zoo.recipes.options import Settings

KNOTS = 5
"""On a side of the grid whose points move each by itself where an image is bent."""


class Warps(Settings):
    """Options of a recipe that learns from images changed at random."""

    shift: float = Field(
        0.07, ge=0, lt=1, description="augmentation: shift, as a share of the side"
    )
    turn: float = Field(0.03, ge=0, lt=1, description="augmentation: share of a full turn")
    zoom: float = Field(0.1, ge=0, lt=1, description="augmentation: share larger or smaller")
    bend: float = Field(
        0.8, ge=0, description="augmentation: deviation of how far points of a grid move, in points"
    )

    changed: float = Field(
        1.0, ge=0, le=1, description="augmentation: share of the images that are changed at all"
    )

    def times(self, factor: float) -> "Warps":
        """The same changes, so many times as large."""
        sizes = ("shift", "turn", "zoom", "bend")
        return self.model_copy(update={name: factor * getattr(self, name) for name in sizes})

    @property
    def warp(self) -> Callable[[Any, Any], tf.Tensor]:
        """Images and a seed of two integers → the images changed: `warped`."""
        return partial(
            warped,
            shift=self.shift,
            turn=self.turn,
            zoom=self.zoom,
            bend=self.bend,
            changed=self.changed,
        )


def warped(
    images: Any,
    seed: Any,
    *,
    shift: float,
    turn: float,
    zoom: float,
    bend: float,
    changed: float,
) -> tf.Tensor:
    """Each image changed by its own draw; what comes in from beyond its sides is 0.

    Args:
        images: (batch, side, side).
        seed: (2,), integers; the same seed draws the same changes.
        shift: at most, down and across each, as a share of the side.
        turn: at most, as a share of a full turn.
        zoom: share larger or smaller at most, down and across each.
        bend: standard deviation of how far a knot moves, in points; smooth between the knots.
        changed: share of the images that are changed; the others keep their very points, which
            interpolation blurs.

    Source: P. Simard, D. Steinkraus, J. Platt, Best practices for convolutional neural networks
    applied to visual document analysis, ICDAR 2003, section 2.
    """
    many, side = tf.shape(images)[0], images.shape[1]
    seeds = tf.unstack(tf.random.split(seed, 4))

    def drawn(size: int, most: float, seed: Any) -> Any:
        return tf.unstack(tf.random.stateless_uniform((size, many), seed, -most, most))

    [angle] = drawn(1, 2 * math.pi * turn, seeds[0])
    down, across = (1 + share for share in drawn(2, zoom, seeds[1]))
    turns = [
        [tf.cos(angle) * down, -tf.sin(angle) * down],
        [tf.sin(angle) * across, tf.cos(angle) * across],
    ]
    middle = (side - 1) / 2
    line = tf.range(side, dtype="float32") - middle
    places = tf.einsum("ijb,jrc->brci", tf.stack(turns), tf.stack(tf.meshgrid(line, line)[::-1]))
    shifts = tf.stack(drawn(2, shift * side, seeds[2]), axis=-1)
    knots = bend * tf.random.stateless_normal((many, KNOTS, KNOTS, 2), seeds[3])
    bends = tf.image.resize(knots, (side, side), "bicubic")
    moved = _read(images, places + middle + shifts[:, None, None] + bends)
    chosen = tf.random.stateless_uniform((many, 1, 1), tf.random.fold_in(seed, 0)) < changed
    return tf.where(chosen, moved, images)


def _read(images: Any, places: Any) -> tf.Tensor:
    """The images at places between points, (batch, side, side, 2), bilinearly."""
    many, side = tf.shape(images)[0], images.shape[1]
    edge = side + 2
    points = tf.reshape(tf.pad(images, [[0, 0], [1, 1], [1, 1]]), (many, edge * edge))
    places = tf.clip_by_value(places + 1, 0, edge - 1.001)
    row, column = tf.unstack(tf.cast(places, "int32"), axis=-1)
    below, right = tf.unstack(places % 1, axis=-1)

    def read(down: int, across: int) -> Any:
        return tf.gather(points, (row + down) * edge + column + across, batch_dims=1)

    above = (1 - right) * read(0, 0) + right * read(0, 1)
    return (1 - below) * above + below * ((1 - right) * read(1, 0) + right * read(1, 1))
