"""What a translator is trained on: the target for teacher forcing, and word dropout."""

from typing import Any

import tensorflow as tf

from zoo.inference.vocabulary import BEGIN, END, PADDING, UNKNOWN
from zoo.training.batches import word_dropout


def forced(example: dict) -> tuple[dict, dict, dict]:
    """Inputs, of which the target begins with BEGIN and lacks its last symbol; targets; weights."""
    target = example["target"]
    shifted = tf.concat([tf.fill([tf.shape(target)[0], 1], BEGIN), target[:, :-1]], 1)
    weights = tf.cast(target != PADDING, "float32")
    return {"source": example["source"], "target": shifted}, {"logits": target}, {"logits": weights}


def with_unknown_subwords(rate: float) -> Any:
    """Replaces a share of the subwords of both languages by the unknown one."""

    def replace_subwords(
        batch: tuple[dict, dict, dict], seed: tf.Tensor
    ) -> tuple[dict, dict, dict]:
        inputs, targets, weights = batch
        replaced = {}
        for number, (name, symbols) in enumerate(inputs.items()):
            with_unknown = word_dropout(symbols, rate, seed + number, UNKNOWN)
            replaced[name] = tf.where(symbols > END, with_unknown, symbols)
        return replaced, targets, weights

    return replace_subwords
