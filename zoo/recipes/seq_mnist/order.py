"""The order in which the pixels of an image are read."""

import numpy as np

PIXELS = 28 * 28


def order(*, permuted: bool) -> np.ndarray:
    """The indices of the pixels in the order in which they are read: (784,).

    The permuted order is one fixed permutation.
    """
    indices = np.arange(PIXELS)
    return np.random.default_rng(PIXELS).permutation(indices) if permuted else indices
