"""Copy: the output is a sequence of random vectors, after it was read.

    x x x x |                each x is 8 bits, | marks the end
              x x x x        the output

Source: A. Graves, G. Wayne, I. Danihelka, Neural Turing machines, arXiv 1410.5401, section 4.1.
"""

import numpy as np

from zoo.recipes.algorithms.task import Example, Task, output_after_input, random_bits

BITS = 8


def encoded(vectors: np.ndarray) -> np.ndarray:
    """The network's input for vectors (length, 8): (length + 1, 9), a mark after the last."""
    steps = np.zeros((len(vectors) + 1, BITS + 1), "float32")
    steps[:-1, :BITS] = vectors
    steps[-1, BITS] = 1
    return steps


def example(rng: np.random.Generator, length: int) -> Example:
    vectors = random_bits(rng, length, BITS)
    return output_after_input(encoded(vectors), vectors)


TASK = Task(
    channels=BITS + 1,
    bits=BITS,
    example=example,
    trained={"length": (1, 20)},
    tested={f"length_{n}": {"length": n} for n in (10, 20, 40, 80, 120)},
)
