"""Strings of 0 and 1 → for each bit the chance that the next is 1, by a machine that counts."""

from collections.abc import Callable, Sequence

import numpy as np

from zoo.errors import UserError
from zoo.inference.predictor import Predictor
from zoo.recipes.algorithms import processing
from zoo.recipes.ntm_ngrams.task import read

EXAMPLES = ("0110100110010110" * 4, "0001" * 16)


def pipeline(
    predictor: Predictor, *, controller: processing.Controller = "best"
) -> Callable[[Sequence[str]], list[list[tuple[str, float]]]]:
    """Strings → for each the list of (bit read, chance that the next is 1).

    Args:
        controller: "lstm", "feedforward" or "best": "lstm", or the only one trained.
    """
    machine = processing.pipeline("ntm-ngrams", predictor, controller, _parse, _chances)

    def apply(texts: Sequence[str]) -> list[list[tuple[str, float]]]:
        pairs = zip(texts, machine(texts), strict=True)
        return [list(zip("".join(text.split()), said, strict=True)) for text, said in pairs]

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
    return read(np.array([int(bit) for bit in bits])), 0


def _chances(chances: np.ndarray) -> list[float]:
    return [float(chance) for chance in chances[:, 0]]
