"""Patterns that a Hopfield network restores, and its capacity."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from zoo.recipes.hopfield_recall import glyphs, processing
from zoo.recipes.hopfield_recall.recipe import LOADS, UNITS
from zoo.recipes.recipe import Trained


def draw(trained: Trained, metrics: Mapping[str, float], folder: Path) -> None:
    """Digits restored, and the share of random patterns restored by load, as the card has it."""
    _digits(trained, folder)
    _capacity(metrics, folder)


def _capacity(metrics: Mapping[str, float], folder: Path) -> None:
    """Share of stored patterns restored, against how many are stored, as the card has it."""
    _, axes = plt.subplots()
    for mode, style in {"asynchronous": "o-", "synchronous": "s--"}.items():
        shares = [metrics[f"load_{load:.2f}_{mode}"] for load in LOADS]
        axes.plot(LOADS, shares, style, markersize=4, label=mode)
    axes.axvline(0.138, color="0.4", linestyle=":", label="0.138")
    axes.set(xlabel="patterns stored per unit", ylabel="share restored")
    axes.set_title(f"A Hopfield network of {UNITS} units forgets all at once", loc="left")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    plt.savefig(folder / "hopfield-capacity.png")


def _digits(trained: Trained, folder: Path) -> None:
    """Digits as they were stored, corrupted, and restored."""
    stored = glyphs.patterns()
    corrupted = processing.corrupted(stored, trained.options.flips, np.random.default_rng(3))
    recalled = trained.run({"patterns": corrupted})["asynchronous"]
    rows = {"stored": stored, "corrupted": corrupted, "restored": recalled}
    figure, grid = plt.subplots(len(rows), len(stored), figsize=(6, 3.6))
    for axes_row, (name, patterns) in zip(grid, rows.items(), strict=True):
        for axes, pattern in zip(axes_row, patterns, strict=True):
            axes.imshow(pattern.reshape(glyphs.HEIGHT, glyphs.WIDTH), cmap="gray_r")
            axes.set(xticks=[], yticks=[])
        axes_row[0].set_ylabel(name)
    figure.savefig(folder / "hopfield-recall.png")
