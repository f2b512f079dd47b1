"""Priority sort: the input is vectors with priorities; the output is the highest ones, in order.

    x x x ... x |                 20 vectors of 8 bits, each with a priority from -1 to 1
                  x x ... x       the 16 of the highest priorities, the highest first

Source: A. Graves, G. Wayne, I. Danihelka, Neural Turing machines, arXiv 1410.5401, section 4.5.
"""

import numpy as np

from zoo.recipes.algorithms.task import Example, Task, output_after_input, random_bits

BITS, INPUTS, OUTPUTS = 8, 20, 16
PRIORITY, END = BITS, BITS + 1


def encoded(vectors: np.ndarray, priorities: np.ndarray) -> np.ndarray:
    """The network's input for vectors (number, 8) with priorities: (number + 1, 10)."""
    steps = np.zeros((len(vectors) + 1, BITS + 2), "float32")
    steps[:-1, :BITS] = vectors
    steps[:-1, PRIORITY] = priorities
    steps[-1, END] = 1
    return steps


def output_length(number: int) -> int:
    """Number of output vectors for so many input vectors: four fifths."""
    return max(1, number * OUTPUTS // INPUTS)


def example(rng: np.random.Generator, number: int) -> Example:
    vectors, priorities = random_bits(rng, number, BITS), rng.uniform(-1, 1, number)
    best = np.argsort(-priorities)[: output_length(number)]
    return output_after_input(encoded(vectors, priorities), vectors[best])


TASK = Task(
    channels=BITS + 2,
    bits=BITS,
    example=example,
    trained={"number": (2, INPUTS)},
    growing=("number",),
    tested={f"{INPUTS}_to_{OUTPUTS}": {"number": INPUTS}},
    # A few sequences, those with nearly equal priorities, have most of the wrong bits.
    sequences=1000,
)
