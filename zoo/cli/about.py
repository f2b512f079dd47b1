"""The entries that `zoo list` and `zoo info` show."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import zoo
from zoo import recipes
from zoo.cli import terminal
from zoo.cli.predict import example
from zoo.errors import Refusal, UserError, has_tensorflow, unknown
from zoo.hub import registry
from zoo.hub.card import CARD, Card
from zoo.recipes import pipeline as pipelines
from zoo.recipes.sources import is_path

Example = tuple[str, Any] | None


def row(name: str) -> dict[str, Any]:
    """A row of the list: a model with its card, or a recipe; or why it cannot be read."""
    directory = registry.directory_of(name)
    try:
        card = Card.read(directory) if directory else None
        summary = card.summary if card else recipes.summary(name)
    except UserError as error:
        return {"name": name, "summary": Refusal(error), "card": None}
    return {"name": name, "summary": summary, "card": card.document() if card else None}


def refused() -> Sequence[str]:
    """Why recipes and models that packages offer are not in the list, a sentence each."""
    return [*recipes.refused(), *registry.refused()]


def describe(
    name: str, recipe_folder: str | None = None
) -> tuple[dict[str, Any], Callable[[], Example] | None]:
    """The card of a model, its settings, the options of a recipe; and what runs an example.

    Args:
        recipe_folder: of the model's recipe, where it is known by its folder alone.

    Raises:
        UserError: it is neither a model nor a recipe.
    """
    if recipe_folder is not None:
        recipes.add(recipe_folder)
    directory = registry.directory_of(name) or Path(name)
    # A directory of a model is none of a recipe, whatever code lies in it.
    is_folder = is_path(name) and not (directory / CARD).exists()
    is_folder = is_folder and (directory / "recipe.py").exists()
    recipe = recipes.add(name) if is_folder or name in recipes.names() else None
    has_weights = directory.is_dir() and not is_folder
    if recipe is None and not has_weights:
        if is_path(name):
            raise UserError(f"There is no directory {name} of a model, and no folder of a recipe.")
        raise unknown("model or recipe", name, zoo.list_models())
    model = registry.verified(name) if has_weights else None
    # The card of a model is shown without TensorFlow too; the options of a recipe need it.
    options = _options(recipe) if recipe and (has_tensorflow() or model is None) else None
    its_recipe = str(recipe) if model is None else model[1].recipe
    # The recipe of a model may be in a folder that only --recipe names.
    is_known = its_recipe in recipes.names()
    settings = pipelines.describe_settings(recipes.processing(its_recipe)) if is_known else {}
    card = None if model is None else model[1].document()
    entries = {"name": name, "card": card, "settings": settings, "options": options}
    return entries, partial(example, *model) if model is not None and is_known else None


def _options(recipe: str) -> dict[str, dict[str, Any]]:
    terminal.start_tensorflow_quietly()
    return recipes.get(recipe).describe()
