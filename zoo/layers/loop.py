"""The loop of the engine: plain on any backend, and a tuned form on TensorFlow."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import keras
from keras import ops

Tensor = Any
_form: ContextVar[Callable[..., Any] | None] = ContextVar("form", default=None)
_partner: ContextVar[Any] = ContextVar("partner", default=None)


class Cell(NamedTuple):
    """What is repeated: state_t = step(W x_t + b, U v_{t-1} + b', state_{t-1})."""

    step: Callable[[Any, Any], Any]
    """(a, state) -> state; a as `preactivations` returns it."""

    fed: Callable[[Any], Tensor]
    """state -> v, (batch, rows of U): what U multiplies, the hidden state in most layers."""

    kernel: Tensor
    """W, (features, width): the columns of one gate after those of another."""

    recurrent_kernel: Tensor
    """U, (rows, width); of fewer gates where the step multiplies the last ones itself."""

    gates: int
    """Number of the gates, which have as many columns each."""

    bias: Tensor | None = None
    """b, (width,)."""

    recurrent_bias: Tensor | None = None
    """b', (width,)."""

    apart: bool = False
    """Whether the step takes the two projections apart."""

    training: bool = False
    """Whether the layer was called to be trained, so that a gradient will be wanted."""

    layer: Any = None
    """The layer whose cell it is."""


def recur(
    cell: Cell,
    sequences: Tensor,
    state: Any,
    mask: Tensor | None = None,
    kept: Tensor | None = None,
    collect: bool = True,
    from_zero: bool = False,
) -> tuple[Any, Tensor]:
    """Runs a cell over time.

    Args:
        cell: what to repeat.
        sequences: (batch, time, features).
        state: state_0, a NamedTuple of (batch, ...) tensors, the output first.
        mask: (batch, time), true at the steps that count. At another step the state is kept.
        kept: what multiplies v on its way to U, (batch, rows of U).
        collect: whether the outputs of all steps are wanted.
        from_zero: whether state_0 is known to be zero.

    Returns:
        The final state, and the outputs, (batch, time, units), zero before the first step that
        counts; with `collect` off the last output alone, (batch, units).
    """
    run = form()
    counts = None if mask is None else ops.transpose(mask)[:, :, None]
    final, outputs = run(cell, ops.transpose(sequences, (1, 0, 2)), state, counts, kept, collect)
    if not collect:
        if mask is None or from_zero:
            return final, final[0]
        return final, ops.where(ops.any(mask, axis=1)[:, None], final[0], 0)
    if counts is not None and not from_zero:
        begun = ops.cumsum(ops.cast(counts, "int32"), axis=0) > 0
        outputs = ops.where(begun, outputs, ops.zeros_like(outputs))
    return final, ops.transpose(outputs, (1, 0, 2))


@contextmanager
def using(form: Callable[..., Any]) -> Iterator[None]:
    """Runs cells by another form of the loop, with the arguments and the result of `plain`."""
    token = _form.set(form)
    try:
        yield
    finally:
        _form.reset(token)


@contextmanager
def paired_with(partner: Any) -> Iterator[None]:
    """While a layer runs, and then its partner: the partner reads the same sequences backwards.

    Both begin from zeros. A form may run the two as one.
    """
    token = _partner.set(partner)
    try:
        yield
    finally:
        _partner.reset(token)


def partner() -> Any:
    """The layer that reads backwards what the running one reads forward, or None."""
    return _partner.get()


def form() -> Callable[..., Any]:
    """The form that cells run by now."""
    return _form.get() or _tuned()


def plain(
    cell: Cell,
    sequences: Tensor,
    state: Any,
    counts: Tensor | None,
    kept: Tensor | None,
    collect: bool = True,
) -> tuple[Any, Tensor]:
    """The loop as it reads, differentiated by the framework; the truth other forms are tested by.

    Args:
        sequences: (time, batch, features).
        counts: (time, batch, 1).
        collect: taken for the sake of the other form; the outputs are always collected here.

    Returns:
        The final state and the outputs, (time, batch, units).
    """

    def advance(previous: Any, inputs: list[Tensor]) -> tuple[Any, Any]:
        x_t, *counts_t = inputs
        u_t = recurrent_projection(cell, fed(cell, previous, kept))
        new = cell.step(preactivations(cell, x_t, u_t), previous)
        if counts_t:
            new = select(counts_t[0], new, previous)
        return new, new

    x = projection(cell, sequences)
    final, states = ops.scan(advance, state, [x] if counts is None else [x, counts])
    return final, states[0]


def projection(cell: Cell, sequences: Tensor) -> Tensor:
    """W x + b of every step at once."""
    x = ops.matmul(sequences, cell.kernel)
    return x if cell.bias is None else x + cell.bias


def recurrent_projection(cell: Cell, v: Tensor) -> Tensor:
    """U v + b'."""
    u = ops.matmul(v, cell.recurrent_kernel)
    return u if cell.recurrent_bias is None else u + cell.recurrent_bias


def preactivations(cell: Cell, x_t: Tensor, u_t: Tensor) -> Any:
    """What the step takes: W x_t + b + U v + b' gate by gate, or both projections if `apart`."""
    width = cell.kernel.shape[-1] // cell.gates

    def by_gate(projected: Tensor) -> list[Tensor]:
        return ops.split(projected, projected.shape[-1] // width, axis=-1)

    return (by_gate(x_t), by_gate(u_t)) if cell.apart else by_gate(x_t + u_t)


def fed(cell: Cell, state: Any, kept: Tensor | None) -> Tensor:
    """What U multiplies, thinned by recurrent dropout."""
    v = cell.fed(state)
    return v if kept is None else v * kept


def select(counts: Tensor, new: Any, old: Any) -> Any:
    """The new state where the step counts, the old one where it does not."""
    return type(new)(*[ops.where(counts, n, o) for n, o in zip(new, old, strict=True)])


def _tuned() -> Callable[..., Any]:
    """The fastest form on this backend."""
    if keras.backend.backend() == "tensorflow":
        from zoo.layers.tensorflow_loop import run

        return run
    return plain
