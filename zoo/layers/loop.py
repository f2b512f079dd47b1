"""The loop of the engine: plain on any backend, and a form of its own on TensorFlow."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

Tensor = Any
Step = Callable[[Tensor, Tensor, Any], Any]


def recur(
    step: Step,
    x: Tensor,
    recurrent_kernel: Tensor,
    state: Any,
    mask: Tensor | None = None,
    kept: Tensor | None = None,
) -> tuple[Any, Tensor]:
    """Runs state_t = step(x_t, U (h_{t-1} ⊙ kept), state_{t-1}) over time.

    Args:
        step: the element-wise step.
        x: W x + b, (batch, time, gates x units).
        recurrent_kernel: U, (units, gates x units).
        state: state_0, a NamedTuple of (batch, units) with the hidden state `h` first.
        mask: (batch, time), true at the steps that count. At another step the state is kept.
        kept: what multiplies h_{t-1} on its way to U, (batch, units).

    Returns:
        The final state, and the hidden states, (batch, time, units), zero before the first step
        that counts.
    """
    loop = plain
    if keras.backend.backend() == "tensorflow":
        from zoo.layers.tensorflow_loop import run as loop

    counts = None if mask is None else ops.transpose(mask)[:, :, None]
    x = ops.transpose(x, (1, 0, 2))
    final, hidden = loop(step, x, recurrent_kernel, state, counts, kept)
    if counts is not None:
        begun = ops.cumsum(ops.cast(counts, "int32"), axis=0) > 0
        hidden = ops.where(begun, hidden, ops.zeros_like(hidden))
    return final, ops.transpose(hidden, (1, 0, 2))


def plain(
    step: Step,
    x: Tensor,
    recurrent_kernel: Tensor,
    state: Any,
    counts: Tensor | None,
    kept: Tensor | None,
) -> tuple[Any, Tensor]:
    """The loop as it reads, differentiated by the framework; the truth other forms are tested by.

    Args:
        x: (time, batch, gates x units).
        counts: (time, batch, 1).

    Returns:
        The final state and the hidden states, (time, batch, units).
    """

    def advance(previous: Any, inputs: list[Tensor]) -> tuple[Any, Any]:
        x_t, *counts_t = inputs
        h = previous.h if kept is None else previous.h * kept
        state = step(x_t, ops.matmul(h, recurrent_kernel), previous)
        if counts_t:
            state = select(counts_t[0], state, previous)
        return state, state

    final, states = ops.scan(advance, state, [x] if counts is None else [x, counts])
    return final, states.h


def select(counts: Tensor, new: Any, old: Any) -> Any:
    """The new state where the step counts, the old one where it does not."""
    return type(new)(*[ops.where(counts, n, o) for n, o in zip(new, old, strict=True)])
