"""How far a network counts, and which of many will by their answers count the furthest.

The margin of a string is the logit of its least sure answer, negative where that is wrong. A
counter that is a little off loses some of it with every symbol, at much the same rate: from its
margins at two n one can tell at which n none would be left.
"""

import numpy as np

from zoo.recipes.peephole_counting.counting import PADDING


def margins(may_follow: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """The margin of each string by each candidate: (strings, candidates).

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
    """The candidate that has the most strings right; of several, that whose margin lasts longest.

    Args:
        may_follow: of strings of n = 1, 2, ..., as `margins` takes it.
        logits: likewise.
    """
    found = margins(may_follow, logits)
    half, end = found[len(found) // 2 - 1], found[-1]
    shrinking = np.maximum(half - end, 0)
    # Where nothing is lost the margin itself decides.
    return int(np.lexsort((-end, shrinking / np.maximum(end, 1e-9), -limits(found)))[0])
