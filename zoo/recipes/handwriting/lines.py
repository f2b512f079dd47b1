"""Lines of handwritten digits, read column by column; without TensorFlow."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from zoo.errors import UserError
from zoo.recipes import digit_images

SIDE = 28
"""Features: pixels of a column."""

PAPER = -0.4
"""Value of a pixel without ink; a column of zeros is padding."""

MOST = 4000
"""Most columns of a line."""


def columns(ink: np.ndarray) -> np.ndarray:
    """(time, SIDE) of a line as its ink, (SIDE, width) from 0 to 1."""
    return (ink.T * (1 - PAPER) + PAPER).astype("float32")


def joined(digits: Sequence[np.ndarray], gaps: Sequence[int]) -> np.ndarray:
    """The ink of digits side by side, each (SIDE, SIDE).

    Args:
        gaps: columns of paper before each digit; a negative one lets it stand within the margin of
            the digit before it.
    """
    starts = np.cumsum([0, *[SIDE + gap for gap in gaps[1:]]]) + max(gaps[0], 0)
    line = np.zeros((SIDE, starts[-1] + SIDE), "float32")
    for start, digit in zip(starts, digits, strict=True):
        part = line[:, start : start + SIDE]
        np.maximum(part, digit, out=part)
    return line


def distorted(digit: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A digit, (SIDE, SIDE), in another hand: rotated, slanted, resized and shifted.

    Args:
        strength: of the distortion; 0 leaves the digit as it is.
    """
    angle, slant, width, height = strength * rng.normal(size=4) * (0.1, 0.1, 0.08, 0.08)
    shift = strength * rng.normal(size=2)
    matrix = np.array([[np.cos(angle), np.sin(angle) + slant], [-np.sin(angle), np.cos(angle)]])
    matrix *= np.exp([[width], [height]])
    middle = (SIDE - 1) / 2
    # The position in the old image of each pixel of the new one.
    across, down = middle - matrix @ (middle + shift)
    coefficients = (*matrix[0], across, *matrix[1], down)
    size, bilinear = (SIDE, SIDE), Image.Resampling.BILINEAR
    distorted = Image.fromarray(digit).transform(
        size, Image.Transform.AFFINE, coefficients, bilinear
    )
    return np.clip(np.asarray(distorted), 0, 1)


def read(file: Path) -> np.ndarray:
    """The columns of an image of a line of digits, of any size, dark on light or light on dark.

    Raises:
        UserError: no such file, a file that is no image, a blank or a too wide one.
    """
    ink = digit_images.inked(file)
    rows, columns_ = (
        np.flatnonzero(ink.max(axis=axis) > digit_images.INK_THRESHOLD) for axis in (1, 0)
    )
    cut = ink[rows[0] : rows[-1] + 1, columns_[0] : columns_[-1] + 1]
    width = max(1, round(cut.shape[1] * digit_images.BOX / cut.shape[0]))
    if width > MOST:
        raise UserError(f"{file} is {width / MOST:.1f} times as wide as the longest line; cut it.")
    size = (width, digit_images.BOX)
    fitted = np.asarray(Image.fromarray(cut).resize(size, Image.Resampling.BILINEAR))
    margin = (SIDE - digit_images.BOX) // 2
    return columns(np.pad(np.clip(fitted, 0, 1), margin))
