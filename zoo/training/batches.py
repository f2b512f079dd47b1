"""tf.data pipelines over sequences of unequal length."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.training.loop import compiles

BOUNDARIES = (8, 12, 16, 20, 26, 34, 46, 64, 96)
LENGTHS = (*BOUNDARIES, 128, 180, 256, 360, 512, 720, 1024, 1440, 2048)
"""Lengths that sequences are padded to where XLA compiles for each length."""


def bucketed(
    examples: Sequence[dict[str, np.ndarray]],
    sequence: str,
    *,
    steps_per_batch: int,
) -> Callable[[int | None], tf.data.Dataset]:
    """Batches of sequences of like length, each of about as many time steps.

    Args:
        examples: arrays by name; padding is 0 at the end of every axis.
        sequence: name of an array whose first axis is time.
        steps_per_batch: time steps in a batch, padding included, at most; a longer sequence is
            a batch of its own.

    Returns:
        A function from a seed to the batches, shuffled with that seed; with None as the seed, in
        the order of the examples.
    """
    signature = {
        name: tf.TensorSpec([None] * array.ndim, array.dtype) for name, array in examples[0].items()
    }
    data = tf.data.Dataset.from_generator(lambda: iter(examples), output_signature=signature)
    data = data.cache()
    sizes = [max(1, steps_per_batch // (longest - 1)) for longest in BOUNDARIES] + [1]
    lengths = [len(example[sequence]) for example in examples]
    bucket_sizes = Counter(np.searchsorted(BOUNDARIES, lengths, side="right").tolist())
    batches = sum(-(-size // sizes[bucket]) for bucket, size in bucket_sizes.items())

    def ordered(seed: int | None) -> tf.data.Dataset:
        shuffled = data if seed is None else data.shuffle(len(examples), seed=seed)
        return (
            shuffled.bucket_by_sequence_length(
                lambda example: tf.shape(example[sequence])[0], BOUNDARIES, sizes
            )
            .apply(tf.data.experimental.assert_cardinality(batches))
            .apply(few_lengths)
            .prefetch(tf.data.AUTOTUNE)
        )

    return ordered


def few_lengths(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Pads the batches with 0 to one of `LENGTHS`, where XLA compiles for each length."""
    if not compiles():
        return batches

    def padded(tensor: tf.Tensor, spec: tf.TensorSpec) -> tf.Tensor:
        sizes = tf.shape(tensor)
        more = [
            tf.maximum(tf.gather([*LENGTHS, 0], tf.searchsorted(LENGTHS, [size])[0]) - size, 0)
            if axis and spec.shape[axis] is None
            else 0
            for axis, size in enumerate(tf.unstack(sizes, num=spec.shape.rank))
        ]
        return tf.pad(tensor, [[0, n] for n in more])

    def all_padded(*parts: Any) -> Any:
        tensors = keras.tree.map_structure(padded, parts, spec)
        return tensors if len(tensors) > 1 else tensors[0]

    spec = batches.element_spec
    spec = spec if isinstance(spec, tuple) else (spec,)
    return batches.map(all_padded)


def word_dropout(symbols: tf.Tensor, rate: float, seed: tf.Tensor, unknown: int) -> tf.Tensor:
    """Replaces each symbol above `unknown` by `unknown` with probability `rate`.

    Args:
        seed: of TensorFlow's stateless random numbers, (2,).
    """
    draw = tf.random.stateless_uniform(tf.shape(symbols), seed)
    return tf.where((draw < rate) & (symbols > unknown), unknown, symbols)
