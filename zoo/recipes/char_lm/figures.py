"""Why a recurrent network and not a Markov model."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt

from zoo.recipes.char_lm import ngrams
from zoo.recipes.recipe import Trained


def draw(trained: Trained, metrics: Mapping[str, float], folder: Path) -> None:
    """The language model beside n-grams on the same split, as the card has it."""
    nats = [metrics[f"{order}_gram_nats_per_character"] for order in ngrams.ORDERS]
    _, axes = plt.subplots()
    axes.plot(ngrams.ORDERS, nats, "o-", color="0.4", label="n-grams, Witten-Bell")
    level = metrics["nats_per_character"]
    axes.axhline(level, color="tab:red", label="char-lm")
    axes.annotate(f"{level:.3f}", (1, level), (0, 4), textcoords="offset points", color="tab:red")
    axes.set(xlabel="length of the n-grams", ylabel="nats per character", xticks=ngrams.ORDERS)
    axes.set_title("Why not a Markov model? Tiny Shakespeare, test split", loc="left")
    axes.legend(loc="upper right", frameon=False)
    plt.savefig(folder / "char-lm.png")
