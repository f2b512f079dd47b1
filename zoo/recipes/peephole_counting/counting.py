"""Strings of the languages aⁿbⁿ and aⁿbⁿcⁿ, each step with the symbols that may come next."""

from collections.abc import Sequence

import numpy as np

END, A, B, C = range(4)
"""Indices of the symbols; the one that ends a string begins it too."""

LETTERS = {"anbn": (A, B), "anbncn": (A, B, C)}
TRAINED = range(1, 41)
LIMITS = {"dev": 400, "test": 1000}
"""The largest n of a split."""

PADDING = -1.0


def strings(language: str, counts: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The strings of a language with these n.

    Returns:
        The symbols read, (batch, time), and for each symbol whether it may come next, (batch,
        time, 4) of 0 and 1, -1 at padding.
    """
    letters = LETTERS[language]
    time = 1 + len(letters) * max(counts)
    symbols = np.zeros((len(counts), time), "int32")
    may_follow = np.full((len(counts), time, 4), PADDING, "float32")
    for row, (n, read) in enumerate(zip(counts, symbols, strict=True)):
        length = 1 + len(letters) * n
        read[1:length] = np.repeat(letters, n)
        following = np.append(read[1:length], END)
        may_follow[row, :length] = np.eye(4)[following]
        # While a's are read nobody knows how many will come.
        may_follow[row, 1 : 1 + n, (A, B)] = 1
    return symbols, may_follow
