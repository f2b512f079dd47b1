"""The glimpses of the network."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from zoo.recipes.data import mnist
from zoo.recipes.glimpse_mnist import scenes
from zoo.recipes.recipe import Trained


def draw(trained: Trained, metrics: Mapping[str, float], folder: Path) -> None:
    """The locations of the glimpses at digits of the test split."""
    scene = trained.options.scene
    images, labels = scenes.digits("test", scene)
    images = images[[int(np.argmax(labels == digit)) for digit in range(8)]]
    outputs = trained.run({"images": mnist.inputs(images)})
    figure, columns = plt.subplots(1, 8, figsize=(10, 1.7))
    for axes, image, digits, locations in zip(
        columns, images, outputs["digits"], outputs["locations"], strict=True
    ):
        side, size = len(image), trained.options.size
        centres = np.round((locations + 1) / 2 * side - size / 2) + size / 2 - 0.5
        axes.imshow(image, cmap="gray_r", alpha=0.6)
        for t, (x, y) in enumerate(centres):
            colour = plt.get_cmap("viridis")(t / max(1, len(centres) - 1))
            corner = (x - size / 2, y - size / 2)
            axes.add_patch(plt.Rectangle(corner, size, size, fill=False, color=colour))
        axes.plot(*centres.T, color="tab:red", linewidth=1)
        axes.set_title(str(np.argmax(digits)))
        axes.set(xticks=[], yticks=[], xlim=(-0.5, side - 0.5), ylim=(side - 0.5, -0.5))
        axes.grid(visible=False)
    figure.savefig(folder / ("glimpses.png" if scene == "plain" else f"glimpses-{scene}.png"))
