"""Decoding for connectionist temporal classification (CTC): the most probable labels.

A path has one symbol at each time step, a label or the blank. The function B merges repeated
symbols and then removes the blanks, so that many paths give the same labels l:

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
"""log p of the last label after those before it; BLANK as the last label stands for the end."""


class _PrefixLogProb(NamedTuple):
    """log p of all paths that give a prefix, split by the last symbol of the path."""

    blank: float
    label: float

    @property
    def total(self) -> float:
        return float(np.logaddexp(self.blank, self.label))


def greedy(log_probs: np.ndarray) -> Labels:
    """B of the most probable path.

    Args:
        log_probs: log p of each symbol at each step, (time, symbols), the blank first.
    """
    path = np.argmax(log_probs, axis=-1)
    changes = np.concatenate([[True], path[1:] != path[:-1]])[: len(path)]
    return tuple(int(symbol) for symbol in path[changes & (path != BLANK)])


def prefix_beam_search(
    log_probs: np.ndarray,
    *,
    width: int,
    min_prob: float = 1e-4,
    language: Language | None = None,
    weight: float = 0.0,
    bonus: float = 0.0,
) -> Labels:
    """The most probable labels that a beam search over prefixes finds.

        score(l) = log p(l | x) + weight · log p(l) + bonus · |l|

    Args:
        log_probs: log p of each symbol at each step, (time, symbols), the blank first.
        width: prefixes kept at each step.
        min_prob: a symbol that is less probable than this is not tried at a step.
        language: a language model, p(l).
        weight: of the language model.
        bonus: for each label, because the language model prefers short texts.
    """

    @cache
    def language_score(labels: Labels) -> float:
        if language is None or not labels:
            return 0.0
        return language_score(labels[:-1]) + weight * language(labels) + bonus

    def score(labels: Labels, paths: _PrefixLogProb) -> float:
        return paths.total + language_score(labels)

    beam: dict[Labels, _PrefixLogProb] = {(): _PrefixLogProb(0.0, NEVER)}
    for frame in log_probs:
        symbols = [int(s) for s in np.flatnonzero(frame > _log(min_prob)) if s != BLANK]
        prefixes = _extend(beam, frame, symbols)
        scores = {labels: score(labels, paths) for labels, paths in prefixes.items()}
        best = sorted(scores, key=scores.__getitem__, reverse=True)
        beam = {labels: prefixes[labels] for labels in best[:width]}

    def final_score(labels: Labels) -> float:
        end = 0.0 if language is None else weight * language((*labels, BLANK))
        return score(labels, beam[labels]) + end

    return max(beam, key=final_score)


def _extend(
    beam: dict[Labels, _PrefixLogProb], frame: np.ndarray, symbols: list[int]
) -> dict[Labels, _PrefixLogProb]:
    """The prefixes after one more step.

    Args:
        frame: log p of each symbol at this step, (symbols,).
        symbols: the labels that are tried.
    """
    prefixes: dict[Labels, _PrefixLogProb] = defaultdict(lambda: _PrefixLogProb(NEVER, NEVER))

    def add(labels: Labels, *, blank: float = NEVER, label: float = NEVER) -> None:
        before = prefixes[labels]
        prefixes[labels] = _PrefixLogProb(
            float(np.logaddexp(before.blank, blank)), float(np.logaddexp(before.label, label))
        )

    for labels, paths in beam.items():
        add(labels, blank=paths.total + frame[BLANK])
        if labels:
            add(labels, label=paths.label + frame[labels[-1]])
        for symbol in symbols:
            # The same label twice needs a blank in between, or B merges the two.
            is_repeat = bool(labels) and symbol == labels[-1]
            add(
                (*labels, symbol), label=(paths.blank if is_repeat else paths.total) + frame[symbol]
            )
    return prefixes


def _log(p: float) -> float:
    return float(np.log(p)) if p > 0 else NEVER
