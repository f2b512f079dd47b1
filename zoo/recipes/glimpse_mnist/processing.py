"""Paths of images, or of folders of them → the digit of each."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from zoo.inference.predictor import Predictor
from zoo.recipes import digit_images
from zoo.recipes.digit_images import EXAMPLES

__all__ = ["EXAMPLES", "SIDES", "batch", "pipeline"]

SIDES = {"plain": 28, "translated": 60, "cluttered": 60}
"""Pixels on a side of an image, by scene."""


def pipeline(predictor: Predictor) -> Callable[[Sequence[str]], list[Any]]:
    """As `digit_images.pipeline`; an image of the size of a wide scene is taken as it is, another
    digit is put in the middle of one."""
    return digit_images.classifier(predictor, SIDES[predictor.options.scene])


def batch(predictor: Predictor, paths: Sequence[str]) -> dict[str, np.ndarray]:
    return digit_images.inputs(paths, SIDES[predictor.options.scene])
