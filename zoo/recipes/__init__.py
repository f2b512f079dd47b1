"""The named recipes, one folder each: data, model, training, metric, raw input and output.

A folder that states a `SUMMARY` in its `__init__.py` is a recipe: `recipe.py` has its `RECIPE` and
`processing.py` turns raw input into the model's and back, without TensorFlow. What recipes share
lies beside the folders, data sets in `data/`.
"""

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from zoo.errors import require_tensorflow, unknown

if TYPE_CHECKING:
    from zoo.recipes.pipeline import Processing
    from zoo.recipes.recipe import Recipe


@cache
def summaries() -> dict[str, str]:
    """Name of each recipe → what it does, sorted; a folder has the recipe's name."""
    folders = [module.name for module in pkgutil.iter_modules(__path__) if module.ispkg]
    packages = {folder: import_module(f"{__name__}.{folder}") for folder in folders}
    return {
        folder.replace("_", "-"): package.SUMMARY
        for folder, package in sorted(packages.items())
        if hasattr(package, "SUMMARY")
    }


def get(name: str) -> "Recipe":
    """The recipe of a name.

    Raises:
        UserError: no recipe has that name; the message has the nearest. Or TensorFlow is missing.
    """
    require(name)
    require_tensorflow()
    return import_module(f"{_package(name)}.recipe").RECIPE


def processing(name: str) -> "Processing":
    """The preprocessing and postprocessing of a recipe; without TensorFlow.

    Raises:
        UserError: no recipe has that name; the message has the nearest.
    """
    require(name)
    return import_module(f"{_package(name)}.processing")  # type: ignore[return-value]


def require(name: str) -> None:
    """Refuses a name that no recipe has, without importing a recipe.

    Raises:
        UserError: the message has the nearest names.
    """
    if name not in summaries():
        raise unknown("recipe", name, summaries())


def _package(name: str) -> str:
    return f"{__name__}.{name.replace('-', '_')}"
