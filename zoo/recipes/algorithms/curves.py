"""The learning curves of the three networks on every task that has a shipped model."""

import csv
from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from zoo.recipes.algorithms.machines import Options, batches_in
from zoo.training.logs import LOG

LINES = {
    "ntm_lstm": ("LSTM controller", "-"),
    "ntm_feedforward": ("feedforward controller", "--"),
    "lstm": ("LSTM without a memory", ":"),
}


def draw(models: Mapping[str, tuple[Path, Options]], file: Path) -> None:
    """One panel a model: the training loss against the number of sequences trained on.

    Args:
        models: name → its directory, and the options of its training.
        file: where the figure is written.
    """
    _, panels = plt.subplots(
        1, len(models), figsize=(3 * len(models), 2.6), squeeze=False, layout="constrained"
    )
    for panel, (name, (directory, options)) in zip(panels[0], models.items(), strict=True):
        with (directory / LOG).open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        sequences = np.cumsum([np.prod(batches_in(options, k)) for k in range(len(rows))]) / 1000
        for network, (label, style) in LINES.items():
            losses = [float(row[f"{network}_loss"]) for row in rows]
            panel.plot(sequences, losses, style, label=label)
        panel.set(yscale="log", xlabel="thousands of sequences")
        panel.set_title(name, loc="left", fontsize=9)
    panels[0][0].set_ylabel("nats a bit")
    panels[0][-1].legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=8)
    plt.savefig(file)
