"""Priority sort: vectors are read each with a priority, and the highest are written in order.

    x x x ... x |                 20 vectors of 8 bits, each with a priority from -1 to 1
                  x x ... x       the 16 of the highest priorities, the highest first

Source: A. Graves, G. Wayne, I. Danihelka, Neural Turing machines, arXiv 1410.5401, section 4.5.
"""

import numpy as np

from zoo.recipes.algorithms.task import Example, Task, asked_after, random_bits

BITS, READ, WRITTEN = 8, 20, 16
PRIORITY, END = BITS, BITS + 1


def read(vectors: np.ndarray, priorities: np.ndarray) -> np.ndarray:
    """Vectors (number, 8) with priorities as the network reads them: (number + 1, 10)."""
    steps = np.zeros((len(vectors) + 1, BITS + 2), "float32")
    steps[:-1, :BITS] = vectors
    steps[:-1, PRIORITY] = priorities
    steps[-1, END] = 1
    return steps


def written(number: int) -> int:
    """How many vectors are asked for of so many read: four fifths."""
    return max(1, number * WRITTEN // READ)


def example(rng: np.random.Generator, number: int) -> Example:
    vectors, priorities = random_bits(rng, number, BITS), rng.uniform(-1, 1, number)
    best = np.argsort(-priorities)[: written(number)]
    return asked_after(read(vectors, priorities), vectors[best])


TASK = Task(
    channels=BITS + 2,
    bits=BITS,
    example=example,
    trained={"number": (2, READ)},
    growing=("number",),
    tested={f"{READ}_to_{WRITTEN}": {"number": READ}},
    # A few sequences, those of priorities that are nearly the same, have most of the wrong bits.
    sequences=1000,
)
