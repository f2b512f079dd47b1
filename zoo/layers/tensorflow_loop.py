"""The engine's loop on TensorFlow: differentiable also under XLA, which `ops.scan` is not."""

from typing import Any

import tensorflow as tf

from zoo.layers.loop import Step, Tensor, select


def run(
    step: Step,
    x: Tensor,
    recurrent_kernel: Tensor,
    state: Any,
    counts: Tensor | None,
    kept: Tensor | None,
) -> tuple[Any, Tensor]:
    """What `zoo.layers.loop.plain` computes, its arguments and its result."""
    time = x.shape[0] if x.shape[0] is not None else tf.shape(x)[0]
    xs = tf.TensorArray(x.dtype, size=time, element_shape=x.shape[1:]).unstack(x)
    u_kernel = tf.convert_to_tensor(recurrent_kernel)

    def advance(t: Tensor, previous: Any, hidden: tf.TensorArray) -> tuple[Any, ...]:
        h = previous.h if kept is None else previous.h * kept
        state = step(xs.read(t), tf.matmul(h, u_kernel), previous)
        if counts is not None:
            state = select(counts[t], state, previous)
        return t + 1, state, hidden.write(t, state.h)

    _, final, hidden = tf.while_loop(
        lambda t, *_: t < time,
        advance,
        (0, state, tf.TensorArray(x.dtype, size=time, element_shape=state.h.shape)),
        maximum_iterations=time,
    )
    return final, _stack(hidden, x, state.h)


def _stack(hidden: tf.TensorArray, x: Tensor, h: Tensor) -> Tensor:
    """`hidden.stack()`, which by itself fails on no steps where the batch size is not known."""
    if h.shape.is_fully_defined():
        return hidden.stack()
    stacked = tf.raw_ops.TensorListStack(
        input_handle=hidden.flow, element_shape=tf.shape(h), element_dtype=h.dtype
    )
    return tf.ensure_shape(stacked, [x.shape[0], *h.shape])
