"""Draws the figures of README: `make figures`.

Those of a recipe are in its folder, `figures.py`, and are drawn from its shipped model.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from zoo.fitting import diagnostics
from zoo.hub import directory
from zoo.hub.registry import shipped, verified
from zoo.layers import LSTM, Elman
from zoo.recipes import digit_images
from zoo.recipes.hopfield_recall import glyphs

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


def of_recipes() -> None:
    """The figures of every recipe that draws some, from its shipped model."""
    for name in shipped():
        _, card = verified(name)
        module = f"zoo.recipes.{card.recipe.replace('-', '_')}.figures"
        if find_spec(module) is not None:
            _, trained = directory.load(name)
            import_module(module).draw(trained, card.metrics["test"], FOLDER)


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


def example_digits() -> None:
    """The drawn digits as images, which the readers of digits have as their examples."""
    for name, pattern in zip(glyphs.DRAWINGS, glyphs.patterns(), strict=True):
        points = np.where(pattern.reshape(glyphs.HEIGHT, glyphs.WIDTH) > 0, 0, 255).astype("uint8")
        image = Image.fromarray(np.pad(points, 2, constant_values=255))
        size = (6 * image.width, 6 * image.height)
        image.resize(size, Image.Resampling.BICUBIC).save(digit_images.FOLDER / f"{name}.png")


if __name__ == "__main__":
    with plt.style.context(STYLE):
        of_recipes()
        gradient_flow()
    example_digits()
