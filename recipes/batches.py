"""tf.data pipelines over sequences of unequal length."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

BOUNDARIES = (8, 12, 16, 20, 26, 34, 46, 64, 96)


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
        A function from a seed to the batches in the order of that seed, or, given None, in the
        order of the examples.
    """
    signature = {
        name: tf.TensorSpec([None] * array.ndim, array.dtype) for name, array in examples[0].items()
    }
    data = tf.data.Dataset.from_generator(lambda: iter(examples), output_signature=signature)
    data = data.cache()
    sizes = [max(1, steps_per_batch // (longest - 1)) for longest in BOUNDARIES] + [1]
    lengths = [len(example[sequence]) for example in examples]
    counts = Counter(np.searchsorted(BOUNDARIES, lengths, side="right").tolist())
    batches = sum(-(-count // sizes[bucket]) for bucket, count in counts.items())

    def ordered(seed: int | None) -> tf.data.Dataset:
        shuffled = data if seed is None else data.shuffle(len(examples), seed=seed)
        return (
            shuffled.bucket_by_sequence_length(
                lambda example: tf.shape(example[sequence])[0], BOUNDARIES, sizes
            )
            .apply(tf.data.experimental.assert_cardinality(batches))
            .prefetch(tf.data.AUTOTUNE)
        )

    return ordered


def forgetting(symbols: tf.Tensor, rate: float, seed: tf.Tensor, unknown: int) -> tf.Tensor:
    """Reads a share of the symbols above `unknown` as unknown: dropout of words.

    Args:
        seed: two numbers; the same draw for the same ones.
    """
    draw = tf.random.stateless_uniform(tf.shape(symbols), seed)
    return tf.where((draw < rate) & (symbols > unknown), unknown, symbols)
