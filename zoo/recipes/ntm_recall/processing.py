"""Items and one of them again → the item that came after it, recalled by a machine."""

from collections.abc import Callable, Sequence

import numpy as np

from zoo.errors import UserError
from zoo.inference.predictor import Predictor
from zoo.recipes.algorithms import processing
from zoo.recipes.ntm_recall.task import BITS, VECTORS, encoded

EXAMPLES = (
    "101100,010101,111000|000111,110011,001100|100001,011110,101010?000111,110011,001100",
    "000001,000010,000011|000100,000101,000110?000001,000010,000011",
)


def pipeline(
    predictor: Predictor, *, controller: processing.Controller = "best"
) -> Callable[[Sequence[str]], list[str]]:
    """Items with | between them, ? and one of them → the item after it.

    Args:
        controller: "lstm", "feedforward" or "best": "lstm", or the only one trained.
    """
    return processing.pipeline("ntm-recall", predictor, controller, _parse, processing.spelled)


def batch(predictor: Predictor, texts: Sequence[str]) -> dict[str, np.ndarray]:
    return processing.batch([_parse(text) for text in texts])


def _parse(text: str) -> tuple[np.ndarray, int]:
    items, mark, query = text.partition("?")
    parts = [*items.split("|"), query]
    vectors = [processing.parsed("ntm-recall", part, BITS) for part in parts] if mark else []
    if len(vectors) < 2 or any(len(item) != VECTORS for item in vectors):
        raise UserError(
            f"ntm-recall takes items of {VECTORS} vectors with | between them, and after a ? one "
            f"of them again, such as {EXAMPLES[1]}; got {text!r:.60}."
        )
    return encoded(np.stack(vectors[:-1]), vectors[-1]), VECTORS
