"""The cell states of the peephole networks."""

from collections.abc import Mapping
from pathlib import Path

import keras
import matplotlib.pyplot as plt

from zoo.layers import PeepholeLSTM
from zoo.recipes.peephole_counting import counting
from zoo.recipes.recipe import Trained

N = 25


def draw(trained: Trained, metrics: Mapping[str, float], folder: Path) -> None:
    """The cell states of the peephole networks while they read one string."""
    figure, columns = plt.subplots(1, 2, figsize=(8, 2.8))
    for axes, (language, letters) in zip(columns, counting.LETTERS.items(), strict=True):
        layer = trained.model.get_layer(f"PeepholeLSTM_{language}_states")
        with_state = PeepholeLSTM.from_config(layer.get_config() | {"return_state": True})
        symbols, _ = counting.strings(language, [N])
        inputs = keras.ops.one_hot(symbols, 4)
        with_state.build(inputs.shape)
        with_state.set_weights(layer.get_weights())
        cells = [with_state(inputs[:, :t])[2][0].numpy() for t in range(1, inputs.shape[1] + 1)]
        axes.plot(cells)
        for k, letter in enumerate("abc"[: len(letters)]):
            axes.axvspan(1 + k * N, 1 + (k + 1) * N, color="0.5", alpha=0.08 + 0.06 * (k % 2))
            axes.annotate(
                letter,
                (1 + (k + 0.5) * N, 0),
                (0, 4),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
            )
        axes.set(xlabel="symbol read", ylabel="cell states")
        axes.set_title(language, loc="left")
    figure.tight_layout()
    figure.savefig(folder / "peephole-counting.png")
