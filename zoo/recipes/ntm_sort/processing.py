"""Vectors of 8 bits with priorities → those of the highest, sorted by a machine."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from zoo.errors import UserError
from zoo.inference.predictor import Predictor
from zoo.recipes.algorithms import processing
from zoo.recipes.ntm_sort.task import BITS, encoded, output_length

EXAMPLES = (
    "10110101:0.3,01100110:-0.8,11110000:0.9,00001111:-0.1,10000001:0.5",
    "00000001:0,10000000:1,11000011:-1,00111100:0.2,01010101:-0.4",
)
DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
"""The text of a priority."""


def pipeline(
    predictor: Predictor, *, controller: processing.Controller = "best"
) -> Callable[[Sequence[str]], list[str]]:
    """Vectors, each with : and its priority → the four fifths of the highest priorities.

    Args:
        controller: "lstm", "feedforward" or "best": "feedforward", or the only one trained.
    """
    return processing.pipeline(
        "ntm-sort", predictor, controller, _parse, processing.spelled, "feedforward"
    )


def batch(predictor: Predictor, texts: Sequence[str]) -> dict[str, np.ndarray]:
    return processing.batch([_parse(text) for text in texts])


def _parse(text: str) -> tuple[np.ndarray, int]:
    pairs = [part.partition(":")[::2] for part in text.split(",")]
    vectors = processing.parsed("ntm-sort", ",".join(vector for vector, _ in pairs), BITS)
    priorities = [_priority(number, text) for _, number in pairs]
    return encoded(vectors, np.array(priorities)), output_length(len(vectors))


def _priority(number: str, text: str) -> float:
    match = DECIMAL.fullmatch(number.strip())
    if not match or not -1 <= float(number) <= 1:
        raise UserError(
            "ntm-sort takes each vector with a priority from -1 to 1, such as "
            f"10110101:0.3,01100110:-0.8; got {number!r:.20} in {text!r:.60}."
        )
    return float(number)
