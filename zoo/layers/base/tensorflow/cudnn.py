"""LSTM and GRU on cuDNN, where TensorFlow has a GPU: by the functions that stock Keras calls.

cuDNN takes sequences without padding or with padding at their ends alone. Which it is shows when
the batch is there, so that a masked batch goes through a condition, with our own loop beside it.
"""

from importlib import import_module
from typing import Any

import tensorflow as tf

from zoo.layers.base.cell import GatedCell, Tensor
from zoo.layers.base.tensorflow import gated_loop


def takes(cell: GatedCell) -> bool:
    """Whether cuDNN has this cell, options and all, and there is a GPU."""
    layer = cell.layer
    # Not that of a subclass, whose step is another.
    kind = vars(type(layer)).get("cudnn")
    if kind is None or cell.kept is not None:
        return False
    reset_after = layer.reset_after if kind == "gru" else None
    return _keras().cudnn_ok(
        layer.activation, layer.recurrent_activation, cell.unroll, layer.use_bias, reset_after
    )


def run(
    cell: GatedCell, sequences: Tensor, state: Any, mask: Tensor | None, collect: bool = True
) -> tuple[Any, Tensor | None]:
    """A `Form` for cells that cuDNN `takes`."""
    # Its operator is none of XLA's.
    cell.layer.supports_jit = False
    if mask is None:
        final, outputs = _run(cell, sequences, state, None)
        return final, outputs if collect else None
    counts = tf.cast(mask, tf.bool)
    is_at_the_end = tf.reduce_all(counts[:-1] | ~counts[1:])
    parts = len(state)

    def on_cudnn() -> list[Tensor]:
        final, outputs = _run(cell, sequences, state, counts)
        # Beyond its end a sequence has the last of its outputs, as everywhere in the engine.
        kept = tf.where(counts[:, :, None], outputs, final[0])
        return [*final, *([kept] if collect else [])]

    def in_our_loop() -> list[Tensor]:
        final, outputs = gated_loop.run(cell, sequences, state, mask, collect)
        return [*final, *([outputs] if collect else [])]

    found = tf.cond(is_at_the_end & tf.reduce_all(counts[0]), on_cudnn, in_our_loop)
    return type(state)(*found[:parts]), found[parts] if collect else None


def _run(
    cell: GatedCell, sequences: Tensor, state: Any, counts: Tensor | None
) -> tuple[Any, Tensor]:
    """The final state, and the outputs of all steps, (time, batch, units)."""
    bias = cell.bias
    if cell.recurrent_bias is not None:
        bias = tf.stack([bias, cell.recurrent_bias])
    given = (
        tf.transpose(sequences, [1, 0, 2]),
        *state,
        cell.kernel,
        cell.recurrent_kernel,
        bias,
        None if counts is None else tf.transpose(counts),
    )
    network = {"lstm": _keras()._cudnn_lstm, "gru": _keras()._cudnn_gru}[cell.layer.cudnn]
    _, outputs, final = network(*given, time_major=False, go_backwards=False, return_sequences=True)
    return type(state)(*final), tf.transpose(outputs, [1, 0, 2])


def _keras() -> Any:
    """Keras's module of what its own layers run on TensorFlow; it is not public."""
    return import_module("keras.src.backend.tensorflow.rnn")
