"""The named recipes, one file each: data → model → training → metric → raw-in/raw-out."""

from importlib import import_module
from typing import TYPE_CHECKING

from zoo.errors import require_tensorflow, unknown

if TYPE_CHECKING:
    from recipes.recipe import Recipe

RECIPES = {
    "blstm-tagger": "part-of-speech tags for English text",
    "char-lm": "how a text goes on, character by character",
    "elman-xor": "the next bit of a stream of exclusive ors",
    "glimpse-mnist": "a handwritten digit, recognised by a few glimpses",
    "hopfield-recall": "drawn digits restored from corrupted ones",
    "translator": "German to English, or another pair of languages",
    "seq-mnist": "a handwritten digit, read point by point",
    "peephole-counting": "which symbols may come next in strings that count",
}
"""Name → what it does; the file has the recipe's name."""


def get(name: str) -> "Recipe":
    """The recipe of a name.

    Raises:
        UserError: no recipe has that name; the message has the nearest. Or TensorFlow is missing.
    """
    require(name)
    require_tensorflow()
    return import_module(f"recipes.{name.replace('-', '_')}").RECIPE


def require(name: str) -> None:
    """Refuses a name that no recipe has, without importing any.

    Raises:
        UserError: the message has the nearest names.
    """
    if name not in RECIPES:
        raise unknown("recipe", name, RECIPES)
