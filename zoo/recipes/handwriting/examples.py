"""The training examples: written words, or lines of digits made from MNIST."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, Protocol

import numpy as np

from zoo.recipes.data import mnist, unipen
from zoo.recipes.handwriting import ink, lines

FEWEST, LARGEST = 3, 10
"""Digits in a line."""

LINES = {"train": 20_000, "dev": 1000, "test": 2000}


class Example(NamedTuple):
    """The network's input, (time, features), and the text written there."""

    points: np.ndarray
    label: str


class Source(Protocol):
    """Where examples come from."""

    @property
    def lengths(self) -> Sequence[int]:
        """The approximate length of each example of an epoch."""
        ...

    def training(self, number: int, rng: np.random.Generator) -> Example:
        """One example of an epoch, distorted at random."""
        ...

    def split(self, split: str) -> Sequence[Example]:
        """The examples of "dev" or "test"."""
        ...


@dataclass(frozen=True)
class Words:
    """The words of UNIPEN, distorted in training."""

    strength: float

    @property
    def lengths(self) -> Sequence[int]:
        return [len(example.points) for example in _words("train")]

    def training(self, number: int, rng: np.random.Generator) -> Example:
        word = unipen.words("train")[number]
        return Example(ink.steps(ink.distorted(word.strokes, rng, self.strength)), word.label)

    def split(self, split: str) -> Sequence[Example]:
        return _words(split)


@dataclass(frozen=True)
class Lines:
    """Lines of three to ten digits of MNIST, of the images of the same split, distorted in
    training."""

    strength: float

    @property
    def lengths(self) -> Sequence[int]:
        return [_digits(number) * lines.SIDE for number in range(LINES["train"])]

    def training(self, number: int, rng: np.random.Generator) -> Example:
        return _line("train", _digits(number), rng, self.strength)

    def split(self, split: str) -> Sequence[Example]:
        rng = np.random.default_rng(list(LINES).index(split))
        return [_line(split, _digits(number), rng) for number in range(LINES[split])]


def source(options: Any) -> Source:
    """The source of the examples, by the options."""
    return (Words if options.data == "words" else Lines)(options.distortion)


def batches(
    source: Source, size: int, rng: np.random.Generator
) -> tuple[int, Iterator[list[Example]]]:
    """The examples of an epoch in batches of similar length, and the number of batches."""
    lengths = np.array(source.lengths)
    order = np.argsort(lengths * rng.uniform(0.9, 1.1, len(lengths)))
    groups = [order[first : first + size] for first in range(0, len(order), size)]
    shuffled = rng.permutation(len(groups))
    epoch = ([source.training(int(i), rng) for i in groups[number]] for number in shuffled)
    return len(groups), epoch


@cache
def _words(split: str) -> tuple[Example, ...]:
    return tuple(Example(ink.steps(word.strokes), word.label) for word in unipen.words(split))


def _digits(number: int) -> int:
    return FEWEST + number % (LARGEST - FEWEST + 1)


def _line(split: str, number: int, rng: np.random.Generator, strength: float = 0.0) -> Example:
    images, labels = mnist.digits(split)
    chosen = rng.integers(0, len(images), number)
    gaps = rng.integers(-6, 7, number)
    digits = [mnist.inputs(images[i]) for i in chosen]
    if strength:
        digits = [lines.distorted(digit, rng, strength) for digit in digits]
    ink_of_line = lines.joined(digits, gaps.tolist())
    return Example(lines.columns(ink_of_line), "".join(str(labels[i]) for i in chosen))
