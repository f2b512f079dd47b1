"""Vectors of 8 bits and a number → the vectors so many times, written by a machine."""

from collections.abc import Callable, Sequence

import numpy as np

from zoo.errors import UserError
from zoo.inference.predictor import Predictor
from zoo.recipes.algorithms import processing
from zoo.recipes.ntm_repeat_copy.task import BITS, encoded

EXAMPLES = ("10110101,01100110*3", "00000001*5")


def pipeline(
    predictor: Predictor, *, controller: processing.Controller = "best"
) -> Callable[[Sequence[str]], list[str]]:
    """Vectors * a number → the vectors written, up to the machine's end mark.

    Args:
        controller: "lstm", "feedforward" or "best": "lstm", or the only one trained.
    """
    return processing.pipeline("ntm-repeat-copy", predictor, controller, _parse, _spelled)


def batch(predictor: Predictor, texts: Sequence[str]) -> dict[str, np.ndarray]:
    return processing.batch([_parse(text) for text in texts])


def _parse(text: str) -> tuple[np.ndarray, int]:
    vectors, star, repeats = text.rpartition("*")
    if not star or not repeats.strip().isascii() or not repeats.strip().isdigit():
        raise UserError(
            f"ntm-repeat-copy takes vectors and how often, such as 10110101,01100110*3; got "
            f"{text!r:.60}."
        )
    if not 0 < len(repeats.strip()) < 5 or int(repeats) == 0:
        raise UserError(f"ntm-repeat-copy repeats from 1 time on, below 10,000; got {repeats:.20}.")
    parsed = processing.parsed("ntm-repeat-copy", vectors, BITS)
    return encoded(parsed, int(repeats)), len(parsed) * int(repeats) + 1


def _spelled(probabilities: np.ndarray) -> str:
    ends = np.flatnonzero(probabilities[:, BITS] > 0.5)
    return processing.spelled(probabilities[: ends[0] if len(ends) else None, :BITS])
