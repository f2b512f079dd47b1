"""The order in which the points of an image are read."""

import numpy as np

POINTS = 28 * 28


def order(*, permuted: bool) -> np.ndarray:
    """Where each point that is read lies in the image, counted row by row: (784,).

    There is one permuted order, the same for all.
    """
    places = np.arange(POINTS)
    return np.random.default_rng(POINTS).permutation(places) if permuted else places
