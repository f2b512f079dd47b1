"""How words are spelled: a Markov model of letters, smoothed by the method of Witten and Bell."""

import math
from collections.abc import Sequence

from nltk.lm import WittenBellInterpolated
from nltk.util import everygrams

from zoo.inference.ctc import BLANK, Labels, Language

ORDER = 5
"""Length of the longest n-gram: a letter is foretold from the four before it."""

BEGIN, END = "<", ">"


def language(words: Sequence[str], alphabet: str) -> Language:
    """log p of a letter, an index of the alphabet counted from 1, after those before it.

    Args:
        words: that the model is fitted to, each once.
        alphabet: all letters, those that no word has among them.
    """
    markov = WittenBellInterpolated(ORDER)
    symbols = [_padded([*word, END]) for word in words]
    markov.fit([everygrams(word, max_len=ORDER) for word in symbols], [*alphabet, BEGIN, END])
    known: dict[tuple[str, ...], float] = {}

    def said(labels: Labels) -> float:
        letters = [END if label == BLANK else alphabet[label - 1] for label in labels]
        gram = tuple(_padded(letters)[-ORDER:])
        if gram not in known:
            # A letter that no word has is as unlikely as one of a million.
            known[gram] = math.log(max(markov.score(gram[-1], gram[:-1]), 1e-6))
        return known[gram]

    return said


def _padded(letters: list[str]) -> list[str]:
    return [BEGIN] * (ORDER - 1) + letters
