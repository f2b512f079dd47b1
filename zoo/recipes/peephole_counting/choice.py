"""How far a network counts, and the choice of the best of many candidates.

The margin of a prediction is its logit, negative where the prediction is wrong.
"""

import numpy as np

from zoo.recipes.peephole_counting.counting import PADDING


def margins(may_follow: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """The least margin of each candidate's predictions on each string: (strings, candidates).

    Args:
        may_follow: whether each symbol may come next, (strings, time, 4).
        logits: (strings, time, candidates, 4).
    """
    may_follow = may_follow[:, :, None]
    signed = np.where(may_follow == 1, logits, -logits)
    return np.min(np.where(may_follow == PADDING, np.inf, signed), axis=(1, 3))


def limits(margins: np.ndarray) -> np.ndarray:
    """How many strings, from the first on, each candidate predicts correctly at every step."""
    return np.sum(np.cumprod(margins > 0, axis=0), axis=0)


def furthest(may_follow: np.ndarray, logits: np.ndarray) -> int:
    """The candidate with the most correct strings; of several, the one with the largest margins.

    A slightly wrong counter loses margin with every symbol, so that the least margin on the longest
    strings is the best criterion.

    Args:
        may_follow: of strings of n = 1, 2, ..., as `margins` takes it.
        logits: as `margins` takes them.
    """
    margins_ = margins(may_follow, logits)
    return int(np.lexsort((-np.min(margins_, axis=0), -limits(margins_)))[0])
