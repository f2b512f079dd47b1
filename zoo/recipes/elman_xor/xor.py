"""Streams of bits in which every third is the exclusive or of the two before it."""

import numpy as np

SPLITS = ("dev", "test")
THIRD = 2
"""Index of the bit of each triple that can be predicted."""


def streams(count: int, bits: int, seed: int | tuple[int, ...]) -> np.ndarray:
    """Random streams, (count, bits), of 0 and 1; each begins with the first bit of a triple."""
    pairs = np.random.default_rng(seed).integers(0, 2, (count, -(-bits // 3), 2))
    triples = np.concatenate([pairs, pairs[..., :1] ^ pairs[..., 1:]], axis=-1)
    return triples.reshape(count, -1)[:, :bits]


def split(name: str) -> np.ndarray:
    """The streams of a split, the same each time: 100 of 3001 bits, 3000 of which are predicted."""
    return streams(100, 3001, (SPLITS.index(name), 1990))
