"""The loop of a gated cell on JAX, where the gradient of U is made once and not at every step.

With a_t = addend_t + U v_t, L the loss and δ_t = ∂L/∂a_t,

    ∂L/∂U = Σ_t δ_t v_tᵀ

JAX left alone multiplies out and adds up that sum step by step, and processes that share a batch
send each other the gradient of U at every step. Here the scan holds U constant. The gradient of its
addends is the δ_t, it hands out the v_t, and one matmul makes the sum: one for the early gates, and
one for each late gate, whose v_t the step makes.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from zoo.layers.base.cell import GatedCell, Tensor
from zoo.layers.base.state import select

ROUND_ON_GPU = 8
"""Steps of a round of the loop on a GPU, where beginning a round takes longer than a small step.

On a CPU rounds of several steps are slower.
"""


def run(
    cell: GatedCell, sequences: Tensor, carry: Any, mask: Tensor | None, collect: bool = True
) -> tuple[Any, Tensor | None]:
    """A `Form` for gated cells."""
    kernels = cell.parts(cell.recurrent_kernel)
    projected = cell.projected(sequences)
    # As many as there are steps and rows, so that each has its δ.
    addends = [
        jnp.broadcast_to(
            jnp.zeros((), u.dtype) if addend is None else addend,
            (*projected.shape[:2], u.shape[1]),
        )
        for u, addend in zip(kernels, cell.addends(projected), strict=True)
    ]

    def scanned(
        kernels: list[Tensor], addends: list[Tensor], projected: Tensor, carry: Any, mask: Any
    ) -> Any:
        def advance(before: Any, inputs: Any) -> tuple[Any, Any]:
            addends, projected, mask = inputs
            multiplied = [cell.multiplied(before)] + [None] * cell.late

            def total(k: int, v: Tensor) -> Tensor:
                multiplied[k] = v
                return addends[k] + v @ kernels[k]

            late = [partial(total, k) for k in range(1, len(kernels))]
            after = cell.finished(projected, total(0, multiplied[0]), before, late)
            if mask is not None:
                after = select(mask, after, before)
            return after, (after[0] if collect else None, multiplied)

        inputs = addends, projected if cell.apart else None, mask
        final, (outputs, multiplied) = jax.lax.scan(
            advance, carry, inputs, unroll=steps_of_a_round()
        )
        return (final, outputs), multiplied

    given = addends, projected, carry, mask
    # What the step refers to besides, such as peephole weights, has gradients too.
    scanned, others = jax.closure_convert(scanned, kernels, *given)
    return _with_gradient_of_u(scanned, kernels, *given, *others)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _with_gradient_of_u(scanned: Any, kernels: list[Tensor], *given: Any) -> Any:
    return scanned(kernels, *given)[0]


def _forward(scanned: Any, kernels: list[Tensor], *given: Any) -> Any:
    found, back, multiplied = jax.vjp(partial(scanned, kernels), *given, has_aux=True)
    return found, (back, multiplied)


def _backward(_scanned: Any, kept: Any, cotangents: Any) -> Any:
    back, multiplied = kept
    deltas, *others = back(cotangents)
    of_kernels = [
        jnp.einsum("tbi,tbj->ij", v, delta) for v, delta in zip(multiplied, deltas, strict=True)
    ]
    return of_kernels, deltas, *others


_with_gradient_of_u.defvjp(_forward, _backward)


def steps_of_a_round() -> int:
    """How many steps the body of a loop has, where this computes."""
    device = jax.config.jax_default_device  # type: ignore[attr-defined]
    platform = jax.default_backend() if device is None else device.platform
    return ROUND_ON_GPU if platform == "gpu" else 1
