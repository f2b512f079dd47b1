"""What a recurrent layer repeats at every time step, and what repeats it."""

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
    """Whether the layer was called to be trained, so that a gradient will be wanted."""

    unroll: bool = False
    """Whether the steps are written out one by one where their number is known."""

    remat: bool = False
    """Whether a step is computed again for its gradient, instead of all that it makes stored."""

    def projected(self, sequences: Tensor) -> Tensor:
        """What can be computed of all time steps at once, (time, batch, ...)."""
        return sequences

    def advance(self, projected: Tensor, carry: Any) -> Any:
        """One time step, from its part of `projected`."""
        return self.step(projected, carry)


@dataclass(frozen=True, kw_only=True)
class GatedCell(Cell):
    """state_t = step(W x_t + b + U v_{t-1}, state_{t-1}), where v is made of the state.

    A step may take W x_t + b and U v_{t-1} + b' apart, and may make itself what U multiplies for
    its last gates.
    """

    fed: Callable[[Any], Tensor]
    """state -> v, (batch, rows of U): what U multiplies, the hidden state in most layers."""

    kernel: Tensor
    """W, (features, width): the columns of one gate after those of another."""

    recurrent_kernel: Tensor
    """U, (rows, width)."""

    gates: int
    """Number of the gates, which have as many columns each."""

    bias: Tensor | None = None
    """b, (width,)."""

    recurrent_bias: Tensor | None = None
    """b', (width,), of a step that takes the two projections apart."""

    apart: bool = False
    """Whether the step takes the two projections apart."""

    late: int = 0
    """How many of the last gates wait for a v that the step makes. In place of their sums the step
    is given functions v -> W x_t + b + U v, and calls each once. No step is both late and apart."""

    kept: Tensor | None = None
    """Recurrent dropout: what multiplies v on its way to U, (batch, rows of U)."""

    def projected(self, sequences: Tensor) -> Tensor:
        """W x + b."""
        x = ops.matmul(sequences, self.kernel)
        return x if self.bias is None else x + self.bias

    def advance(self, projected: Tensor, carry: Any) -> Any:
        kernel, *late_kernels = self.parts(self.recurrent_kernel)
        a = ops.matmul(self.multiplied(carry), kernel)
        addend, *late_addends = self.addends(projected)
        late = [
            partial(_sum, late_kernel, late_addend)
            for late_kernel, late_addend in zip(late_kernels, late_addends, strict=True)
        ]
        return self.finished(projected, a if addend is None else addend + a, carry, late)

    def addends(self, projected: Tensor) -> list[Any]:
        """What U v is added to: W x + b, of the early gates and of each late one; b' alone, which
        may be None, where the step takes the two apart."""
        return [self.recurrent_bias] if self.apart else self.parts(projected)

    def finished(
        self, projected: Tensor, a: Tensor, carry: Any, late: Sequence[Callable[[Tensor], Tensor]]
    ) -> Any:
        """A time step from its sum a = addend + U v, and the functions of the late gates."""
        gates = self._by_gate(a)
        if self.apart:
            return self.step((self._by_gate(projected), gates), carry)
        return self.step([*gates, *late], carry)

    def multiplied(self, state: Any) -> Tensor:
        """What U multiplies, thinned by recurrent dropout."""
        v = self.fed(state)
        return v if self.kept is None else v * self.kept

    def parts(self, columns: Tensor) -> list[Tensor]:
        """Columns of all gates: those of the early ones together, and of each late one."""
        if not self.late:
            return [columns]
        width = self.kernel.shape[-1] // self.gates
        cuts = [width * gate for gate in range(self.gates - self.late, self.gates)]
        return ops.split(columns, cuts, axis=-1)

    def _by_gate(self, projection: Tensor) -> list[Tensor]:
        width = self.kernel.shape[-1] // self.gates
        return ops.split(projection, projection.shape[-1] // width, axis=-1)


def _sum(kernel: Tensor, addend: Tensor, v: Tensor) -> Tensor:
    return addend + ops.matmul(v, kernel)


class Form(Protocol):
    """A way to run a cell over time."""

    def __call__(
        self,
        cell: Cell,
        sequences: Tensor,
        carry: Any,
        mask: Tensor | None,
        collect: bool = True,
    ) -> tuple[Any, Any]:
        """Repeats the cell.

        Args:
            sequences: (time, batch, ...).
            carry: what the first step begins from, a nest of (batch, ...) tensors.
            mask: (time, batch), true at the steps that are no padding.
            collect: whether the outputs of all steps are wanted.

        Returns:
            The final carry, and the outputs, (time, batch, ...), which may be None where they are
            not wanted.
        """
        ...
