"""Repeat copy: the output is the input sequence, repeated as a number after it says, and an end.

    x x x | n                each x is 8 bits; the mark comes together with the number
              x x x x x x .  the output for n = 2; . is a ninth bit

The number is one channel, normalized to mean 0 and variance 1 over the numbers in training.

Source: A. Graves, G. Wayne, I. Danihelka, Neural Turing machines, arXiv 1410.5401, section 4.2.
"""

import numpy as np

from zoo.recipes.algorithms.task import Example, Task, output_after_input, random_bits

BITS, MOST = 8, 10
MEAN, DEVIATION = (1 + MOST) / 2, ((MOST**2 - 1) / 12) ** 0.5


def encoded(vectors: np.ndarray, repeats: int) -> np.ndarray:
    """The network's input for vectors (length, 8) and a number: (length + 1, 10)."""
    steps = np.zeros((len(vectors) + 1, BITS + 2), "float32")
    steps[:-1, :BITS] = vectors
    steps[-1, BITS:] = 1, (repeats - MEAN) / DEVIATION
    return steps


def targets(vectors: np.ndarray, repeats: int) -> np.ndarray:
    """The network's targets: (length x repeats + 1, 9)."""
    steps = np.zeros((len(vectors) * repeats + 1, BITS + 1), "float32")
    steps[:-1, :BITS] = np.tile(vectors, (repeats, 1))
    steps[-1, BITS] = 1
    return steps


def example(rng: np.random.Generator, length: int, repeats: int) -> Example:
    vectors = random_bits(rng, length, BITS)
    return output_after_input(encoded(vectors, repeats), targets(vectors, repeats))


TASK = Task(
    channels=BITS + 2,
    bits=BITS + 1,
    example=example,
    trained={"length": (1, 10), "repeats": (1, MOST)},
    # The loss beyond the trained sizes grows while that within them falls to zero.
    chosen_by=("5_x_5", "10_x_10"),
    growing=("repeats",),
    tested={
        f"{length}_x_{repeats}": {"length": length, "repeats": repeats}
        for length, repeats in ((5, 5), (10, 10), (20, 10), (10, 20))
    },
)
