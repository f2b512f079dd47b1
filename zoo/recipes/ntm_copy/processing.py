"""Vectors of 8 bits → the same vectors, as a machine that read them writes them."""

from collections.abc import Callable, Sequence

import numpy as np

from zoo.recipes.algorithms import raw
from zoo.recipes.ntm_copy.task import BITS, read
from zoo.recipes.predictor import Predictor

EXAMPLES = ("10110101,01100110,11110000", "00000001,10000000")


def pipeline(
    predictor: Predictor, *, controller: raw.Controller = "best"
) -> Callable[[Sequence[str]], list[str]]:
    """Vectors → the vectors written.

    Args:
        controller: "lstm", "feedforward" or "best": "lstm", or the only one trained.
    """
    return raw.pipeline("ntm-copy", predictor, controller, _parse, raw.spelled)


def batch(predictor: Predictor, texts: Sequence[str]) -> dict[str, np.ndarray]:
    return raw.batch([_parse(text) for text in texts])


def _parse(text: str) -> tuple[np.ndarray, int]:
    vectors = raw.parsed("ntm-copy", text, BITS)
    return read(vectors), len(vectors)
