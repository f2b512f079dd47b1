"""How the heads of a memory are addressed: the four steps of Graves et al. (2014), section 3.3.

A memory M is stored transposed, (batch, word size, memory size), so that the long axis is
contiguous. The weights w say for each head how much it attends to each row: (batch, heads, memory
size), at least 0, summing to 1 over the rows.

    content        w^c_t(i) = exp(β_t K[k_t, M(i)]) / Σ_j exp(β_t K[k_t, M(j)])
    interpolation  w^g_t    = g_t w^c_t + (1 - g_t) w_{t-1}
    shift          w̃_t(i)   = Σ_j w^g_t(j) s_t(i - j)                 indices modulo the rows
    sharpening     w_t(i)   = w̃_t(i)^γ_t / Σ_j w̃_t(j)^γ_t

K[u, v] = u·v / (|u| |v|) is the cosine similarity, |u| taken as √(u·u + 10⁻⁶).

Source: A. Graves, G. Wayne, I. Danihelka, Neural Turing machines, arXiv 1410.5401, eq. 5 to 9; the
constant added to the norms is that of the code of A. Graves et al., Hybrid computing using a neural
network with dynamic external memory, Nature 538, 2016.
"""

import keras
from keras import ops

from zoo.layers.base.cell import Tensor

ADDED = 1e-6
"""Added to the square of a norm: without it the gradient of a row near zero has no bound."""


def content(memory: Tensor, key: Tensor, strength: Tensor) -> Tensor:
    """w^c, by the similarity of each row to the key (eq. 5 and 6).

    Args:
        memory: M, (batch, word size, memory size).
        key: k, (batch, heads, word size).
        strength: β, (batch, heads, 1), not negative.

    Returns:
        (batch, heads, memory size).
    """
    return ops.softmax(strength * cosine_similarity(key, memory), axis=-1)


def cosine_similarity(key: Tensor, memory: Tensor) -> Tensor:
    """K[k, M(i)] of every head and row, (batch, heads, memory size); 0 where either is the zero
    vector."""
    product = ops.matmul(key, memory)
    key_square = ops.sum(ops.square(key), axis=-1, keepdims=True) + ADDED
    memory_square = ops.sum(ops.square(memory), axis=1)[:, None] + ADDED
    return product * ops.rsqrt(key_square) * ops.rsqrt(memory_square)


def interpolate(by_content: Tensor, before: Tensor, gate: Tensor) -> Tensor:
    """w^g, between the content weights and the weights of the step before (eq. 7).

    Args:
        by_content: w^c, (batch, heads, memory size).
        before: w_{t-1}, (batch, heads, memory size).
        gate: g, (batch, heads, 1), from 0 to 1.
    """
    return before + gate * (by_content - before)


def shift(weights: Tensor, by: Tensor) -> Tensor:
    """w̃, shifted along the rows, with the last row next to the first (eq. 8).

    Args:
        weighting: w^g, (batch, heads, memory size).
        by: s, (batch, heads, 2 reach + 1): the shares that shift by -reach, ..., reach rows.
    """
    rows, shifts = weights.shape[-1], by.shape[-1]
    reach = shifts // 2
    around = ops.concatenate([weights[..., rows - reach :], weights, weights[..., :reach]], axis=-1)
    shifted = [
        by[..., k : k + 1] * around[..., 2 * reach - k : 2 * reach - k + rows]
        for k in range(shifts)
    ]
    return sum(shifted[1:], shifted[0])


def sharpen(weights: Tensor, exponent: Tensor) -> Tensor:
    """w, concentrated on its largest rows (eq. 9).

    The powers are computed as exp(γ log w̃), so that many small ones do not underflow together.

    Args:
        weighting: w̃, (batch, heads, memory size).
        exponent: γ, (batch, heads, 1), 1 or more.
    """
    half = keras.backend.standardize_dtype(weights.dtype) == "float16"
    logarithm = ops.log(ops.maximum(weights, 1e-7 if half else 1e-30))
    return ops.softmax(exponent * logarithm, axis=-1)
