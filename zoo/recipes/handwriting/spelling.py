"""A language model of letters: n-grams, smoothed by the method of Witten and Bell."""

import math
from collections.abc import Sequence

from nltk.lm import WittenBellInterpolated
from nltk.util import everygrams

from zoo.inference.ctc import BLANK, Labels, Language

ORDER = 5
"""Length of the longest n-gram: a letter is predicted from the four before it."""

BEGIN, END = "<", ">"


def language(words: Sequence[str], alphabet: str) -> Language:
    """The function from labels, indices of the alphabet from 1, to log p of the last one.

    Args:
        words: that the model is fitted to, each once.
        alphabet: all letters, including those that no word has.
    """
    model = WittenBellInterpolated(ORDER)
    symbols = [_padded([*word, END]) for word in words]
    model.fit([everygrams(word, max_len=ORDER) for word in symbols], [*alphabet, BEGIN, END])
    cache: dict[tuple[str, ...], float] = {}

    def log_prob(labels: Labels) -> float:
        letters = [END if label == BLANK else alphabet[label - 1] for label in labels]
        gram = tuple(_padded(letters)[-ORDER:])
        if gram not in cache:
            # A letter that no word has gets a probability of one in a million.
            cache[gram] = math.log(max(model.score(gram[-1], gram[:-1]), 1e-6))
        return cache[gram]

    return log_prob


def _padded(letters: list[str]) -> list[str]:
    return [BEGIN] * (ORDER - 1) + letters
