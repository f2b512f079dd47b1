"""Paths of images, or of folders of them → the digit of each."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from zoo.inference.predictor import Predictor
from zoo.recipes import digit_images
from zoo.recipes.digit_images import EXAMPLES

__all__ = ["EXAMPLES", "SIDES", "batch", "pipeline"]

SIDES = {"plain": 28, "translated": 60, "cluttered": 60}
"""Points on a side of an image, by scene."""


def pipeline(predictor: Predictor) -> Callable[[Sequence[str]], list[Any]]:
    """As `digit_images.pipeline`; a wide scene is read as it is, or has the digit in its middle."""
    return digit_images.classifier(predictor, SIDES[predictor.options.scene])


def batch(predictor: Predictor, paths: Sequence[str]) -> dict[str, np.ndarray]:
    return digit_images.inputs(paths, SIDES[predictor.options.scene])
