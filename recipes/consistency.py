"""Two passes of dropout over the same example, drawn towards each other (R-Drop).

Each example of a batch is there twice, its two copies next to each other, and dropout thins each
copy by itself. Beside the loss of both counts how far their predictions p and q are apart:

    L = (loss(p) + loss(q)) / 2 + weight / 4 (KL(p | q) + KL(q | p))

Source: X. Liang et al., R-Drop: regularized dropout for neural networks, NeurIPS 2021, eq. 3 and 4,
of which this is half.
"""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from zoo.layers.engine.cell import Tensor


def twice(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Each row of every batch twice, one right after the other."""
    return batches.map(
        lambda *parts: tf.nest.map_structure(lambda rows: tf.repeat(rows, 2, axis=0), parts)
    )


class Consistent(keras.losses.Loss):
    """A loss of logits, and how far apart the two copies of each example are.

    Args:
        loss: of logits, (batch, ..., classes), one figure for each place.
        weight: of the distance.
    """

    def __init__(self, loss: keras.losses.Loss, weight: float):
        super().__init__(name=loss.name, reduction="mean_with_sample_weight")
        self.loss = loss
        self.weight = weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.loss.call(y_true, y_pred) + self.weight / 4 * distances(y_pred)


def distances(logits: Tensor) -> Tensor:
    """KL(p | q) + KL(q | p) for each row and the copy beside it; 0 for a row without one, such as
    rows of weight 0 that several processes add to a batch.

    The sum is Σ (p - q)(log p - log q), in which the logits may stand for the logarithms, since p
    and q both have the sum 1.
    """
    q = logits[1::2]
    pairs = ops.shape(q)[0]
    p = logits[: 2 * pairs : 2]
    apart = ops.sum((ops.softmax(p) - ops.softmax(q)) * (p - q), axis=-1)
    rest = ops.zeros_like(logits[2 * pairs :, ..., 0])
    return ops.concatenate([ops.repeat(apart, 2, axis=0), rest], axis=0)
