"""Associative recall: the input is items and one of them again; the output is the item after it.

    : x x x : x x x : x x x ? x x x ?            an item is 3 vectors of 6 bits
                                      x x x      the item after the one between the question marks

Source: A. Graves, G. Wayne, I. Danihelka, Neural Turing machines, arXiv 1410.5401, section 4.3.
"""

import numpy as np

from zoo.recipes.algorithms.task import Example, Task, output_after_input, random_bits

BITS, VECTORS = 6, 3
ITEM, QUERY = BITS, BITS + 1
"""Channels of the marks before an item and around a query."""


def encoded(items: np.ndarray, query: np.ndarray) -> np.ndarray:
    """The network's input for items (number, 3, 6) and a query (3, 6): (time, 8)."""
    steps = np.zeros((len(items) + 1, 1 + VECTORS, BITS + 2), "float32")
    steps[:-1, 1:, :BITS] = items
    steps[-1, 1:, :BITS] = query
    steps[:-1, 0, ITEM] = 1
    steps[-1, 0, QUERY] = 1
    end = np.zeros((1, BITS + 2), "float32")
    end[0, QUERY] = 1
    return np.concatenate([steps.reshape(-1, BITS + 2), end])


def example(rng: np.random.Generator, items: int) -> Example:
    vectors = random_bits(rng, items, VECTORS, BITS)
    index = int(rng.integers(items - 1))
    return output_after_input(encoded(vectors, vectors[index]), vectors[index + 1])


TASK = Task(
    channels=BITS + 2,
    bits=BITS,
    example=example,
    trained={"items": (2, 6)},
    # The loss of 20 items grows while that of fewer falls to zero.
    chosen_by=("items_6", "items_12"),
    tested={f"items_{n}": {"items": n} for n in (6, 12, 20)},
)
