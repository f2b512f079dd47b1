"""Dynamic n-grams: bits whose chances depend on the five before them, other chances each time.

For each of the 32 contexts of five bits the chance of a 1 is drawn from Beta(1/2, 1/2), anew for
every sequence of 200 bits. Who knows that much and counts does best by

    p(1 | context) = (N_1 + 1/2) / (N_0 + N_1 + 1)

with N_b how often b came after that context so far: the optimum that a network can come near.

Source: A. Graves, G. Wayne, I. Danihelka, Neural Turing machines, arXiv 1410.5401, section 4.4.
"""

import numpy as np

from zoo.recipes.algorithms.task import Example, Task

CONTEXT, LENGTH = 5, 200


def bits(rng: np.random.Generator, length: int) -> np.ndarray:
    """A sequence of bits from chances of its own."""
    chances = rng.beta(0.5, 0.5, 2**CONTEXT)
    found = list(rng.integers(0, 2, CONTEXT))
    draws = rng.random(length)
    for draw in draws[CONTEXT:]:
        found.append(int(draw < chances[_context(found)]))
    return np.array(found, "float32")


def read(sequence: np.ndarray) -> np.ndarray:
    """Bits as the network reads them: (time, 1)."""
    return sequence[:, None].astype("float32")


def example(rng: np.random.Generator, length: int) -> Example:
    sequence = bits(rng, length)
    weights = np.arange(1, length) >= CONTEXT
    return Example(read(sequence[:-1]), read(sequence[1:]), weights.astype("float32"))


def optimum(example: Example) -> float:
    """Bits of surprise of the best estimator over the bits that are asked for."""
    sequence = [int(example.inputs[0, 0]), *example.targets[:, 0].astype(int)]
    counts = np.full((2**CONTEXT, 2), 0.5)
    surprise = 0.0
    for t in range(CONTEXT, len(sequence)):
        seen = counts[_context(sequence[:t])]
        surprise -= np.log2(seen[sequence[t]] / seen.sum())
        seen[sequence[t]] += 1
    return float(surprise)


def _context(before: list[int]) -> int:
    return int("".join(str(int(bit)) for bit in before[-CONTEXT:]), 2)


TASK = Task(
    channels=1,
    bits=1,
    example=example,
    trained={"length": (LENGTH, LENGTH)},
    tested={f"length_{LENGTH}": {"length": LENGTH}},
    likelihood=True,
    optimum=optimum,
)
