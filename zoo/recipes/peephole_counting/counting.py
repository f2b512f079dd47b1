"""Strings of the languages aⁿbⁿ and aⁿbⁿcⁿ, each step with the symbols that may come next."""

from collections.abc import Sequence

import numpy as np

END, A, B, C = range(4)
"""Indices of the symbols; END also begins a string."""

LETTERS = {"anbn": (A, B), "anbncn": (A, B, C)}
TRAINED = range(1, 41)
LIMITS = {"dev": 400, "test": 1000}
"""The largest n of a split."""

PADDING = -1.0


def strings(language: str, lengths: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The strings of a language with these n.

    Args:
        lengths: n of each string, such as 2 for aabb.

    Returns:
        The symbols, (batch, time), and for each symbol whether it may come next, (batch,
        time, 4) of 0 and 1, -1 at padding.
    """
    letters = LETTERS[language]
    time = 1 + len(letters) * max(lengths)
    symbols = np.zeros((len(lengths), time), "int32")
    may_follow = np.full((len(lengths), time, 4), PADDING, "float32")
    for row, (n, string) in enumerate(zip(lengths, symbols, strict=True)):
        length = 1 + len(letters) * n
        string[1:length] = np.repeat(letters, n)
        following = np.append(string[1:length], END)
        may_follow[row, :length] = np.eye(4)[following]
        # Among the a's the next symbol may be an a or a b.
        may_follow[row, 1 : 1 + n, (A, B)] = 1
    return symbols, may_follow
