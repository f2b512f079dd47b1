"""Draws the figures of README from the shipped models: `make figures`."""

from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

import zoo
from zoo.fitting import diagnostics
from zoo.hub.directory import load
from zoo.hub.registry import verified
from zoo.layers import LSTM, Elman, PeepholeLSTM
from zoo.recipes import digit_images
from zoo.recipes.char_lm import ngrams
from zoo.recipes.data import mnist
from zoo.recipes.elman_xor import xor
from zoo.recipes.hopfield_recall import glyphs
from zoo.recipes.hopfield_recall import recipe as hopfield_recall
from zoo.recipes.hopfield_recall.raw import corrupted
from zoo.recipes.peephole_counting.counting import LETTERS, strings
from zoo.recipes.translator import raw as translator
from zoo.running import symbols

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


def hopfield_capacity() -> None:
    """Share of stored patterns restored, against how many are stored, as the card has it."""
    metrics = verified("hopfield-recall")[1].metrics["test"]
    _, axes = plt.subplots()
    for mode, style in {"asynchronous": "o-", "synchronous": "s--"}.items():
        shares = [metrics[f"load_{load:.2f}_{mode}"] for load in hopfield_recall.LOADS]
        axes.plot(hopfield_recall.LOADS, shares, style, markersize=4, label=mode)
    axes.axvline(0.138, color="0.4", linestyle=":", label="0.138")
    axes.set(xlabel="patterns stored per unit", ylabel="share restored")
    axes.set_title(
        f"A Hopfield network of {hopfield_recall.UNITS} units forgets all at once", loc="left"
    )
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    plt.savefig(FOLDER / "hopfield-capacity.png")


def hopfield_digits(flips: float = 0.2) -> None:
    """Digits as they were stored, corrupted, and restored."""
    stored = glyphs.patterns()
    given = corrupted(stored, flips, np.random.default_rng(3))
    recalled = zoo.load("hopfield-recall")(given)["asynchronous"].numpy()
    rows = {"stored": stored, "corrupted": given, "restored": recalled}
    figure, grid = plt.subplots(len(rows), len(stored), figsize=(6, 3.6))
    for axes_row, (name, patterns) in zip(grid, rows.items(), strict=True):
        for axes, pattern in zip(axes_row, patterns, strict=True):
            axes.imshow(pattern.reshape(glyphs.HEIGHT, glyphs.WIDTH), cmap="gray_r")
            axes.set(xticks=[], yticks=[])
        axes_row[0].set_ylabel(name)
    figure.savefig(FOLDER / "hopfield-recall.png")


def counting(n: int = 25) -> None:
    """The cell states of the peephole networks while they read one string."""
    model = zoo.load("peephole-counting")
    figure, columns = plt.subplots(1, 2, figsize=(8, 2.8))
    for axes, (language, letters) in zip(columns, LETTERS.items(), strict=True):
        layer = model.get_layer(f"PeepholeLSTM_{language}_states")
        teller = PeepholeLSTM.from_config(layer.get_config() | {"return_state": True})
        symbols, _ = strings(language, [n])
        read = keras.ops.one_hot(symbols, 4)
        teller.build(read.shape)
        teller.set_weights(layer.get_weights())
        cells = [teller(read[:, :t])[2][0].numpy() for t in range(1, read.shape[1] + 1)]
        axes.plot(cells)
        for k, letter in enumerate("abc"[: len(letters)]):
            axes.axvspan(1 + k * n, 1 + (k + 1) * n, color="0.5", alpha=0.08 + 0.06 * (k % 2))
            axes.annotate(
                letter,
                (1 + (k + 0.5) * n, 0),
                (0, 4),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
            )
        axes.set(xlabel="symbol read", ylabel="cell states")
        axes.set_title(language, loc="left")
    figure.tight_layout()
    figure.savefig(FOLDER / "peephole-counting.png")


def why_not_markov() -> None:
    """The language model beside n-grams on the same split, as the card has it."""
    metrics = verified("char-lm-shakespeare")[1].metrics["test"]
    nats = [metrics[f"{order}_gram_nats_per_character"] for order in ngrams.ORDERS]
    _, axes = plt.subplots()
    axes.plot(ngrams.ORDERS, nats, "o-", color="0.4", label="n-grams, Witten-Bell")
    level = metrics["nats_per_character"]
    axes.axhline(level, color="tab:red", label="char-lm-shakespeare")
    axes.annotate(f"{level:.3f}", (1, level), (0, 4), textcoords="offset points", color="tab:red")
    axes.set(xlabel="length of the n-grams", ylabel="nats per character", xticks=ngrams.ORDERS)
    axes.set_title("Why not a Markov model? Tiny Shakespeare, test split", loc="left")
    axes.legend(loc="upper right", frameon=False)
    plt.savefig(FOLDER / "char-lm.png")


def glimpses() -> None:
    """Where the glimpse network looks at digits of the test split, one after the other."""
    name = "glimpse-mnist"
    images, labels = mnist.digits("test")
    images = images[[int(np.argmax(labels == digit)) for digit in range(8)]]
    options = verified(name)[1].options
    found = zoo.load(name).predict(mnist.inputs(images), verbose=0)
    figure, columns = plt.subplots(1, 8, figsize=(10, 1.7))
    for axes, image, digits, places in zip(
        columns, images, found["digits"], found["locations"], strict=True
    ):
        side, size = len(image), options["size"]
        centres = np.round((places + 1) / 2 * side - size / 2) + size / 2 - 0.5
        axes.imshow(image, cmap="gray_r", alpha=0.6)
        for t, (x, y) in enumerate(centres):
            colour = plt.get_cmap("viridis")(t / max(1, len(centres) - 1))
            corner = (x - size / 2, y - size / 2)
            axes.add_patch(plt.Rectangle(corner, size, size, fill=False, color=colour))
        axes.plot(*centres.T, color="tab:red", linewidth=1)
        axes.set_title(str(np.argmax(digits)))
        axes.set(xticks=[], yticks=[], xlim=(-0.5, side - 0.5), ylim=(side - 0.5, -0.5))
        axes.grid(visible=False)
    figure.savefig(FOLDER / "glimpses.png")


def example_digits() -> None:
    """The drawn digits as images, which the readers of digits have as their examples."""
    for name, pattern in zip(glyphs.DRAWINGS, glyphs.patterns(), strict=True):
        points = np.where(pattern.reshape(glyphs.HEIGHT, glyphs.WIDTH) > 0, 0, 255).astype("uint8")
        image = Image.fromarray(np.pad(points, 2, constant_values=255))
        size = (6 * image.width, 6 * image.height)
        image.resize(size, Image.Resampling.BICUBIC).save(digit_images.FOLDER / f"{name}.png")


def attention(text: str = "Ein Mann, der einen roten Hut trägt, spielt Gitarre.") -> None:
    """Which subwords of the source the translator looks at for each of the target's."""
    _, trained = load("translator-multi30k-de-en")
    source = translator.encode(trained.assets[translator.SOURCE], text)[None]
    given = {"source": source, "width": np.int32(5), "length_penalty": np.float32(1)}
    target = trained.run(given)["symbols"][:, 0]
    target = target[target != symbols.PADDING][None]
    begun = np.concatenate([[[symbols.BEGIN]], target[:, :-1]], axis=1)
    halves = [trained.model.get_layer(name) for name in ("encoder", "decoder")]
    weights = halves[1]({"symbols": keras.ops.convert_to_tensor(begun), **halves[0](source)})[
        "attention"
    ][0].numpy()
    _, axes = plt.subplots(figsize=(4.5, 4.5))
    axes.imshow(weights, cmap="Blues", vmin=0, vmax=1)
    for axis, asset, indices in (
        (axes.xaxis, translator.SOURCE, source),
        (axes.yaxis, translator.TARGET, target),
    ):
        pieces = translator.subwords(trained.assets[asset])
        labels = [pieces.id_to_piece(int(symbol)).lstrip("▁") for symbol in indices[0]]
        axis.set_ticks(range(len(labels)), labels, rotation=60 if axis is axes.xaxis else 0)
    axes.grid(visible=False)
    plt.savefig(FOLDER / "attention.png")


if __name__ == "__main__":
    with plt.style.context(STYLE):
        elman_xor()
        gradient_flow()
        hopfield_capacity()
        hopfield_digits()
        counting()
        why_not_markov()
        glimpses()
        attention()
    example_digits()
