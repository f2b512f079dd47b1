"""EfficientNet-lite0 without its last two layers: an image to the features of a grid of positions.

    stem       3 x 3 convolution, stride 2
    blocks     expand 1 x 1, depthwise k x k, project 1 x 1; residual where the shape stays
    head       1 x 1 convolution to 1,280 features

Every convolution but a block's last is followed by min(max(x, 0), 6). Batch normalisation, whose
statistics are fixed here, is part of the convolutions.

Source: M. Tan, Q. V. Le, EfficientNet, ICML 2019; the lite variant has neither squeeze-and-
excitation nor swish.
"""

from collections.abc import Mapping

import keras
import numpy as np
from keras import layers

STAGES = (
    # blocks, kernel, stride of the first, expansion, features
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
STEM, HEAD = 32, 1280
MEAN, DEVIATION = 127.0, 128.0
EPSILON = 1e-3
"""Of batch normalisation."""


def efficientnet_lite0(side: int) -> keras.Model:
    """Images (batch, side, side, 3) from 0 to 255 to features (batch, side / 32, side / 32, 1280).

    `load_published` sets its weights.
    """
    images = keras.Input((side, side, 3), name="images")
    x = layers.Rescaling(1 / DEVIATION, -MEAN / DEVIATION)(images)
    x = _convolution(x, STEM, 3, 2, "stem")
    number = 0
    for blocks, kernel, first_stride, expansion, features in STAGES:
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            x = _block(x, kernel, stride, expansion, features, f"block{number}")
            number += 1
    x = _convolution(x, HEAD, 1, 1, "head")
    return keras.Model(images, x, name="efficientnet_lite0")


def _block(
    x: keras.KerasTensor, kernel: int, stride: int, expansion: int, features: int, name: str
) -> keras.KerasTensor:
    inputs = x
    if expansion > 1:
        x = _convolution(x, expansion * x.shape[-1], 1, 1, name + "_expand")
    x = layers.DepthwiseConv2D(
        kernel, stride, padding="same", activation="relu6", name=name + "_depthwise"
    )(x)
    x = _convolution(x, features, 1, 1, name + "_project", activation=None)
    return inputs + x if x.shape == inputs.shape else x


def _convolution(
    x: keras.KerasTensor,
    features: int,
    kernel: int,
    stride: int,
    name: str,
    activation: str | None = "relu6",
) -> keras.KerasTensor:
    return layers.Conv2D(
        features, kernel, stride, padding="same", activation=activation, name=name
    )(x)


def load_published(network: keras.Model, weights: Mapping[str, np.ndarray]) -> None:
    """Sets the published weights, given by the names of PyTorch's state dictionary.

    y = γ (W x - μ) / sqrt(σ² + ε) + β = (γ / sqrt(σ² + ε)) W x + β - γ μ / sqrt(σ² + ε)
    """
    for name, (convolution, norm) in _names().items():
        layer = network.get_layer(name)
        gain, shift, mean, variance = (
            weights[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gain / np.sqrt(variance + EPSILON)
        kernel = weights[f"{convolution}.weight"] * scale[:, None, None, None]
        # (out, in, height, width); a depthwise one has an input each.
        axes = (2, 3, 0, 1) if isinstance(layer, layers.DepthwiseConv2D) else (2, 3, 1, 0)
        layer.set_weights([kernel.transpose(axes), shift - mean * scale])


def _names() -> dict[str, tuple[str, str]]:
    """Layer name of a convolution → the published names of it and of its normalisation."""
    names = {"stem": ("_conv_stem", "_bn0"), "head": ("_conv_head", "_bn1")}
    expansions = [stage[3] for stage in STAGES for _ in range(stage[0])]
    for number, expansion in enumerate(expansions):
        for part, norm in (("expand", "_bn0"), ("depthwise", "_bn1"), ("project", "_bn2")):
            if part != "expand" or expansion > 1:
                theirs = f"_blocks.{number}."
                names[f"block{number}_{part}"] = (f"{theirs}_{part}_conv", theirs + norm)
    return names
