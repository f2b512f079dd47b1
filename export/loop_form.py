"""The loop of a recurrent layer in operators that tf2onnx turns into one ONNX `Loop`."""

from typing import Any

import tensorflow as tf

from zoo.layers.loop import (
    Cell,
    Tensor,
    fed,
    preactivations,
    projection,
    recurrent_projection,
    select,
)


def run(
    cell: Cell,
    sequences: Tensor,
    state: Any,
    counts: Tensor | None,
    kept: Tensor | None,
    collect: bool = True,
) -> tuple[Any, Tensor]:
    """What `zoo.layers.loop.plain` computes, its arguments and its result."""
    x = projection(cell, sequences)
    time = tf.shape(x)[0]
    xs = tf.TensorArray(x.dtype, size=time, element_shape=x.shape[1:]).unstack(x)

    def advance(t: Tensor, previous: Any, outputs: tf.TensorArray) -> tuple[Any, ...]:
        x_t = xs.read(t)
        u_t = recurrent_projection(cell, fed(cell, previous, kept))
        new = cell.step(preactivations(cell, x_t, u_t), previous)
        if counts is not None:
            new = select(counts[t], new, previous)
        return t + 1, new, outputs.write(t, new[0])

    _, final, outputs = tf.while_loop(
        lambda t, *_: t < time,
        advance,
        (0, state, tf.TensorArray(x.dtype, size=time, element_shape=state[0].shape)),
    )
    return final, outputs.stack()
