"""A window of N x N Gaussian filters that reads an image and writes to it: Gregor et al. (2015).

    μ_X^i   = g_X + (i - N/2 - 1/2) δ                       i from 1 to N; μ_Y alike
    F_X[i, a] = exp(-(a - μ_X^i)² / 2σ²) / Z                a from 1 to the width; F_Y alike
    read(x)   = γ F_Y x F_Xᵀ                                (N, N)
    write(w)  = 1/γ F_Yᵀ w F_X                              (height, width)

Z makes the sum over a of each filter 1.

Source: K. Gregor, I. Danihelka, A. Graves, D. J. Rezende, D. Wierstra, DRAW: a recurrent neural
network for image generation, ICML 2015, eq. 19 to 27.
"""

from typing import NamedTuple

from keras import ops

from zoo.layers.base.cell import Tensor

NUMBERS = 5
"""Parameters of a window."""


class Window(NamedTuple):
    """A window, each part (batch,), in pixels of the image, the first of which is 1."""

    x: Tensor
    """g_X, its centre from the left."""

    y: Tensor
    """g_Y, its centre from the top."""

    stride: Tensor
    """δ, between one filter and the next."""

    variance: Tensor
    """σ², of every filter."""

    intensity: Tensor
    """γ."""


def window(parameters: Tensor, size: int, height: int, width: int) -> Window:
    """The window of the five parameters g̃_X, g̃_Y, log σ², log δ̃ and log γ (eq. 21 to 24).

        g_X = (width + 1) / 2 (g̃_X + 1)
        δ   = (max(width, height) - 1) / (N - 1) δ̃

    Args:
        parameters: (batch, 5). Zeros are a window over the whole image.
        size: N.
    """
    g_x, g_y, log_variance, log_stride, log_intensity = ops.unstack(parameters, NUMBERS, axis=-1)
    return Window(
        x=(width + 1) / 2 * (g_x + 1),
        y=(height + 1) / 2 * (g_y + 1),
        stride=(max(width, height) - 1) / max(size - 1, 1) * ops.exp(log_stride),
        variance=ops.exp(log_variance),
        intensity=ops.exp(log_intensity),
    )


def none(h: Tensor) -> Tensor:
    """The parameters where there is no window: zeros, (batch, 5)."""
    return ops.repeat(ops.zeros_like(h[:, :1]), NUMBERS, axis=1)


def filters(centre: Tensor, where: Window, size: int, length: int) -> Tensor:
    """F along one side of the image, (batch, size, length) (eq. 19, 20, 25 and 26).

    Args:
        centre: g of that side.
        size: N.
        length: pixels along that side.
    """
    i = ops.arange(1, size + 1, dtype=centre.dtype)
    a = ops.arange(1, length + 1, dtype=centre.dtype)
    mu = centre[:, None] + (i - size / 2 - 0.5) * where.stride[:, None]
    distance = ops.square(a - mu[:, :, None])
    return ops.softmax(-distance / (2 * where.variance[:, None, None]), axis=-1)


def read(images: Tensor, where: Window, size: int) -> Tensor:
    """Reads images (batch, height, width) through a window: (batch, size, size)."""
    _, height, width = images.shape
    f_y, f_x = filters(where.y, where, size, height), filters(where.x, where, size, width)
    patches = ops.matmul(ops.matmul(f_y, images), ops.transpose(f_x, (0, 2, 1)))
    return where.intensity[:, None, None] * patches


def write(patches: Tensor, where: Window, height: int, width: int) -> Tensor:
    """Writes patches (batch, N, N) through a window onto an image: (batch, height, width)."""
    size = patches.shape[1]
    f_y, f_x = filters(where.y, where, size, height), filters(where.x, where, size, width)
    image = ops.matmul(ops.matmul(ops.transpose(f_y, (0, 2, 1)), patches), f_x)
    return image / where.intensity[:, None, None]
