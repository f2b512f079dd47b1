"""Words of the test split, drawn by a seed, as they were written and as they are read."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from zoo.recipes.data import unipen
from zoo.recipes.handwriting import ink, processing
from zoo.recipes.recipe import Trained

SEED, ROWS, COLUMNS = 1, 2, 4


def draw(trained: Trained, metrics: Mapping[str, float], folder: Path) -> None:
    """Each word with what it says and what is read, letter by letter and with the spelling."""
    words = unipen.words("test")
    chosen = np.random.default_rng(SEED).choice(len(words), ROWS * COLUMNS, replace=False)
    said = processing.said(trained, [ink.steps(words[i].strokes) for i in chosen])
    ways = [
        processing.decoder(trained, 1, 0.0),
        processing.decoder(trained, processing.WIDTH, processing.WEIGHT),
    ]
    _, panels = plt.subplots(ROWS, COLUMNS, figsize=(10, 1.7 * ROWS))
    for panel, number, chances in zip(panels.ravel(), chosen, said, strict=True):
        for stroke in words[number].strokes:
            panel.plot(*stroke.T, color="0.2", linewidth=1)
        letters, spelled = (way(chances) for way in ways)
        panel.set_title(f"{words[number].label}: {letters}, {spelled}", fontsize=9)
        panel.set_aspect("equal")
        panel.axis("off")
    plt.savefig(folder / "handwriting.png")
