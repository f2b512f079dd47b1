"""Gradients of sums and products within a time step, where every unknown batch is the same one.

In a model for batches of any size TensorFlow cannot tell whether one of two tensors of shape
(None, units) was broadcast to the other: the gradient of every operator of every time step computes
the axes to sum over, and finds none. Within a time step there is only one batch.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import tensorflow as tf

from zoo.layers.base.cell import Tensor


def one_batch() -> AbstractContextManager[None]:
    """Differentiates the operators created inside it as those of tensors of one batch.

    This holds inside the loop of a traced function; elsewhere TensorFlow differentiates by its own
    rules, with the same result. A function with such operators can be saved, but not differentiated
    once it is loaded: it is for training steps.

    The other way to change the gradient of an operator is `tf.custom_gradient` around each, which
    costs more than it gains. So this uses `tf.RegisterGradient`, whose names are global and begin
    with `RecurrentZoo`, and a method of TensorFlow 1's graph.
    """
    own = {kind: f"{_PREFIX}{kind}" for kind in _GRADIENTS}
    return tf.compat.v1.get_default_graph().gradient_override_map(own)


def _add(x: Tensor, y: Tensor, upstream: Tensor) -> tuple[Tensor, Tensor]:
    return upstream, upstream


def _sub(x: Tensor, y: Tensor, upstream: Tensor) -> tuple[Tensor, Tensor]:
    return upstream, -upstream


def _mul(x: Tensor, y: Tensor, upstream: Tensor) -> tuple[Tensor, Tensor]:
    return upstream * y, upstream * x


def _reduced(gradient: Tensor, to: Tensor, other: Tensor) -> Tensor:
    """Sums a gradient over the axes along which `to` was broadcast to meet `other`."""
    if None not in (to.shape.rank, other.shape.rank):
        sizes, others = list(to.shape), list(other.shape)
        if _covers(sizes, others):
            return gradient
        added = len(others) - len(sizes)
        if added > 0 and sizes == others[added:]:
            return tf.reduce_sum(gradient, list(range(added)))
    axes, _ = tf.raw_ops.BroadcastGradientArgs(s0=tf.shape(to), s1=tf.shape(other))
    return tf.reshape(tf.reduce_sum(gradient, axes), tf.shape(to))


def _covers(sizes: Sequence[int | None], others: Sequence[int | None]) -> bool:
    """Whether a tensor of these sizes is not broadcast when it meets one of the others."""
    pairs = zip(reversed(sizes), reversed(others), strict=False)
    return len(others) <= len(sizes) and all(other in (1, size) for size, other in pairs)


_PREFIX = "RecurrentZooOneBatch"
_GRADIENTS = {"AddV2": _add, "Sub": _sub, "Mul": _mul}


def _register(kind: str, gradients: Any) -> None:
    @tf.RegisterGradient(f"{_PREFIX}{kind}")
    def differentiate(operator: tf.Operation | None, *upstream: Tensor) -> tuple[Tensor, ...]:
        if operator is None:
            # While TensorFlow saves a function that already contains its gradient, such as a
            # training step, it calls this without an operator.
            return upstream
        x, y = operator.inputs
        dx, dy = gradients(x, y, *upstream)
        return _reduced(dx, x, y), _reduced(dy, y, x)


for _kind, _of_both in _GRADIENTS.items():
    _register(_kind, _of_both)
