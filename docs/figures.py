"""Draws the figures of README: `make figures`.

Those of a recipe are in its folder, `figures.py`, and are drawn from its shipped model.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from zoo.hub import model_directory
from zoo.hub.registry import shipped, verified
from zoo.layers import LSTM, Elman
from zoo.recipes import digit_images
from zoo.recipes.algorithms import curves
from zoo.recipes.captioner import processing as captioner
from zoo.recipes.hopfield_recall import glyphs
from zoo.training import diagnostics

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
            _, trained = model_directory.load(name)
            import_module(module).draw(trained, card.metrics["test"], FOLDER)


def learning_curves() -> None:
    """Those of the neural Turing machines and of the LSTM beside them."""
    models = {}
    for name in shipped():
        folder, card = verified(name)
        if card.recipe.startswith("ntm-"):
            models[name] = folder, model_directory.load(name)[1].options
    curves.draw(models, FOLDER / "ntm-curves.png")


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


def example_scenes(side: int = 160) -> None:
    """Two drawn scenes, which the captioner has as its examples: a dog, and waves at a beach."""
    rng = np.random.default_rng(0)

    def painted(top: tuple[int, ...], bottom: tuple[int, ...], horizon: int) -> Image.Image:
        rows = np.arange(side)[:, None, None]
        ground = np.where(rows < horizon, top, bottom) * (0.8 + 0.2 * rows / side)
        noise = rng.normal(0, 14, (side, side, 1)) * (rows >= horizon)
        return Image.fromarray(np.clip(ground + noise, 0, 255).astype("uint8"))

    meadow, beach = (
        painted((150, 190, 230), (80, 140, 50), 50),
        painted((140, 190, 240), (60, 120, 160), 60),
    )
    pen, brown = ImageDraw.Draw(meadow), (120, 75, 40)
    pen.ellipse((50, 75, 110, 105), fill=brown)
    pen.ellipse((98, 58, 126, 84), fill=brown)
    pen.polygon(((102, 62), (98, 82), (108, 78)), fill=(80, 45, 20))
    pen.line(((52, 84), (34, 62)), fill=brown, width=6)
    for x in (58, 68, 92, 102):
        pen.line(((x, 98), (x - 4, 126)), fill=brown, width=7)
    pen = ImageDraw.Draw(beach)
    for y in (78, 92, 104):
        pen.line([(x, y + 3 * np.sin(x / 9 + y)) for x in range(side)], fill="white", width=3)
    pen.polygon(((0, 112), (side, 124), (side, side), (0, side)), fill=(215, 190, 140))
    for name, image in {"dog": meadow, "sea": beach}.items():
        image.filter(ImageFilter.GaussianBlur(0.8)).save(captioner.FOLDER / f"{name}.png")


if __name__ == "__main__":
    with plt.style.context(STYLE):
        of_recipes()
        learning_curves()
        gradient_flow()
    example_digits()
    example_scenes()
