"""How far a network counts, and which of many is likely to count the furthest.

The margin of an answer is its logit, negative where it is wrong.
"""

import numpy as np

from zoo.recipes.peephole_counting.counting import PADDING


def margins(may_follow: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """The least margin of each string's answers by each candidate: (strings, candidates).

    Args:
        may_follow: whether each symbol may come next, (strings, time, 4).
        logits: (strings, time, candidates, 4).
    """
    may_follow = may_follow[:, :, None]
    each = np.where(may_follow == 1, logits, -logits)
    return np.min(np.where(may_follow == PADDING, np.inf, each), axis=(1, 3))


def limits(margins: np.ndarray) -> np.ndarray:
    """How many strings, from the first on, each candidate has right at every step."""
    return np.sum(np.cumprod(margins > 0, axis=0), axis=0)


def furthest(may_follow: np.ndarray, logits: np.ndarray) -> int:
    """The candidate that has the most strings right; of several, the one with the surest answers.

    A counter that is a little off loses margin with every symbol, so that the least sure answer of
    the longest strings says most.

    Args:
        may_follow: of strings of n = 1, 2, ..., as `margins` takes it.
        logits: likewise.
    """
    found = margins(may_follow, logits)
    return int(np.lexsort((-np.min(found, axis=0), -limits(found)))[0])
