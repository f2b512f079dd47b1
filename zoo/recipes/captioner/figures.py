"""Photographs of the test split with what is said of them, and where the network looked."""

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
    """Ten photographs that a seed picks, and one of them word by word."""
    side = trained.options.side
    files = [file for file, _ in flickr8k.photographs("test")]
    picked = np.random.default_rng(SEED).choice(len(files), SHOWN, replace=False)
    read = [processing.points(files[i], side) for i in picked]
    found = trained.run(processing.inputs(read))
    words = json.loads(trained.asset(processing.WORDS))
    said = [processing.spelled(symbols, words) for symbols in found["symbols"][:, 0].tolist()]
    _, axes = plt.subplots(2, SHOWN // 2, figsize=(13, 6))
    for panel, image, each in zip(axes.flat, read, said, strict=True):
        _bare(panel, image)
        panel.set_xlabel(textwrap.fill(processing.sentence(each), 26), fontsize=9)
    plt.savefig(folder / "captions.png", dpi=80)
    _looks(read[0], said[0], found["attention"][0, 0], folder)


def _looks(image: np.ndarray, said: list[str], weights: np.ndarray, folder: Path) -> None:
    """The photograph for each word, bright where the network looked."""
    _, axes = plt.subplots(1, len(said), figsize=(1.3 * len(said), 1.8))
    for panel, word, looked in zip(np.atleast_1d(axes), said, weights, strict=False):
        grid = np.sqrt(len(looked)).astype(int)
        share = Image.fromarray((looked / looked.max()).reshape(grid, grid).astype("float32"))
        bright = np.asarray(share.resize(image.shape[:2], Image.Resampling.BICUBIC))
        dimmed = image * (0.2 + 0.8 * np.clip(bright, 0, 1))[:, :, None]
        _bare(panel, dimmed.astype("uint8"))
        panel.set_title(word, fontsize=9)
    plt.savefig(folder / "captions-attention.png", dpi=80)


def _bare(panel: plt.Axes, image: np.ndarray) -> None:
    panel.imshow(Image.fromarray(image).resize((SMALL, SMALL)))
    panel.set(xticks=[], yticks=[])
    panel.grid(visible=False)
