"""LSTM and GRU on cuDNN, where TensorFlow has a GPU, by the functions that stock Keras calls.

cuDNN takes sequences without padding, or with padding at the end. Only the values of a mask say
which it is, so a masked batch goes through `tf.cond`, with cuDNN on one branch and our own loop on
the other.
"""

from importlib import import_module
from typing import Any

import tensorflow as tf

from zoo.layers.base.cell import GatedCell, Tensor
from zoo.layers.base.tensorflow import gated_loop


def takes(cell: GatedCell) -> bool:
    """Whether there is a GPU and cuDNN computes this cell with its options."""
    layer = cell.layer
    # Looked up on the class itself: a subclass has another step.
    kind = vars(type(layer)).get("cudnn")
    if kind is None or cell.recurrent_dropout_mask is not None:
        return False
    reset_after = layer.reset_after if kind == "gru" else None
    return _keras().cudnn_ok(
        layer.activation, layer.recurrent_activation, cell.unroll, layer.use_bias, reset_after
    )


def run(
    cell: GatedCell, sequences: Tensor, state: Any, mask: Tensor | None, collect: bool = True
) -> tuple[Any, Tensor | None]:
    """A `Loop` for cells that cuDNN `takes`."""
    # XLA has no cuDNN operator.
    cell.layer.supports_jit = False
    if mask is None:
        final, outputs = _run(cell, sequences, state, None)
        return final, outputs if collect else None
    mask = tf.cast(mask, tf.bool)
    is_at_the_end = tf.reduce_all(mask[:-1] | ~mask[1:])
    parts = len(state)

    def on_cudnn() -> list[Tensor]:
        final, outputs = _run(cell, sequences, state, mask)
        # At padding the last output is repeated, as in the other loops.
        repeated = tf.where(mask[:, :, None], outputs, final[0])
        return [*final, *([repeated] if collect else [])]

    def in_our_loop() -> list[Tensor]:
        final, outputs = gated_loop.run(cell, sequences, state, mask, collect)
        return [*final, *([outputs] if collect else [])]

    results = tf.cond(is_at_the_end & tf.reduce_all(mask[0]), on_cudnn, in_our_loop)
    return type(state)(*results[:parts]), results[parts] if collect else None


def _run(cell: GatedCell, sequences: Tensor, state: Any, mask: Tensor | None) -> tuple[Any, Tensor]:
    """The final state, and the outputs of all steps, (time, batch, units)."""
    bias = cell.bias
    if cell.recurrent_bias is not None:
        bias = tf.stack([bias, cell.recurrent_bias])
    arguments = (
        tf.transpose(sequences, [1, 0, 2]),
        *state,
        cell.kernel,
        cell.recurrent_kernel,
        bias,
        None if mask is None else tf.transpose(mask),
    )
    network = {"lstm": _keras()._cudnn_lstm, "gru": _keras()._cudnn_gru}[cell.layer.cudnn]
    _, outputs, final = network(
        *arguments, time_major=False, go_backwards=False, return_sequences=True
    )
    return type(state)(*final), tf.transpose(outputs, [1, 0, 2])


def _keras() -> Any:
    """Keras's module of what its own layers run on TensorFlow; it is not public."""
    return import_module("keras.src.backend.tensorflow.rnn")
