"""The named recipes, one folder each: data, model, training, metric, raw input and output.

A folder that states a `SUMMARY` in its `__init__.py` is a recipe: `recipe.py` has its `RECIPE` and
`processing.py` turns raw input into the model's and back, without TensorFlow. What recipes share
lies beside the folders, data sets in `data/`. Beside these recipes there are those of installed
packages, and those that the user named in this process: see `sources`.
"""

import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.errors import Refusal, UserError, printable, unknown
from zoo.packages import MODELS, NAME, Offer, assign_names, offers
from zoo.recipes import sources
from zoo.recipes.sources import Source

if TYPE_CHECKING:
    from zoo.recipes.pipeline import Processing
    from zoo.recipes.recipe import Recipe

_named: dict[str, Source] = {}
"""The recipes that the user named in this process, by their folder or as what they are."""


def names() -> list[str]:
    """The names of all recipes, sorted; none of another's is imported for it."""
    return sorted({*own_names(), *_installed()[0], *_named})


def summaries() -> dict[str, str]:
    """Name of each recipe → what it does, sorted; a `Refusal` of one that cannot be imported."""
    return {name: _summary(name) for name in names()}


def summary(name: str) -> str:
    """What the recipe of a name does, in a line.

    Raises:
        UserError: no recipe has that name, or it cannot be imported.
    """
    return _read(name, Source.summary)


def get(name: str) -> "Recipe":
    """The recipe of a name.

    Raises:
        UserError: no recipe has that name; the message has the nearest. Or it cannot be imported,
            or TensorFlow is missing.
    """
    return _read(name, Source.recipe)


def processing(name: str) -> "Processing":
    """The preprocessing and postprocessing of a recipe; without TensorFlow.

    Raises:
        UserError: no recipe has that name; the message has the nearest. Or it cannot be imported.
    """
    return _read(name, Source.processing)


def source(name: str) -> dict[str, str]:
    """Where the recipe of a name comes from, as a card has it; nothing for one of the zoo's."""
    return dict(_source(name).card)


def is_installed(name: str) -> bool:
    """Whether every process finds the recipe by its name."""
    return name in own_names() or name in _installed()[0]


def require(name: str, model: str = "", origin: Mapping[str, str] | None = None) -> None:
    """Refuses a name that no recipe has, without importing a recipe.

    Args:
        model: of that recipe, with which the sentence begins.
        origin: where the recipe came from, as a card has it.

    Raises:
        UserError: what there is to do: the nearest names, or what makes the recipe known.
    """
    if name in own_names() or name in _named:
        return
    installed, refused = _installed()
    if name in installed:
        return
    if name in refused:
        raise UserError(refused[name])
    if not origin:
        raise unknown("recipe", name, names())
    name = f"{printable(name):.80}"
    origin = {key: f"{printable(text):.200}" for key, text in origin.items()}
    if "package" in origin:
        known = f"of the package {origin['package']} {origin.get('version', '')}".strip()
        remedy = "which is not installed here: install it, if you trust it."
    elif "path" in origin:
        known = f"of the folder {origin['path']}"
        remedy = (
            "and code that a model names is not run by itself: name that folder, where it is now, "
            f"by --recipe {origin['path']}, or in Python by recipe={origin['path']!r}."
        )
    else:
        known = f"of the module {origin.get('module')}"
        remedy = (
            "and is not known here: call zoo.register(RECIPE) first, as that module does, or name "
            "the module that does it by --import."
        )
    raise UserError(f"{model or name} is of the recipe {name} {known}, {remedy}")


def add(recipe: "str | Path | Recipe") -> str:
    """The name of a recipe that the user names, so that its code may be run.

    Args:
        recipe: its name; the path of its folder; or the recipe, as `register` takes it.

    Raises:
        UserError: there is none.
    """
    if not isinstance(recipe, (str, Path)):
        return register(recipe)
    if sources.is_path(recipe):
        return _enter(sources.of_folder(recipe))
    require(str(recipe))
    return str(recipe)


def register(recipe: "Recipe") -> str:
    """Makes a recipe known by its name in this process, and gives the name.

    One that was registered before under that name is replaced. A recipe of the zoo, of a package
    or of a folder is known already.

    Raises:
        UserError: the name is another's: the zoo's, an installed package's, or a folder's.
    """
    new = sources.of_python(recipe)
    return new.name if _is_known(recipe) else _enter(new)


def address(name: str) -> str:
    """By what another process finds the recipe: its name, or its folder.

    Raises:
        UserError: it is registered in this process alone.
    """
    origin = source(name)
    if "module" in origin:
        raise UserError(
            f"The recipe {name} is registered in this process alone, and another is to "
            "use it: put it into a folder and name that, such as ./my_recipe, or into a package "
            "with an entry point."
        )
    folder = _source(name).folder
    return name if folder is None else str(folder)


def refused() -> list[str]:
    """Why names that packages offer are refused, a sentence each."""
    return list(_installed()[1].values())


def _summary(name: str) -> str:
    try:
        return summary(name)
    except UserError as error:
        return Refusal(error)


def _read(name: str, read: Callable[[Source], Any]) -> Any:
    source = _source(name)
    try:
        return read(source)
    except UserError:
        if source.folder is not None:
            # What cannot be imported leaves its name to another folder.
            _named.pop(name, None)
        raise


def _is_known(recipe: "Recipe") -> bool:
    """Whether it is the very one that is found by its name."""
    try:
        return recipe.name in names() and get(recipe.name) is recipe
    except UserError:
        return False


def _enter(new: Source) -> str:
    name, before = new.name, _named.get(new.name)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise UserError(
            f"The recipe {name!r:.80} of {new.whose} is refused: a name is of letters, digits, - "
            "and _, such as my-recipe."
        )
    owners = {
        **dict.fromkeys(_own_models(), "a model of the zoo"),
        **dict.fromkeys(own_names(), "the zoo"),
        **_whose(),
        **_installed()[1],
    }
    if before is not None and (before.card.keys() != new.card.keys() or _differ(before, new)):
        owners[name] = before.whose
    if name in owners:
        raise UserError(
            f"The recipe {name} of {new.whose} is refused: there is one of that name already, of "
            f"{owners[name]}. Give it another name."
        )
    _named[name] = new
    return name


def _differ(before: Source, new: Source) -> bool:
    """Whether two folders differ; what is registered in Python may be registered again."""
    if before.folder is None or new.folder is None:
        return False
    return not before.folder.exists() or not before.folder.samefile(new.folder)


def _source(name: str) -> Source:
    require(name)
    if name in own_names():
        return sources.of_the_zoo(name, _package(name))
    if name in _named:
        return _named[name]
    return sources.of_package(name, _installed()[0][name])


@cache
def own_names() -> frozenset[str]:
    """The names of the zoo's own recipes; a folder has the recipe's name."""
    folders = [module.name for module in pkgutil.iter_modules(__path__) if module.ispkg]
    stated = [f for f in folders if hasattr(import_module(f"{__name__}.{f}"), "SUMMARY")]
    return frozenset(folder.replace("_", "-") for folder in stated)


@cache
def _own_models() -> frozenset[str]:
    """The names of the zoo's trained models; some are those of their recipes."""
    return frozenset(path.name for path in MODELS.iterdir() if path.is_dir())


def _installed() -> tuple[dict[str, Offer], dict[str, str]]:
    """Name → the package that offers a recipe, and name → why it is refused."""
    claims = [(offer.name, offer) for offer in offers(sources.GROUP)]
    return assign_names("recipe", claims, {*own_names(), *_own_models()})


def _whose() -> dict[str, str]:
    return {name: offer.whose for name, offer in _installed()[0].items()}


def _package(name: str) -> str:
    return f"{__name__}.{name.replace('-', '_')}"
