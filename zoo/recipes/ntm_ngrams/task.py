"""Dynamic n-grams: bits whose probabilities depend on the five before them and differ by sequence.

For each of the 32 contexts of five bits the probability of a 1 is drawn from Beta(1/2, 1/2), anew
for every sequence of 200 bits. The best estimator that knows no more than that is

    p(1 | context) = (N_1 + 1/2) / (N_0 + N_1 + 1)

with N_b how often b followed that context so far; its surprise is the optimum for a network.

Source: A. Graves, G. Wayne, I. Danihelka, Neural Turing machines, arXiv 1410.5401, section 4.4.
"""

import numpy as np

from zoo.recipes.algorithms.task import Example, Task

CONTEXT, LENGTH = 5, 200


def bits(rng: np.random.Generator, length: int) -> np.ndarray:
    """A sequence of bits with probabilities of its own."""
    probabilities = rng.beta(0.5, 0.5, 2**CONTEXT)
    sequence = list(rng.integers(0, 2, CONTEXT))
    draws = rng.random(length)
    for draw in draws[CONTEXT:]:
        sequence.append(int(draw < probabilities[_context(sequence)]))
    return np.array(sequence, "float32")


def encoded(sequence: np.ndarray) -> np.ndarray:
    """The network's input for bits: (time, 1)."""
    return sequence[:, None].astype("float32")


def example(rng: np.random.Generator, length: int) -> Example:
    sequence = bits(rng, length)
    weights = np.arange(1, length) >= CONTEXT
    return Example(encoded(sequence[:-1]), encoded(sequence[1:]), weights.astype("float32"))


def optimum(example: Example) -> float:
    """Bits of surprise of the best estimator, over the bits with a weight."""
    sequence = [int(example.inputs[0, 0]), *example.targets[:, 0].astype(int)]
    frequencies = np.full((2**CONTEXT, 2), 0.5)
    surprise = 0.0
    for t in range(CONTEXT, len(sequence)):
        followers = frequencies[_context(sequence[:t])]
        surprise -= np.log2(followers[sequence[t]] / followers.sum())
        followers[sequence[t]] += 1
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
