"""Strings of 0 and 1 → for each bit the probability that the next is 1, by a machine."""

from collections.abc import Callable, Sequence

import numpy as np

from zoo.errors import UserError
from zoo.inference.predictor import Predictor
from zoo.recipes.algorithms import processing
from zoo.recipes.ntm_ngrams.task import encoded

EXAMPLES = ("0110100110010110" * 4, "0001" * 16)


def pipeline(
    predictor: Predictor, *, controller: processing.Controller = "best"
) -> Callable[[Sequence[str]], list[list[tuple[str, float]]]]:
    """Strings → for each the list of (bit, probability that the next is 1).

    Args:
        controller: "lstm", "feedforward" or "best": "lstm", or the only one trained.
    """
    machine = processing.pipeline("ntm-ngrams", predictor, controller, _parse, _floats)

    def apply(texts: Sequence[str]) -> list[list[tuple[str, float]]]:
        return [
            list(zip("".join(text.split()), probabilities, strict=True))
            for text, probabilities in zip(texts, machine(texts), strict=True)
        ]

    return apply


def batch(predictor: Predictor, texts: Sequence[str]) -> dict[str, np.ndarray]:
    return processing.batch([_parse(text) for text in texts])


def _parse(text: str) -> tuple[np.ndarray, int]:
    bits = "".join(text.split())
    wrong = sorted(set(bits) - {"0", "1"})
    if wrong or not bits:
        raise UserError(
            f"ntm-ngrams takes a string of 0 and 1, such as 0110100110; got "
            f"{wrong[0] if wrong else ''!r} in {text!r:.60}."
        )
    return encoded(np.array([int(bit) for bit in bits])), 0


def _floats(probabilities: np.ndarray) -> list[float]:
    return [float(probability) for probability in probabilities[:, 0]]
