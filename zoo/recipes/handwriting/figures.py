"""Random words of the test split, and what is recognized in them."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from zoo.recipes.data import unipen
from zoo.recipes.handwriting import ink, processing
from zoo.recipes.recipe import Trained

SEED, ROWS, COLUMNS = 1, 2, 4


def draw(trained: Trained, metrics: Mapping[str, float], folder: Path) -> None:
    """Each word with its text and the recognized ones, without and with the language model."""
    words = unipen.words("test")
    chosen = np.random.default_rng(SEED).choice(len(words), ROWS * COLUMNS, replace=False)
    log_probs = processing.log_probs(trained, [ink.steps(words[i].strokes) for i in chosen])
    decoders = [
        processing.decoder(trained, 1, 0.0),
        processing.decoder(trained, processing.WIDTH, processing.WEIGHT),
    ]
    _, panels = plt.subplots(ROWS, COLUMNS, figsize=(10, 1.7 * ROWS))
    for panel, number, word_log_probs in zip(panels.ravel(), chosen, log_probs, strict=True):
        for stroke in words[number].strokes:
            panel.plot(*stroke.T, color="0.2", linewidth=1)
        letters, spelled = (decode(word_log_probs) for decode in decoders)
        panel.set_title(f"{words[number].label}: {letters}, {spelled}", fontsize=9)
        panel.set_aspect("equal")
        panel.axis("off")
    plt.savefig(folder / "handwriting.png")
