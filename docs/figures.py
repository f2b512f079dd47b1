"""Draws the figures of README from the shipped models: `make figures`."""

from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

import zoo
from recipes.data import xor
from zoo import diagnostics
from zoo.layers import LSTM, Elman, Hopfield

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


def gradient_flow(steps: int = 200, units: int = 64) -> None:
    """How far back the gradient of a loss on the last step reaches, before any training."""
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(16, steps, 4)).astype("float32") / 10
    y = np.random.default_rng(1).normal(size=(16, units)).astype("float32")

    def recurrent(radius: float) -> keras.initializers.Initializer:
        return keras.initializers.Orthogonal(gain=radius)

    layers = {
        f"Elman, spectral radius {radius}": Elman(units, recurrent_initializer=recurrent(radius))
        for radius in (0.9, 1.0, 1.5)
    }
    layers["LSTM, forget gate's bias 5"] = LSTM(units)
    norms = {}
    for name, layer in layers.items():
        model = keras.Sequential([keras.Input((steps, 4)), layer])
        if isinstance(layer, LSTM):
            bias = np.array(layer.bias)
            bias[units : 2 * units] = 5
            layer.bias.assign(bias)
        model.compile(loss="mse")
        [norms[name]] = diagnostics.gradient_flow(model, (x, y)).values()
    axes = diagnostics.plot(norms)
    axes.set_title("The gradient of a loss on step 200, on its way back", loc="left")
    plt.savefig(FOLDER / "gradient-flow.png")


def hopfield_capacity(units: int = 500) -> None:
    """Share of stored patterns that recall leaves in place, against how many are stored."""
    loads = np.arange(0.08, 0.201, 0.01)
    _, axes = plt.subplots()
    for mode, style in {"asynchronous": "o-", "synchronous": "s--"}.items():
        shares = []
        for load in loads:
            rng = np.random.default_rng(0)
            patterns = rng.choice([-1.0, 1.0], (round(load * units), units)).astype("float32")
            memory = Hopfield(mode=mode, sweeps=20)
            memory.store(patterns)
            recalled = tf.function(memory, autograph=False)(patterns)
            overlap = np.mean(recalled.numpy() * patterns, axis=-1)
            shares.append(np.mean(overlap > 0.95))
        axes.plot(loads, shares, style, markersize=4, label=mode)
    axes.axvline(0.138, color="0.4", linestyle=":", label="0.138")
    axes.set(xlabel="patterns stored per unit", ylabel="share within 2.5% of the pattern")
    axes.set_title(f"A Hopfield network of {units} units forgets all at once", loc="left")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    plt.savefig(FOLDER / "hopfield-capacity.png")


if __name__ == "__main__":
    with plt.style.context(STYLE):
        elman_xor()
        gradient_flow()
        hopfield_capacity()
