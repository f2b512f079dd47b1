"""What a translator is shown while it learns: the target's past, and some subwords as unknown."""

from typing import Any

import tensorflow as tf

from zoo.inference.vocabulary import BEGIN, END, PADDING, UNKNOWN
from zoo.training.batches import word_dropout


def forced(example: dict) -> tuple[dict, dict, dict]:
    """Inputs, of which the target begins with BEGIN and lacks its last symbol; targets; weights."""
    target = example["target"]
    begun = tf.concat([tf.fill([tf.shape(target)[0], 1], BEGIN), target[:, :-1]], 1)
    weights = tf.cast(target != PADDING, "float32")
    return {"source": example["source"], "target": begun}, {"logits": target}, {"logits": weights}


def with_unknown_subwords(rate: float) -> Any:
    """Reads a share of the subwords on both sides as unknown."""

    def change(batch: tuple[dict, dict, dict], seed: tf.Tensor) -> tuple[dict, dict, dict]:
        inputs, targets, weights = batch
        thinned = {}
        for number, (name, symbols) in enumerate(inputs.items()):
            drawn = word_dropout(symbols, rate, seed + number, UNKNOWN)
            thinned[name] = tf.where(symbols > END, drawn, symbols)
        return thinned, targets, weights

    return change
