"""Truncated backpropagation through time with Keras's own `fit`: a long stream in blocks."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.layers.base.core import recurrent_layers


def blocks(inputs: Any, targets: Any, batch_size: int, steps: int) -> tf.data.Dataset:
    """Cuts one long stream into blocks of steps, for a model with `stateful` layers.

    The stream is divided into `batch_size` parts of equal length that are read side by side, block
    after block. Stateful layers carry their state from block to block and the gradient stops at a
    block's start: truncated backpropagation through time over `steps` steps. Give the result to
    `model.fit(..., shuffle=False, callbacks=[ResetStates()])`.

    Args:
        inputs: (time, ...), one stream.
        targets: (time, ...), what to predict at each of its steps.
        batch_size: parts read side by side; the model's fixed batch size.
        steps: length of a block.

    Returns:
        Pairs of (batch_size, steps, ...); the remainder at the end of the stream is dropped.

    Raises:
        ValueError: streams of different lengths, or too short for one block.

    Source: R. J. Williams, J. Peng, An efficient gradient-based algorithm for on-line training of
    recurrent network trajectories, Neural Computation 2, 1990.
    """
    inputs, targets = np.asarray(inputs), np.asarray(targets)
    if len(inputs) != len(targets):
        raise ValueError(
            f"blocks got {len(inputs)} inputs and {len(targets)} targets; it takes as many of each."
        )
    number = len(inputs) // (batch_size * steps)
    if number == 0:
        raise ValueError(
            f"blocks got a stream of {len(inputs)} steps; it takes {batch_size * steps} or more "
            f"for {batch_size} parts of {steps} steps."
        )

    def cut(stream: np.ndarray) -> np.ndarray:
        parts = stream[: number * batch_size * steps]
        parts = parts.reshape(batch_size, number, steps, *stream.shape[1:])
        return parts.swapaxes(0, 1)

    return tf.data.Dataset.from_tensor_slices((cut(inputs), cut(targets)))


def reset_states(model: keras.Model) -> None:
    """Sets the state of every stateful layer of the model back to the initial one."""
    for layer in recurrent_layers(model):
        layer.reset_state()


class ResetStates(keras.callbacks.Callback):
    """Starts every epoch, and every evaluation, from the initial states."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        reset_states(self.model)

    def on_test_begin(self, logs: Any = None) -> None:
        reset_states(self.model)
