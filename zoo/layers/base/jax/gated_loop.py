"""The loop of a gated cell on JAX, where the gradient of U is made once and not at every step.

With a_t = addend_t + U v_t, L the loss and δ_t = ∂L/∂a_t,

    ∂L/∂U = Σ_t δ_t v_tᵀ

By default JAX computes that sum step by step, and processes that share a batch exchange the
gradient of U at every step. Here U is a constant of the scan. The gradient with respect to the
addends is δ_t, the scan returns the v_t, and one matmul computes the sum: one for the gates that
share v_t, and one for each deferred gate, whose v_t the step computes.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from zoo.layers.base.cell import GatedCell, Tensor
from zoo.layers.base.state import select

STEPS_ON_GPU = 8
"""Steps in one iteration of the loop on a GPU, where starting an iteration takes longer than a
small step. On a CPU more than one is slower."""


def run(
    cell: GatedCell, sequences: Tensor, carry: Any, mask: Tensor | None, collect: bool = True
) -> tuple[Any, Tensor | None]:
    """A `Loop` for gated cells."""
    kernels = cell.split_columns(cell.recurrent_kernel)
    projected = cell.projected(sequences)
    # Broadcast to all steps and rows, so that each has its own δ.
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
            vs = [cell.recurrent_input(before)] + [None] * cell.deferred_gates

            def total(k: int, v: Tensor) -> Tensor:
                vs[k] = cell.drop(v)
                return addends[k] + vs[k] @ kernels[k]

            deferred = [partial(total, k) for k in range(1, len(kernels))]
            after = cell.complete(projected, total(0, vs[0]), before, deferred)
            if mask is not None:
                after = select(mask, after, before)
            return after, (after[0] if collect else None, vs)

        inputs = addends, projected if cell.separate_projections else None, mask
        final, (outputs, vs) = jax.lax.scan(advance, carry, inputs, unroll=steps_per_iteration())
        return (final, outputs), vs

    arguments = addends, projected, carry, mask
    # Other tensors that the step uses, such as peephole weights, have gradients too.
    scanned, others = jax.closure_convert(scanned, kernels, *arguments)
    return _with_gradient_of_u(scanned, kernels, *arguments, *others)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _with_gradient_of_u(scanned: Any, kernels: list[Tensor], *arguments: Any) -> Any:
    return scanned(kernels, *arguments)[0]


def _forward(scanned: Any, kernels: list[Tensor], *arguments: Any) -> Any:
    results, pull_back, vs = jax.vjp(partial(scanned, kernels), *arguments, has_aux=True)
    return results, (pull_back, vs)


def _backward(_scanned: Any, residuals: Any, cotangents: Any) -> Any:
    pull_back, vs = residuals
    deltas, *others = pull_back(cotangents)
    of_kernels = [jnp.einsum("tbi,tbj->ij", v, delta) for v, delta in zip(vs, deltas, strict=True)]
    return of_kernels, deltas, *others


_with_gradient_of_u.defvjp(_forward, _backward)


def steps_per_iteration() -> int:
    """Steps in one iteration of the loop on the device in use."""
    device = jax.config.jax_default_device  # type: ignore[attr-defined]
    platform = jax.default_backend() if device is None else device.platform
    return STEPS_ON_GPU if platform == "gpu" else 1
