"""Where the heads of a memory look: the four steps of Graves et al. (2014), section 3.3.

A memory M is held as its transpose, (batch, columns, rows): rows are many, and a processor computes
numbers that lie side by side at once. A weighting w says for each head how much it looks at each
row: (batch, heads, rows), not negative, its sum over the rows 1.

    content        w^c_t(i) = exp(β_t K[k_t, M(i)]) / Σ_j exp(β_t K[k_t, M(j)])
    interpolation  w^g_t    = g_t w^c_t + (1 - g_t) w_{t-1}
    shift          w̃_t(i)   = Σ_j w^g_t(j) s_t(i - j)                 indices modulo the rows
    sharpening     w_t(i)   = w̃_t(i)^γ_t / Σ_j w̃_t(j)^γ_t

K[u, v] = u·v / (|u| |v|) is the cosine similarity, |u| taken as √(u·u + 10⁻⁶).

Source: A. Graves, G. Wayne, I. Danihelka, Neural Turing machines, arXiv 1410.5401, eq. 5 to 9; what
is added to the norms: as in the code of A. Graves et al., Hybrid computing using a neural network
with dynamic external memory, Nature 538, 2016.
"""

import keras
from keras import ops

from zoo.layers.base.cell import Tensor

ADDED = 1e-6
"""Added to the square of a norm: without it the gradient of a row near zero has no bound."""


def content(memory: Tensor, key: Tensor, strength: Tensor) -> Tensor:
    """w^c, by how alike each row is to the key (eq. 5 and 6).

    Args:
        memory: M, (batch, columns, rows).
        key: k, (batch, heads, columns).
        strength: β, (batch, heads, 1), not negative.

    Returns:
        (batch, heads, rows).
    """
    return ops.softmax(strength * cosine_similarity(key, memory), axis=-1)


def cosine_similarity(key: Tensor, memory: Tensor) -> Tensor:
    """K[k, M(i)] of every head and row, (batch, heads, rows); 0 where either is the zero vector."""
    product = ops.matmul(key, memory)
    key_square = ops.sum(ops.square(key), axis=-1, keepdims=True) + ADDED
    memory_square = ops.sum(ops.square(memory), axis=1)[:, None] + ADDED
    return product * ops.rsqrt(key_square) * ops.rsqrt(memory_square)


def interpolate(by_content: Tensor, before: Tensor, gate: Tensor) -> Tensor:
    """w^g, between what content says and where the head was (eq. 7).

    Args:
        by_content: w^c, (batch, heads, rows).
        before: w_{t-1}, (batch, heads, rows).
        gate: g, (batch, heads, 1), from 0 to 1.
    """
    return before + gate * (by_content - before)


def shift(weighting: Tensor, by: Tensor) -> Tensor:
    """w̃, moved along the rows, from the last one to the first too (eq. 8).

    Args:
        weighting: w^g, (batch, heads, rows).
        by: s, (batch, heads, 2 reach + 1): how much of it moves by -reach, ..., reach rows.
    """
    rows, shifts = weighting.shape[-1], by.shape[-1]
    reach = shifts // 2
    around = ops.concatenate(
        [weighting[..., rows - reach :], weighting, weighting[..., :reach]], axis=-1
    )
    moved = [
        by[..., k : k + 1] * around[..., 2 * reach - k : 2 * reach - k + rows]
        for k in range(shifts)
    ]
    return sum(moved[1:], moved[0])


def sharpen(weighting: Tensor, exponent: Tensor) -> Tensor:
    """w, drawn together on its largest rows (eq. 9).

    The powers are taken as exp(γ log w̃), so that many small ones do not vanish together.

    Args:
        weighting: w̃, (batch, heads, rows).
        exponent: γ, (batch, heads, 1), 1 or more.
    """
    half = keras.backend.standardize_dtype(weighting.dtype) == "float16"
    logarithm = ops.log(ops.maximum(weighting, 1e-7 if half else 1e-30))
    return ops.softmax(exponent * logarithm, axis=-1)
