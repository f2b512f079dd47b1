"""The attention of the translator."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from zoo.inference import vocabulary
from zoo.recipes.recipe import Trained
from zoo.recipes.translator import processing

TEXT = "Ein Mann, der einen roten Hut trägt, spielt Gitarre."


def draw(trained: Trained, metrics: Mapping[str, float], folder: Path) -> None:
    """The attention to the source's subwords, for each subword of the translation."""
    if (trained.options.source, trained.options.target) != ("de", "en"):
        return  # The sentence is German, and one figure is enough.
    source = processing.encode(trained.asset(processing.SOURCE), TEXT)[None]
    inputs: dict[str, np.ndarray] = {
        "source": source,
        "width": np.array(5, "int32"),
        "length_penalty": np.array(1, "float32"),
    }
    outputs = trained.run(inputs)
    (target,), (weights,) = outputs["symbols"][:, 0], outputs["attention"][:, 0]
    weights = weights[target != vocabulary.PADDING]
    target = target[target != vocabulary.PADDING]
    _, axes = plt.subplots(figsize=(4.5, 4.5))
    axes.imshow(weights, cmap="Blues", vmin=0, vmax=1)
    for axis, asset, indices in (
        (axes.xaxis, processing.SOURCE, source[0]),
        (axes.yaxis, processing.TARGET, target),
    ):
        pieces = processing.subwords(trained.asset(asset))
        labels = [pieces.id_to_piece(int(symbol)).lstrip("▁") for symbol in indices]
        axis.set_ticks(range(len(labels)), labels, rotation=60 if axis is axes.xaxis else 0)
    axes.grid(visible=False)
    plt.savefig(folder / "attention.png")
