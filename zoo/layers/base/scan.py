"""The loop of the engine: plain on any backend, tuned for two, or as an exporter needs it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import keras
from keras import ops

from zoo.layers.base.cell import Cell, Form, GatedCell, Tensor
from zoo.layers.base.state import select

_form: ContextVar[Form | None] = ContextVar("form", default=None)
_pair: ContextVar[tuple[Any, Any]] = ContextVar("pair", default=(None, None))


def recur(
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
        carry: what the first step begins from, a nest of (batch, ...) tensors, the output first.
        mask: (batch, time), true at the steps that are no padding. At padding the carry is kept.
        collect: whether the outputs of all steps are wanted.
        from_zero: whether the first output in `carry` is known to be zero.

    Returns:
        The final carry, and the outputs, (batch, time, ...), zero before the first step that is no
        padding; with `collect` off the last output alone, (batch, ...).
    """
    time_major = None if mask is None else ops.transpose(mask)
    final, outputs = form()(cell, _swap_time_and_batch(sequences), carry, time_major, collect)
    if not collect:
        if mask is None or from_zero:
            return final, final[0]
        return final, zero_unless(ops.any(mask, axis=1), final[0])
    outputs = keras.tree.map_structure(_swap_time_and_batch, outputs)
    if mask is not None and not from_zero:
        outputs = zero_unless(ops.cumsum(ops.cast(mask, "int32"), axis=1) > 0, outputs)
    return final, outputs


@contextmanager
def using(form: Form) -> Iterator[None]:
    """Runs cells by another form of the loop."""
    token = _form.set(form)
    try:
        yield
    finally:
        _form.reset(token)


@contextmanager
def paired_with(forward: Any, backward: Callable[[], Cell | None]) -> Iterator[None]:
    """While a layer runs, and then another that reads the same sequences backwards.

    Both begin from zeros. A form may run the two as one.

    Args:
        forward: the layer that reads forward, as its cell names it.
        backward: makes the cell of the other one.
    """
    token = _pair.set((forward, backward))
    try:
        yield
    finally:
        _pair.reset(token)


def partner(layer: Any) -> Cell | None:
    """The cell that reads backwards what a layer reads forward, or None."""
    forward, backward = _pair.get()
    return backward() if forward is not None and layer is forward else None


def form() -> Form:
    """The form that cells run by now."""
    return _form.get() or tuned


def tuned(
    cell: Cell,
    sequences: Tensor,
    carry: Any,
    mask: Tensor | None,
    collect: bool = True,
    own_gradients: bool = True,
) -> tuple[Any, Any]:
    """The fastest form for a cell on this backend.

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
        return plain(cell, sequences, carry, mask, collect, jax_loop.steps_of_a_round())
    if keras.backend.backend() != "tensorflow":
        return plain(cell, sequences, carry, mask, collect)
    from zoo.layers.base.tensorflow import cudnn, gated_loop, remat, while_loop

    if isinstance(cell, GatedCell):
        # A graph to be saved, which has no gradients of ours, is to run without a GPU too.
        if own_gradients and cudnn.takes(cell):
            return cudnn.run(cell, sequences, carry, mask, collect)
        return gated_loop.run(cell, sequences, carry, mask, collect, own_gradients)
    if own_gradients and remat.takes(cell):
        return remat.run(cell, sequences, carry, mask, collect)
    return while_loop.run(cell, sequences, carry, mask, collect)


def written_out(cell: Cell, sequences: Tensor) -> bool:
    """Whether a cell needs no loop: its steps are to be unrolled, or there is one step of a cell
    for which there is no faster form."""
    steps = sequences.shape[0]
    return bool(steps) and (cell.unroll or (steps == 1 and not isinstance(cell, GatedCell)))


def plain(
    cell: Cell,
    sequences: Tensor,
    carry: Any,
    mask: Tensor | None,
    collect: bool = True,
    steps_of_a_round: int = 1,
) -> tuple[Any, Any]:
    """The loop as it reads, differentiated by the framework; other forms are tested against it."""

    def advance(before: Any, inputs: list[Tensor]) -> tuple[Any, Any]:
        projected, *mask_t = inputs
        after = cell.advance(projected, before)
        if mask_t:
            after = select(mask_t[0], after, before)
        # On TensorFlow what is stacked must have the structure of what is carried.
        return after, after

    projected = cell.projected(sequences)
    inputs = [projected] if mask is None else [projected, mask]
    final, carries = ops.scan(advance, carry, inputs, unroll=steps_of_a_round)
    return final, carries[0]


def unrolled(
    cell: Cell, sequences: Tensor, carry: Any, mask: Tensor | None, collect: bool = True
) -> tuple[Any, Any]:
    """The steps written out one by one, for a number of them that is known."""
    outputs = []
    projected = cell.projected(sequences)
    for t in range(sequences.shape[0]):
        after = cell.advance(projected[t], carry)
        carry = after if mask is None else select(mask[t], after, carry)
        outputs.append(carry[0])
    return carry, keras.tree.map_structure(lambda *steps: ops.stack(steps), *outputs)


def _swap_time_and_batch(tensor: Tensor) -> Tensor:
    return ops.transpose(tensor, (1, 0, *range(2, len(tensor.shape))))


def zero_unless(holds: Tensor, outputs: Any) -> Any:
    """Zeros in those places of the first axes where it does not hold."""
    axes = len(holds.shape)

    def kept(output: Tensor) -> Tensor:
        shape = (*ops.shape(holds), *[1] * (len(output.shape) - axes))
        return ops.where(ops.reshape(holds, shape), output, ops.zeros_like(output))

    return keras.tree.map_structure(kept, outputs)
