"""Strings of a, b and c → for each symbol, those that may come next."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from zoo.errors import UserError
from zoo.inference.predictor import Predictor
from zoo.recipes.peephole_counting.counting import END, LETTERS

SYMBOLS = ".abc"
"""Symbols by index; the first begins and ends a string."""

PEEPHOLES, BESIDE = "PeepholeLSTM", ("LSTM", "Elman")
FIRST = "first"
"""The setting of the model's first network."""

EXAMPLES = ("aaaabbbb", "aabbccaa")


def pipeline(
    predictor: Predictor, *, language: str = "anbn", network: str = FIRST
) -> Callable[[Sequence[str]], list[list[tuple[str, str]]]]:
    """Strings → for each the list of (symbol, symbols that may come next).

    Args:
        language: "anbn" or "anbncn".
        network: one of `networks`, or "first".

    Raises:
        UserError: another language, network or symbol.
    """
    known = networks(predictor.options)
    for value, accepted in ((language, LETTERS), (network, (FIRST, *known))):
        if value not in accepted:
            raise UserError(f"There is no {value!r} here; it takes {', '.join(accepted)}.")
    chosen = known[0] if network == FIRST else network

    def apply(texts: Sequence[str]) -> list[list[tuple[str, str]]]:
        outputs = []
        for text in texts:
            symbols = _parse(text)
            may_follow = (
                predictor.run({"symbols": symbols[None]})[output(chosen, language)][0] > 0.5
            )
            outputs.append(
                [
                    (SYMBOLS[symbol], "".join(np.array(list(SYMBOLS))[row]))
                    for symbol, row in zip(symbols, may_follow, strict=True)
                ]
            )
        return outputs

    return apply


def batch(predictor: Predictor, texts: Sequence[str]) -> dict[str, np.ndarray]:
    return {"symbols": np.stack([_parse(text) for text in texts])}


def networks(options: Any) -> tuple[str, ...]:
    """The names of a model's networks: that of the cell, and those beside it.

    Args:
        options: of the model; one of 0.2.0 does not name its cell.
    """
    *_, cell = getattr(options, "cell", PEEPHOLES).split(":")
    return tuple(dict.fromkeys((cell, *BESIDE)))


def output(network: str, language: str) -> str:
    """The name of a network's output in the model."""
    return f"{network}_{language}"


def _parse(text: str) -> np.ndarray:
    wrong = sorted(set(text) - set(SYMBOLS[1:]))
    if wrong:
        raise UserError(
            f"peephole-counting takes a string of a, b and c, such as aaabbb; got {wrong[0]!r} in "
            f"{text!r:.60}."
        )
    return np.array([END, *(SYMBOLS.index(symbol) for symbol in text)], "int32")
