"""Elman's figure of 1990, by the trained network."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from zoo.recipes.elman_xor import processing, xor
from zoo.recipes.recipe import Trained

BITS = 36


def draw(trained: Trained, metrics: Mapping[str, float], folder: Path) -> None:
    """Elman's figure: the error falls at every third bit, the one that can be predicted."""
    streams = xor.split("test")[:, : BITS + 1]
    probabilities = trained.run({"bits": processing.inputs(streams[:, :-1])})["next_bit"]
    error = np.sqrt(np.mean((probabilities[..., 0] - streams[:, 1:]) ** 2, axis=0))
    position = np.arange(2, BITS + 2)
    third = position % 3 == 0
    _, axes = plt.subplots()
    axes.plot(position, error, color="0.6", linewidth=1, zorder=1)
    axes.scatter(position[~third], error[~third], color="0.4", label="random bit", zorder=2)
    axes.scatter(position[third], error[third], color="tab:red", label="XOR of the two before it")
    axes.set(xlabel="bit of the stream", ylabel="RMS error", ylim=(0, 0.6), xticks=position[1::3])
    axes.set_title("An Elman network predicts the next bit", loc="left")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    plt.savefig(folder / "elman-xor.png")
