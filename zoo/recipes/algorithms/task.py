"""A task of the neural Turing machine: sequences of vectors in, vectors of bits out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

Size = Mapping[str, int]
"""How large one example is, by what the task calls its dimensions, such as its length."""


class Example(NamedTuple):
    """One sequence."""

    inputs: np.ndarray
    """(time, channels)."""

    targets: np.ndarray
    """(time, bits), 0 or 1."""

    weights: np.ndarray
    """(time,), 1 where an output is asked for, else 0."""


@dataclass(frozen=True)
class Task:
    """One task."""

    channels: int
    bits: int
    example: Callable[..., Example]
    """A random generator, and the dimensions of a size by name → an example."""

    trained: Mapping[str, tuple[int, int]]
    """Dimension → the smallest and the largest one trained on, drawn evenly."""

    tested: Mapping[str, Size]
    """Name of a case → its size: the trained ones first, then those beyond."""

    sequences: int = 100
    """Sequences of each case in dev, and as many in test."""

    chosen_by: tuple[str, ...] = ()
    """Cases whose dev sequences choose the epoch, where not all of them do."""

    growing: tuple[str, ...] = ()
    """Dimensions that begin small in training, where a recipe's `growing` asks for it."""

    likelihood: bool = False
    """Whether the figure is bits of surprise, where no output can be certain, instead of wrong
    bits."""

    optimum: Callable[[Example], float] | None = None
    """The fewest bits of surprise that are possible without knowing how an example was made."""

    @property
    def choosing(self) -> tuple[str, ...]:
        """Cases whose dev sequences choose the epoch."""
        return self.chosen_by or tuple(self.tested)

    def ranges(self, share: float = 1.0) -> dict[str, tuple[int, int]]:
        """Dimension → the smallest and the largest one drawn.

        Args:
            share: of the range of each dimension that grows, its small end.
        """
        return {
            name: (low, low + round(share * (high - low)) if name in self.growing else high)
            for name, (low, high) in self.trained.items()
        }

    def drawn(self, rng: np.random.Generator, share: float = 1.0) -> Example:
        """An example of a size that is trained on."""
        ranges = self.ranges(share).items()
        return self.example(
            rng, **{name: int(rng.integers(low, high + 1)) for name, (low, high) in ranges}
        )

    def longest(self, rng: np.random.Generator, share: float = 1.0) -> Example:
        """An example of the largest size that is drawn."""
        return self.example(rng, **{name: high for name, (_, high) in self.ranges(share).items()})

    def steps(self, share: float = 1.0) -> int:
        """Time steps of the longest example that is drawn."""
        return len(self.longest(np.random.default_rng(0), share).inputs)


def stacked(examples: list[Example], steps: int | None = None) -> Example:
    """Examples as one batch, padded at the end with zeros of no weight.

    Args:
        steps: time steps of the batch; those of the longest example by default.
    """
    steps = max(len(example.inputs) for example in examples) if steps is None else steps

    def batch(part: str) -> np.ndarray:
        arrays = [getattr(example, part) for example in examples]
        together = np.zeros((len(arrays), steps, *arrays[0].shape[1:]), "float32")
        for row, array in zip(together, arrays, strict=True):
            row[: len(array)] = array
        return together

    return Example(batch("inputs"), batch("targets"), batch("weights"))


def random_bits(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.integers(0, 2, shape).astype("float32")


def asked_after(read: np.ndarray, wanted: np.ndarray) -> Example:
    """An example that is read whole before its output is asked for.

    Args:
        read: (steps, channels).
        wanted: (steps after those, bits).
    """
    silence = np.zeros((len(wanted), read.shape[1]), "float32")
    before = np.zeros((len(read), wanted.shape[1]), "float32")
    weights: Any = [0.0] * len(read) + [1.0] * len(wanted)
    return Example(
        np.concatenate([read, silence]),
        np.concatenate([before, wanted]),
        np.array(weights, "float32"),
    )
