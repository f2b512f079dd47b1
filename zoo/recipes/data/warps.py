"""Images randomly shifted, rotated, resized and bent, by one interpolation of the original."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf
from pydantic import Field

from zoo.recipes.options import Settings

KNOTS = 5
"""Points on a side of the grid whose random displacements bend an image."""


class Warps(Settings):
    """Options of a recipe that learns from images changed at random."""

    shift: float = Field(
        0.07, ge=0, lt=1, description="augmentation: shift, as a share of the side"
    )
    turn: float = Field(0.03, ge=0, lt=1, description="augmentation: share of a full turn")
    zoom: float = Field(0.1, ge=0, lt=1, description="augmentation: share larger or smaller")
    bend: float = Field(
        0.8, ge=0, description="augmentation: deviation of the displacements of a grid, in pixels"
    )

    changed: float = Field(
        1.0, ge=0, le=1, description="augmentation: share of the images that are changed at all"
    )

    def times(self, factor: float) -> "Warps":
        """Changes so many times as large."""
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
    """Each image changed at random on its own; pixels from beyond its sides are 0.

    Args:
        images: (batch, side, side).
        seed: (2,), integers; the same seed gives the same changes.
        shift: at most, down and across each, as a share of the side.
        turn: rotation at most, as a share of a full turn.
        zoom: share larger or smaller at most, down and across each.
        bend: standard deviation of a knot's displacement, in pixels; smooth between the knots.
        changed: share of the images that are changed; the others stay exactly as they are, since
            interpolation blurs.

    Source: P. Simard, D. Steinkraus, J. Platt, Best practices for convolutional neural networks
    applied to visual document analysis, ICDAR 2003, section 2.
    """
    count, side = tf.shape(images)[0], images.shape[1]
    seeds = tf.unstack(tf.random.split(seed, 4))

    def uniform(size: int, most: float, seed: Any) -> Any:
        return tf.unstack(tf.random.stateless_uniform((size, count), seed, -most, most))

    [angle] = uniform(1, 2 * math.pi * turn, seeds[0])
    down, across = (1 + share for share in uniform(2, zoom, seeds[1]))
    turns = [
        [tf.cos(angle) * down, -tf.sin(angle) * down],
        [tf.sin(angle) * across, tf.cos(angle) * across],
    ]
    middle = (side - 1) / 2
    line = tf.range(side, dtype="float32") - middle
    positions = tf.einsum("ijb,jrc->brci", tf.stack(turns), tf.stack(tf.meshgrid(line, line)[::-1]))
    shifts = tf.stack(uniform(2, shift * side, seeds[2]), axis=-1)
    knots = bend * tf.random.stateless_normal((count, KNOTS, KNOTS, 2), seeds[3])
    bends = tf.image.resize(knots, (side, side), "bicubic")
    moved = _interpolated(images, positions + middle + shifts[:, None, None] + bends)
    chosen = tf.random.stateless_uniform((count, 1, 1), tf.random.fold_in(seed, 0)) < changed
    return tf.where(chosen, moved, images)


def _interpolated(images: Any, positions: Any) -> tf.Tensor:
    """The images at positions between pixels, (batch, side, side, 2), by bilinear interpolation."""
    count, side = tf.shape(images)[0], images.shape[1]
    edge = side + 2
    pixels = tf.reshape(tf.pad(images, [[0, 0], [1, 1], [1, 1]]), (count, edge * edge))
    positions = tf.clip_by_value(positions + 1, 0, edge - 1.001)
    row, column = tf.unstack(tf.cast(positions, "int32"), axis=-1)
    below, right = tf.unstack(positions % 1, axis=-1)

    def neighbour(down: int, across: int) -> Any:
        return tf.gather(pixels, (row + down) * edge + column + across, batch_dims=1)

    above = (1 - right) * neighbour(0, 0) + right * neighbour(0, 1)
    return (1 - below) * above + below * ((1 - right) * neighbour(1, 0) + right * neighbour(1, 1))
