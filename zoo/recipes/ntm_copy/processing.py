"""Vectors of 8 bits → the same vectors, copied by a machine."""

from collections.abc import Callable, Sequence

import numpy as np

from zoo.inference.predictor import Predictor
from zoo.recipes.algorithms import processing
from zoo.recipes.ntm_copy.task import BITS, encoded

EXAMPLES = ("10110101,01100110,11110000", "00000001,10000000")


def pipeline(
    predictor: Predictor, *, controller: processing.Controller = "best"
) -> Callable[[Sequence[str]], list[str]]:
    """Vectors → their copies.

    Args:
        controller: "lstm", "feedforward" or "best": "lstm", or the only one trained.
    """
    return processing.pipeline("ntm-copy", predictor, controller, _parse, processing.spelled)


def batch(predictor: Predictor, texts: Sequence[str]) -> dict[str, np.ndarray]:
    return processing.batch([_parse(text) for text in texts])


def _parse(text: str) -> tuple[np.ndarray, int]:
    vectors = processing.parsed("ntm-copy", text, BITS)
    return encoded(vectors), len(vectors)
