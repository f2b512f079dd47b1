"""How far a network counts, and which of many will by their answers count the furthest.

The margin of an answer is its logit, negative where it is wrong. A counter that is a little off
loses some of it with every symbol, at much the same rate: from two strings one can tell at which n
none would be left. The answer that fails first need not be the least sure one.
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


def lasting(may_follow: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """How often each candidate's answers could lose again what they lose from n / 2 to n.

    The answer at step t of the string of half the largest n is laid beside that at step 2t of the
    largest, where the same is due; the one that lasts the shortest counts.

    Args:
        may_follow: of strings of n = 1, 2, ..., as `margins` takes it.
        logits: likewise.
    """
    half, end = len(may_follow) // 2 - 1, len(may_follow) - 1
    steps = np.arange(np.sum(may_follow[half, :, 0] != PADDING))
    signs = np.where(may_follow[half, steps] == 1, 1, -1)[:, None]
    margin = logits[end, 2 * steps] * signs
    lost = logits[half, steps] * signs - margin
    stands = np.where(lost > 0, margin / np.maximum(lost, 1e-9), np.inf)
    return np.min(stands, axis=(0, 2))


def furthest(may_follow: np.ndarray, logits: np.ndarray) -> int:
    """The candidate that has the most strings right; of several, that whose answers last longest.

    Args:
        may_follow: of strings of n = 1, 2, ..., as `margins` takes it.
        logits: likewise.
    """
    right = limits(margins(may_follow, logits))
    return int(np.lexsort((-lasting(may_follow, logits), -right))[0])
