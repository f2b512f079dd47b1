"""The loop over time: plain on any backend, tuned for two, or replaced by an exporter."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import keras
from keras import ops

from zoo.layers.base.cell import Cell, GatedCell, Loop, Tensor
from zoo.layers.base.state import select

_loop: ContextVar[Loop | None] = ContextVar("loop", default=None)
_pair: ContextVar[tuple[Any, Any]] = ContextVar("pair", default=(None, None))


def run_cell(
    cell: Cell,
    sequences: Tensor,
    carry: Any,
    mask: Tensor | None = None,
    collect: bool = True,
    from_zero: bool = False,
) -> tuple[Any, Any]:
    """Runs a cell over time.

    Args:
        cell: what to repeat.
        sequences: (batch, time, ...).
        carry: the carry before the first step, a nest of (batch, ...) tensors, the output first.
        mask: (batch, time), true at the steps that are not padding; padding leaves the carry as it
            is.
        collect: whether to return the outputs of all steps.
        from_zero: whether the output in `carry` is known to be zero.

    Returns:
        The final carry, and the outputs, (batch, time, ...), zero before the first step that is not
        padding; without `collect` the last output, (batch, ...).
    """
    time_major = None if mask is None else ops.transpose(mask)
    final, outputs = current_loop()(
        cell, _swap_time_and_batch(sequences), carry, time_major, collect
    )
    if not collect:
        if mask is None or from_zero:
            return final, final[0]
        return final, zero_unless(ops.any(mask, axis=1), final[0])
    outputs = keras.tree.map_structure(_swap_time_and_batch, outputs)
    if mask is not None and not from_zero:
        outputs = zero_unless(ops.cumsum(ops.cast(mask, "int32"), axis=1) > 0, outputs)
    return final, outputs


@contextmanager
def using(loop: Loop) -> Iterator[None]:
    """Runs cells by another loop, in this thread and context."""
    token = _loop.set(loop)
    try:
        yield
    finally:
        _loop.reset(token)


@contextmanager
def paired_with(forward: Any, backward: Callable[[], Cell | None]) -> Iterator[None]:
    """Declares that a layer and then another run on the same sequences, the second backwards.

    Both start from zeros, so a loop may run the two as one.

    Args:
        forward: the layer that reads forward, as its cell names it.
        backward: returns the cell of the other layer.
    """
    token = _pair.set((forward, backward))
    try:
        yield
    finally:
        _pair.reset(token)


def partner(layer: Any) -> Cell | None:
    """The cell that reads backwards the sequences of a layer that reads forward, or None."""
    forward, backward = _pair.get()
    return backward() if forward is not None and layer is forward else None


def current_loop() -> Loop:
    """The loop that runs cells in this context."""
    return _loop.get() or tuned


def tuned(
    cell: Cell,
    sequences: Tensor,
    carry: Any,
    mask: Tensor | None,
    collect: bool = True,
    own_gradients: bool = True,
) -> tuple[Any, Any]:
    """The fastest loop for a cell on this backend.

    Args:
        own_gradients: as `tensorflow.gated_loop.run` has it.
    """
    if written_out(cell, sequences):
        return unrolled(cell, sequences, carry, mask, collect)
    if keras.backend.backend() == "jax":
        from zoo.layers.base.jax import gated_loop as jax_loop

        if isinstance(cell, GatedCell):
            return jax_loop.run(cell, sequences, carry, mask, collect)
        if cell.remat and cell.training:
            cell = replace(cell, step=keras.remat(cell.step))
        return plain(cell, sequences, carry, mask, collect, jax_loop.steps_per_iteration())
    if keras.backend.backend() != "tensorflow":
        return plain(cell, sequences, carry, mask, collect)
    from zoo.layers.base.tensorflow import cudnn, gated_loop, remat, while_loop

    if isinstance(cell, GatedCell):
        # A saved graph, which has no custom gradients, must also run without a GPU.
        if own_gradients and cudnn.takes(cell):
            return cudnn.run(cell, sequences, carry, mask, collect)
        return gated_loop.run(cell, sequences, carry, mask, collect, own_gradients)
    if own_gradients and remat.takes(cell):
        return remat.run(cell, sequences, carry, mask, collect)
    return while_loop.run(cell, sequences, carry, mask, collect)


def written_out(cell: Cell, sequences: Tensor) -> bool:
    """Whether a cell needs no loop: its steps are to be unrolled, or there is a single step and no
    faster loop for the cell."""
    steps = sequences.shape[0]
    return bool(steps) and (cell.unroll or (steps == 1 and not isinstance(cell, GatedCell)))


def plain(
    cell: Cell,
    sequences: Tensor,
    carry: Any,
    mask: Tensor | None,
    collect: bool = True,
    steps_per_iteration: int = 1,
) -> tuple[Any, Any]:
    """The loop by `ops.scan`, differentiated by the framework; the others are tested against it."""

    def advance(before: Any, inputs: list[Tensor]) -> tuple[Any, Any]:
        projected, *mask_t = inputs
        after = cell.advance(projected, before)
        if mask_t:
            after = select(mask_t[0], after, before)
        # On TensorFlow the outputs of a scan must have the structure of its carry.
        return after, after

    projected = cell.projected(sequences)
    inputs = [projected] if mask is None else [projected, mask]
    final, carries = ops.scan(advance, carry, inputs, unroll=steps_per_iteration)
    return final, carries[0]


def unrolled(
    cell: Cell, sequences: Tensor, carry: Any, mask: Tensor | None, collect: bool = True
) -> tuple[Any, Any]:
    """The steps as separate operators, for a sequence of known length."""
    outputs = []
    projected = cell.projected(sequences)
    for t in range(sequences.shape[0]):
        after = cell.advance(projected[t], carry)
        carry = after if mask is None else select(mask[t], after, carry)
        outputs.append(carry[0])
    return carry, keras.tree.map_structure(lambda *steps: ops.stack(steps), *outputs)


def _swap_time_and_batch(tensor: Tensor) -> Tensor:
    return ops.transpose(tensor, (1, 0, *range(2, len(tensor.shape))))


def zero_unless(condition: Tensor, outputs: Any) -> Any:
    """Replaces the outputs by zeros where a condition on the first axes is false."""
    axes = len(condition.shape)

    def masked(output: Tensor) -> Tensor:
        shape = (*ops.shape(condition), *[1] * (len(output.shape) - axes))
        return ops.where(ops.reshape(condition, shape), output, ops.zeros_like(output))

    return keras.tree.map_structure(masked, outputs)
