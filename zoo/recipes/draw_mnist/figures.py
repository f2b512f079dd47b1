"""Digits that the network makes up, and how one of them comes about."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from zoo.recipes.draw_mnist import processing
from zoo.recipes.recipe import Trained

SEED, SHOWN, STAGES = 1, 5, 8


def draw(trained: Trained, metrics: Mapping[str, float], folder: Path) -> None:
    """A row a digit: the canvas after some of the strokes, and the window of each of those."""
    found = trained.run(processing.made_up(trained, SHOWN, SEED))
    last = found["canvases"].shape[1] - 1
    strokes = np.linspace(0, last, STAGES).round().astype(int)
    _, axes = plt.subplots(SHOWN, STAGES, figsize=(STAGES, SHOWN), squeeze=False)
    for digit, row in enumerate(axes):
        for stroke, panel in zip(strokes, row, strict=True):
            panel.imshow(found["canvases"][digit, stroke], cmap="gray_r", vmin=0, vmax=1)
            panel.set(xticks=[], yticks=[])
            panel.grid(visible=False)
            if trained.options.write and stroke < last:
                panel.add_patch(_window(found["windows"][digit, stroke], trained.options.write))
    for stroke, panel in zip(strokes, axes[0], strict=True):
        panel.set_title(f"{stroke + 1}", fontsize=9)
    plt.savefig(folder / "draw-mnist.png")


def _window(numbers: np.ndarray, size: int) -> Rectangle:
    """The square that the filters of a window span; the first point of an image is 1."""
    x, y, stride = numbers[:3]
    span = stride * size
    corner = (x - 1 - span / 2, y - 1 - span / 2)
    return Rectangle(corner, span, span, fill=False, edgecolor="#b5521b", linewidth=1)
