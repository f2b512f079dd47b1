"""Connectionist temporal classification: the labels that are likeliest to have been written.

A path says one symbol at each step, a label or the blank. B merges its repeats and leaves its
blanks out, so that many paths say the same labels l:

    p(l | x) = Σ over the paths π with B(π) = l of Π_t y_t(π_t)

NumPy alone, so that an exported model decodes without TensorFlow.

Source: A. Graves, S. Fernández, F. Gomez, J. Schmidhuber, Connectionist temporal classification,
ICML 2006, equations 2 and 3; the search: A. Y. Hannun, A. L. Maas, D. Jurafsky, A. Y. Ng,
First-pass large vocabulary continuous speech recognition using bi-directional recurrent DNNs,
arXiv 1408.2873, algorithm 1.
"""

from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

BLANK = 0
NEVER = -np.inf

Labels = tuple[int, ...]
Language = Callable[[Labels], float]
"""log p of the last label after those before it; BLANK as the last stands for the end."""


class _Paths(NamedTuple):
    """log p of the paths that say a beginning, by what they end in."""

    blank: float
    label: float

    @property
    def all(self) -> float:
        return float(np.logaddexp(self.blank, self.label))


def greedy(chances: np.ndarray) -> Labels:
    """B of the likeliest path.

    Args:
        chances: log p of each symbol at each step, (time, symbols), the blank first.
    """
    path = np.argmax(chances, axis=-1)
    changes = np.concatenate([[True], path[1:] != path[:-1]])[: len(path)]
    return tuple(int(symbol) for symbol in path[changes & (path != BLANK)])


def prefix_beam_search(
    chances: np.ndarray,
    *,
    width: int,
    least: float = 1e-4,
    language: Language | None = None,
    weight: float = 0.0,
    bonus: float = 0.0,
) -> Labels:
    """The likeliest labels found by keeping the best beginnings at each step.

        score(l) = log p(l | x) + weight · log p(l) + bonus · |l|

    Args:
        chances: log p of each symbol at each step, (time, symbols), the blank first.
        width: beginnings kept at each step.
        least: a symbol less likely than this is not tried at a step.
        language: a model of p(l).
        weight: of the language model.
        bonus: for each label, against the language model's preference for few.
    """

    @cache
    def said(labels: Labels) -> float:
        if language is None or not labels:
            return 0.0
        return said(labels[:-1]) + weight * language(labels) + bonus

    def score(labels: Labels, paths: _Paths) -> float:
        return paths.all + said(labels)

    beam: dict[Labels, _Paths] = {(): _Paths(0.0, NEVER)}
    for now in chances:
        found = _grown(beam, now, [int(c) for c in np.flatnonzero(now > _log(least)) if c != BLANK])
        best = sorted(found, key=lambda labels: score(labels, found[labels]), reverse=True)
        beam = {labels: found[labels] for labels in best[:width]}

    def whole(labels: Labels) -> float:
        end = 0.0 if language is None else weight * language((*labels, BLANK))
        return score(labels, beam[labels]) + end

    return max(beam, key=whole)


def _grown(beam: dict[Labels, _Paths], now: np.ndarray, symbols: list[int]) -> dict[Labels, _Paths]:
    """The beginnings after one more step."""
    found: dict[Labels, _Paths] = defaultdict(lambda: _Paths(NEVER, NEVER))

    def add(labels: Labels, *, blank: float = NEVER, label: float = NEVER) -> None:
        before = found[labels]
        found[labels] = _Paths(
            float(np.logaddexp(before.blank, blank)), float(np.logaddexp(before.label, label))
        )

    for labels, paths in beam.items():
        add(labels, blank=paths.all + now[BLANK])
        if labels:
            add(labels, label=paths.label + now[labels[-1]])
        for symbol in symbols:
            # The same label twice needs a blank between; without one it is the same label still.
            again = bool(labels) and symbol == labels[-1]
            add((*labels, symbol), label=(paths.blank if again else paths.all) + now[symbol])
    return found


def _log(share: float) -> float:
    return float(np.log(share)) if share > 0 else NEVER
