"""A Markov model of text: each character predicted from the few before it."""

import math
from functools import cache

from nltk.lm import WittenBellInterpolated
from nltk.util import everygrams

ORDERS = range(1, 7)
"""Lengths of the n-grams; the longest has a context of 5 characters."""


@cache
def fitted(text: str) -> WittenBellInterpolated:
    """Character n-grams of every order, smoothed by the interpolation of Witten and Bell."""
    model = WittenBellInterpolated(ORDERS[-1])
    model.fit([everygrams(text, max_len=ORDERS[-1])], sorted(set(text)))
    return model


def nats_per_character(train: str, text: str) -> dict[int, float]:
    """Cross entropy of a text by order of the model; its first character is not predicted."""
    score = fitted(train).unmasked_score
    return {
        order: -sum(
            math.log(score(text[i], tuple(text[max(0, i - order + 1) : i])))
            for i in range(1, len(text))
        )
        / (len(text) - 1)
        for order in ORDERS
    }
