"""A cell, which a recurrent layer repeats at every time step, and the loop that repeats it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeAlias

from keras import ops

Tensor: TypeAlias = Any
"""A tensor of the backend in use; those of TensorFlow, JAX and PyTorch share no type."""


@dataclass(frozen=True)
class Cell:
    """carry_t = step(x_t, carry_{t-1}), where the first part of a carry is the output y_t."""

    step: Callable[[Any, Any], Any]
    layer: Any = None
    """The layer whose cell it is."""

    training: bool = False
    """Whether a gradient will be needed."""

    unroll: bool = False
    """Whether the steps become separate operators, where their number is known, instead of a
    loop."""

    remat: bool = False
    """Whether the backward pass computes a step again instead of storing its intermediate
    values."""

    def projected(self, sequences: Tensor) -> Tensor:
        """What can be computed for all time steps at once, (time, batch, ...)."""
        return sequences

    def advance(self, projected: Tensor, carry: Any) -> Any:
        """One time step: the next carry, from this step's row of `projected`."""
        return self.step(projected, carry)


@dataclass(frozen=True, kw_only=True)
class GatedCell(Cell):
    """state_t = step(W x_t + b + U v_{t-1}, state_{t-1}), where v is a function of the state.

    Two kinds of gates need more. Where `separate_projections` is set, the step takes W x_t + b and
    U v_{t-1} + b' as a pair, since a reset gate multiplies one of them. The last `deferred_gates`
    gates multiply U by a vector that the step itself computes, such as r_t ⊙ h_{t-1}.
    """

    recurrent_input: Callable[[Any], Tensor]
    """state -> v, (batch, rows of U): what U multiplies, the hidden state in most layers."""

    kernel: Tensor
    """W, (features, width): the columns of the first gate, then those of the next."""

    recurrent_kernel: Tensor
    """U, (rows, width)."""

    gates: int
    """Number of gates; each has the same number of columns."""

    bias: Tensor | None = None
    """b, (width,)."""

    recurrent_bias: Tensor | None = None
    """b', (width,); only with `separate_projections`."""

    separate_projections: bool = False
    """Whether the step takes W x + b and U v + b' as a pair instead of their sum."""

    deferred_gates: int = 0
    """Number of last gates whose v the step computes. The step gets a function
    v -> W x_t + b + U v in place of each of their sums, and calls each once. Not to be combined
    with `separate_projections`."""

    recurrent_dropout_mask: Tensor | None = None
    """What multiplies every v on its way to U, (batch, rows of U)."""

    def projected(self, sequences: Tensor) -> Tensor:
        """W x + b."""
        x = ops.matmul(sequences, self.kernel)
        return x if self.bias is None else x + self.bias

    def advance(self, projected: Tensor, carry: Any) -> Any:
        kernel, *deferred_kernels = self.split_columns(self.recurrent_kernel)
        addend, *deferred_addends = self.addends(projected)
        a = ops.matmul(self.drop(self.recurrent_input(carry)), kernel)

        def deferred(kernel: Tensor, addend: Tensor, v: Tensor) -> Tensor:
            return addend + ops.matmul(self.drop(v), kernel)

        functions = [
            partial(deferred, *each)
            for each in zip(deferred_kernels, deferred_addends, strict=True)
        ]
        return self.complete(projected, a if addend is None else addend + a, carry, functions)

    def addends(self, projected: Tensor) -> list[Any]:
        """What U v is added to: W x + b, one tensor for all gates that are not deferred and one for
        each deferred gate. With `separate_projections` it is b' alone, or None."""
        if self.separate_projections:
            return [self.recurrent_bias]
        return self.split_columns(projected)

    def complete(
        self,
        projected: Tensor,
        a: Tensor,
        carry: Any,
        deferred: Sequence[Callable[[Tensor], Tensor]],
    ) -> Any:
        """The rest of a time step, after the matmul of the gates that are not deferred.

        Args:
            projected: W x_t + b of all gates.
            a: addend + U v of the gates that are not deferred.
            deferred: a function v -> addend + U v for each deferred gate.
        """
        gates = self._by_gate(a)
        if self.separate_projections:
            return self.step((self._by_gate(projected), gates), carry)
        return self.step([*gates, *deferred], carry)

    def drop(self, v: Tensor) -> Tensor:
        """Applies recurrent dropout to a vector that U multiplies."""
        return v if self.recurrent_dropout_mask is None else v * self.recurrent_dropout_mask

    def split_columns(self, columns: Tensor) -> list[Tensor]:
        """Splits the columns of all gates into those of the gates that are not deferred, together,
        and those of each deferred gate."""
        if not self.deferred_gates:
            return [columns]
        width = self.kernel.shape[-1] // self.gates
        cuts = [width * gate for gate in range(self.gates - self.deferred_gates, self.gates)]
        return ops.split(columns, cuts, axis=-1)

    def _by_gate(self, projection: Tensor) -> list[Tensor]:
        width = self.kernel.shape[-1] // self.gates
        return ops.split(projection, projection.shape[-1] // width, axis=-1)


class Loop(Protocol):
    """A way to run a cell over time: one of several implementations of the same loop."""

    def __call__(
        self,
        cell: Cell,
        sequences: Tensor,
        carry: Any,
        mask: Tensor | None,
        collect: bool = True,
    ) -> tuple[Any, Any]:
        """Runs the cell over all time steps.

        Args:
            sequences: (time, batch, ...).
            carry: the carry before the first step, a nest of (batch, ...) tensors.
            mask: (time, batch), true at the steps that are not padding.
            collect: whether to return the outputs of all steps.

        Returns:
            The final carry, and the outputs, (time, batch, ...); these may be None where `collect`
            is false.
        """
        ...
