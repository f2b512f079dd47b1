"""Raw input to raw output, one file a recipe: what a model needs around it, wherever it runs.

Nothing here imports Keras or TensorFlow, so that an exported model is as easy to use as a loaded
one. A file has `EXAMPLES`, raw inputs that show what the recipe does; `batch`, from raw inputs to
the model's; `pipeline`, which makes the function from raw inputs to raw outputs and takes the
recipe's settings as keywords; and `stream` where an output is made piece by piece.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from recipes.raw.ready import Ready
from zoo.errors import UserError


def get(recipe: str) -> ModuleType:
    """The file of a recipe."""
    return import_module(f"recipes.raw.{recipe.replace('-', '_')}")


def pipeline(recipe: str, ready: Ready, given: Mapping[str, Any]) -> Callable[[Any], Any]:
    """A function from one raw input to its output, or from a list of them to a list of outputs.

    Args:
        given: settings by name, of their type or as text.

    Raises:
        UserError: a setting that the recipe does not have; on a call, an input that is no text.
    """
    run = get(recipe).pipeline(ready, **_converted(recipe, given))

    def apply(raw: Any) -> Any:
        one = isinstance(raw, (str, Path))
        many = [raw] if one else raw
        fits = isinstance(many, (list, tuple)) and all(isinstance(r, (str, Path)) for r in many)
        if not fits:
            raise UserError(f"{recipe} takes a string or a list of them, not {raw!r:.80}.")
        outputs = run([str(each) for each in many])
        return outputs[0] if one else outputs

    return apply


def stream(
    recipe: str, ready: Ready, given: Mapping[str, Any]
) -> Callable[[str], Iterator[str]] | None:
    """A function from one raw input to the pieces of its output, or None where it is one piece.

    Raises:
        UserError: a setting that the recipe does not have.
    """
    make = getattr(get(recipe), "stream", None)
    if make is None:
        return None
    chosen = _converted(recipe, given)
    return lambda text: make(ready, text, **chosen)


def settings(recipe: str) -> dict[str, Any]:
    """The settings of a recipe's `pipeline`, with their defaults."""
    parameters = inspect.signature(get(recipe).pipeline).parameters
    return {n: p.default for n, p in parameters.items() if p.kind is p.KEYWORD_ONLY}


def _converted(recipe: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings converted from text to the type of their default."""
    accepted = settings(recipe)
    takes = ", ".join(f"{k} ({type(v).__name__}, {v!r})" for k, v in accepted.items()) or "none"
    found = {}
    for name, value in given.items():
        if name not in accepted:
            raise UserError(f"{recipe} has no setting {name}. Its settings: {takes}.")
        try:
            found[name] = type(accepted[name])(value)
        except (TypeError, ValueError):
            raise UserError(f"{recipe} got {name}={value!r}. Its settings: {takes}.") from None
    return found
