"""What a recurrent layer repeats at every time step, and what repeats it."""

from collections.abc import Callable
from dataclasses import dataclass
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

    def projected(self, sequences: Tensor) -> Tensor:
        """What can be computed of all time steps at once, (time, batch, ...)."""
        return sequences

    def advance(self, projected: Tensor, carry: Any) -> Any:
        """One time step, from its part of `projected`."""
        return self.step(projected, carry)


@dataclass(frozen=True, kw_only=True)
class GatedCell(Cell):
    """state_t = step(W x_t + b, U v_{t-1} + b', state_{t-1}), where v is made of the state."""

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
    """b', (width,), of a step that takes the two projections apart."""

    apart: bool = False
    """Whether the step takes the two projections apart."""

    kept: Tensor | None = None
    """Recurrent dropout: what multiplies v on its way to U, (batch, rows of U)."""

    def projected(self, sequences: Tensor) -> Tensor:
        """W x + b."""
        x = ops.matmul(sequences, self.kernel)
        return x if self.bias is None else x + self.bias

    def advance(self, projected: Tensor, carry: Any) -> Any:
        a = ops.matmul(self.multiplied(carry), self.recurrent_kernel)
        addend = self.addend(projected)
        return self.finished(projected, a if addend is None else addend + a, carry)

    def addend(self, projected: Tensor) -> Tensor | None:
        """What U v is added to: W x + b, or b' alone where the step takes the two apart."""
        return self.recurrent_bias if self.apart else projected

    def finished(self, projected: Tensor, a: Tensor, carry: Any) -> Any:
        """A time step from its sum a = addend + U v."""
        gates = self._by_gate(a)
        return self.step((self._by_gate(projected), gates) if self.apart else gates, carry)

    def multiplied(self, state: Any) -> Tensor:
        """What U multiplies, thinned by recurrent dropout."""
        v = self.fed(state)
        return v if self.kept is None else v * self.kept

    def _by_gate(self, projection: Tensor) -> list[Tensor]:
        width = self.kernel.shape[-1] // self.gates
        return ops.split(projection, projection.shape[-1] // width, axis=-1)


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
