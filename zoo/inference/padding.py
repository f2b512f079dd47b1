"""Batches of sequences of unequal length, in NumPy."""

from collections.abc import Iterator, Sequence

import numpy as np


def padded(examples: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """One batch of examples, padded with 0 at the end of every axis to the longest."""
    batch = {}
    for name in examples[0]:
        arrays = [example[name] for example in examples]
        shape = np.max([array.shape for array in arrays], axis=0)
        batch[name] = np.zeros((len(arrays), *shape), arrays[0].dtype)
        for row, array in zip(batch[name], arrays, strict=True):
            row[tuple(slice(0, size) for size in array.shape)] = array
    return batch


def group_by_length(lengths: Sequence[int], max_size: int) -> Iterator[list[int]]:
    """Groups the indices of sequences so that each group holds sequences of similar length."""
    order = sorted(range(len(lengths)), key=lambda i: lengths[i])
    for first in range(0, len(order), max_size):
        yield order[first : first + max_size]
