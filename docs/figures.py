"""Draws the figures of README from the shipped models: `make figures`."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import zoo
from recipes.data import xor

FOLDER = Path(__file__).parent
STYLE = {
    "figure.dpi": 150,
    "figure.figsize": (8, 3),
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.alpha": 0.3,
    "savefig.bbox": "tight",
}


def elman_xor(bits: int = 36) -> None:
    """Elman's figure: the error falls at every third bit, the one that can be known."""
    streams = xor.split("test")[:, : bits + 1]
    chance = zoo.load("elman-xor").predict(streams[:, :-1, None].astype("float32"), verbose=0)
    error = np.sqrt(np.mean((chance[..., 0] - streams[:, 1:]) ** 2, axis=0))
    position = np.arange(2, bits + 2)
    third = position % 3 == 0
    _, axes = plt.subplots()
    axes.plot(position, error, color="0.6", linewidth=1, zorder=1)
    axes.scatter(position[~third], error[~third], color="0.4", label="random bit", zorder=2)
    axes.scatter(position[third], error[third], color="tab:red", label="XOR of the two before it")
    axes.set(xlabel="bit of the stream", ylabel="RMS error", ylim=(0, 0.6), xticks=position[1::3])
    axes.set_title("An Elman network predicts the next bit", loc="left")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    plt.savefig(FOLDER / "elman-xor.png")


if __name__ == "__main__":
    with plt.style.context(STYLE):
        elman_xor()
