"""A task of the neural Turing machine: sequences of vectors in, vectors of bits out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

Size = Mapping[str, int]
"""The size of an example, by the task's names of its dimensions, such as its length."""


class Example(NamedTuple):
    """One sequence."""

    inputs: np.ndarray
    """(time, channels)."""

    targets: np.ndarray
    """(time, bits), 0 or 1."""

    weights: np.ndarray
    """(time,), 1 at the steps of the output, else 0."""


@dataclass(frozen=True)
class Task:
    """One task."""

    channels: int
    bits: int
    example: Callable[..., Example]
    """A random generator, and a size as keywords → an example."""

    trained: Mapping[str, tuple[int, int]]
    """Dimension → the smallest and the largest one in training, uniformly distributed."""

    tested: Mapping[str, Size]
    """Name of a case → its size: the trained ones first, then those beyond."""

    sequences: int = 100
    """Sequences of each case in dev, and as many in test."""

    chosen_by: tuple[str, ...] = ()
    """Cases whose dev sequences choose the epoch; all if empty."""

    growing: tuple[str, ...] = ()
    """Dimensions that grow in the first epochs of training, where the option `growing` is set."""

    likelihood: bool = False
    """Whether the figure is bits of surprise, for outputs that cannot be certain, instead of wrong
    bits."""

    optimum: Callable[[Example], float] | None = None
    """Bits of surprise of the best estimator that does not know how an example was generated."""

    @property
    def choosing(self) -> tuple[str, ...]:
        """Cases whose dev sequences choose the epoch."""
        return self.chosen_by or tuple(self.tested)

    def ranges(self, share: float = 1.0) -> dict[str, tuple[int, int]]:
        """Dimension → the smallest and the largest one drawn.

        Args:
            share: the part of the range of each growing dimension, from its small end.
        """
        return {
            name: (low, low + round(share * (high - low)) if name in self.growing else high)
            for name, (low, high) in self.trained.items()
        }

    def drawn(self, rng: np.random.Generator, share: float = 1.0) -> Example:
        """A random example of a size in training."""
        ranges = self.ranges(share).items()
        return self.example(
            rng, **{name: int(rng.integers(low, high + 1)) for name, (low, high) in ranges}
        )

    def longest(self, rng: np.random.Generator, share: float = 1.0) -> Example:
        """An example of the largest size in training."""
        return self.example(rng, **{name: high for name, (_, high) in self.ranges(share).items()})

    def steps(self, share: float = 1.0) -> int:
        """Time steps of the longest example in training."""
        return len(self.longest(np.random.default_rng(0), share).inputs)


def stacked(examples: list[Example], steps: int | None = None) -> Example:
    """Examples as one batch, padded at the end with zeros, which have no weight.

    Args:
        steps: time steps of the batch; those of the longest example by default.
    """
    steps = max(len(example.inputs) for example in examples) if steps is None else steps

    def padded(field: str) -> np.ndarray:
        arrays = [getattr(example, field) for example in examples]
        batch = np.zeros((len(arrays), steps, *arrays[0].shape[1:]), "float32")
        for row, array in zip(batch, arrays, strict=True):
            row[: len(array)] = array
        return batch

    return Example(padded("inputs"), padded("targets"), padded("weights"))


def random_bits(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.integers(0, 2, shape).astype("float32")


def output_after_input(inputs: np.ndarray, outputs: np.ndarray) -> Example:
    """An example whose output follows its whole input.

    Args:
        inputs: (input steps, channels).
        outputs: (output steps, bits).
    """
    no_inputs = np.zeros((len(outputs), inputs.shape[1]), "float32")
    no_outputs = np.zeros((len(inputs), outputs.shape[1]), "float32")
    weights: Any = [0.0] * len(inputs) + [1.0] * len(outputs)
    return Example(
        np.concatenate([inputs, no_inputs]),
        np.concatenate([no_outputs, outputs]),
        np.array(weights, "float32"),
    )
