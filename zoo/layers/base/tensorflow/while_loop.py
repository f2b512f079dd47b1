"""The loop over time as one `tf.while_loop`, for any cell; tf2onnx makes one ONNX `Loop` of it."""

from typing import Any

import keras
import tensorflow as tf

from zoo.layers.base.cell import Cell, Tensor
from zoo.layers.base.state import select


def run(
    cell: Cell, sequences: Tensor, carry: Any, mask: Tensor | None, collect: bool = True
) -> tuple[Any, Any]:
    """A `Loop` for any cell."""
    x = cell.projected(sequences)
    time = tf.shape(x)[0] if x.shape[0] is None else x.shape[0]
    xs = tf.TensorArray(x.dtype, size=time, element_shape=x.shape[1:]).unstack(x)
    written = keras.tree.map_structure(
        lambda part: tf.TensorArray(part.dtype, size=time, element_shape=part.shape), carry[0]
    )

    def advance(t: Tensor, before: Any, written: Any) -> tuple[Any, ...]:
        after = cell.advance(xs.read(t), before)
        if mask is not None:
            after = select(mask[t], after, before)
        return (
            t + 1,
            after,
            keras.tree.map_structure(lambda array, part: array.write(t, part), written, after[0]),
        )

    _, final, written = tf.while_loop(
        lambda t, *_: t < time,
        advance,
        (0, carry, written),
        # XLA needs a bound to reserve room for the gradient.
        maximum_iterations=x.shape[0],
    )
    return final, keras.tree.map_structure(lambda array: array.stack(), written)
