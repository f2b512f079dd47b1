"""Photographs of the test split with their captions, and the attention of the network."""

import json
import textwrap
from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from zoo.recipes.captioner import processing
from zoo.recipes.data import flickr8k
from zoo.recipes.recipe import Trained

SEED, SHOWN, SMALL = 1, 10, 96


def draw(trained: Trained, metrics: Mapping[str, float], folder: Path) -> None:
    """Ten random photographs with captions, and one with the attention of each word."""
    side = trained.options.side
    files = [file for file, _ in flickr8k.photographs("test")]
    chosen = np.random.default_rng(SEED).choice(len(files), SHOWN, replace=False)
    images = [processing.pixels(files[i], side) for i in chosen]
    outputs = trained.run(processing.inputs(images))
    words = json.loads(trained.asset(processing.WORDS))
    captions = [processing.spelled(symbols, words) for symbols in outputs["symbols"][:, 0].tolist()]
    _, axes = plt.subplots(2, SHOWN // 2, figsize=(13, 6))
    for panel, image, caption in zip(axes.flat, images, captions, strict=True):
        _bare(panel, image)
        panel.set_xlabel(textwrap.fill(processing.sentence(caption), 26), fontsize=9)
    plt.savefig(folder / "captions.png", dpi=80)
    _attention(images[0], captions[0], outputs["attention"][0, 0], folder)


def _attention(image: np.ndarray, words: list[str], weights: np.ndarray, folder: Path) -> None:
    """The photograph for each word, brighter where the attention is larger."""
    _, axes = plt.subplots(1, len(words), figsize=(1.3 * len(words), 1.8))
    for panel, word, attention in zip(np.atleast_1d(axes), words, weights, strict=False):
        grid = np.sqrt(len(attention)).astype(int)
        small = Image.fromarray((attention / attention.max()).reshape(grid, grid).astype("float32"))
        bright = np.asarray(small.resize(image.shape[:2], Image.Resampling.BICUBIC))
        dimmed = image * (0.2 + 0.8 * np.clip(bright, 0, 1))[:, :, None]
        _bare(panel, dimmed.astype("uint8"))
        panel.set_title(word, fontsize=9)
    plt.savefig(folder / "captions-attention.png", dpi=80)


def _bare(panel: plt.Axes, image: np.ndarray) -> None:
    panel.imshow(Image.fromarray(image).resize((SMALL, SMALL)))
    panel.set(xticks=[], yticks=[])
    panel.grid(visible=False)
