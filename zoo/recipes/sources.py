"""Where a recipe comes from: the zoo itself, an installed package, a user's folder, or Python.

A recipe is a package with a `SUMMARY` in its `__init__.py`, its `RECIPE` in `recipe.py` and a
`processing.py` that needs no TensorFlow; a module with a `RECIPE`; or the `Recipe` itself, which
then has all of it.
"""

import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from zoo.errors import UserError, reason, require_tensorflow
from zoo.packages import Offer

if TYPE_CHECKING:
    from zoo.recipes.pipeline import Processing
    from zoo.recipes.recipe import Recipe

GROUP = "recurrent_zoo.recipes"
"""Of the entry points by which packages offer recipes: name = package, module or object."""


class Source(NamedTuple):
    """A recipe, before it is imported."""

    name: str
    whose: str
    """Whose it is, as a sentence says it."""

    card: Mapping[str, str]
    """What the card of a model says of it: package and version, path, or module."""

    load: Callable[[], Any]
    """Imports it: the package, the module or the recipe."""

    folder: Path | None = None
    """Its folder, where it has one of the user's."""

    def summary(self) -> str:
        """What the recipe does, in a line.

        Raises:
            UserError: it cannot be imported, or does not say it.
        """
        loaded = self._loaded()
        text = getattr(loaded, "SUMMARY", None) or self._recipe(loaded).summary
        if not isinstance(text, str) or not text.strip():
            raise UserError(
                f"The recipe {self.name} of {self.whose} does not say what it does; it takes a "
                "SUMMARY in __init__.py, a line of text, or Recipe(summary=...)."
            )
        return text

    def recipe(self) -> "Recipe":
        """
        Raises:
            UserError: it cannot be imported, or is none.
        """
        require_tensorflow()
        return self._recipe(self._loaded())

    def processing(self) -> "Processing":
        """Its `processing.py`, without TensorFlow where it has one.

        Raises:
            UserError: it cannot be imported.
        """
        loaded = self._loaded()
        if hasattr(loaded, "__path__") and _has(loaded, "processing"):
            return self._imported(f"{loaded.__name__}.processing")
        return self._recipe(loaded).processing

    def _recipe(self, loaded: Any) -> "Recipe":
        if isinstance(loaded, ModuleType):
            module = loaded
            if not hasattr(module, "RECIPE") and hasattr(module, "__path__"):
                module = self._imported(f"{module.__name__}.recipe")
            loaded = getattr(module, "RECIPE", None)
        require_tensorflow()
        if not _is_recipe(loaded) or loaded.name != self.name:
            got = f"the name {loaded.name!r}" if _is_recipe(loaded) else f"{loaded!r:.80}"
            raise UserError(
                f"The recipe {self.name} of {self.whose} has {got}; it takes "
                f"RECIPE = zoo.recipes.recipe.Recipe(name={self.name!r}, ...)."
            )
        return loaded

    def _loaded(self) -> Any:
        return self._try(self.load)

    def _imported(self, module: str) -> Any:
        return self._try(lambda: import_module(module))

    def _try(self, load: Callable[[], Any]) -> Any:
        try:
            return load()
        except UserError:
            raise
        except (Exception, SystemExit) as error:
            raise UserError(
                f"The recipe {self.name} of {self.whose} cannot be imported: "
                f"{type(error).__name__}: {reason(error)}"
            ) from error


def of_the_zoo(name: str, package: str) -> Source:
    """One of the zoo's own, by the name of its package."""
    return Source(name, "the zoo", {}, lambda: import_module(package))


def of_package(name: str, offer: Offer) -> Source:
    """One of an installed package."""
    card = {"package": offer.package, "version": offer.version}
    return Source(name, offer.whose, card, offer.load)


def of_python(recipe: "Recipe") -> Source:
    """One that is registered in Python."""
    if not _is_recipe(recipe):
        raise UserError(
            f"A recipe is taken by its name, by its folder, or as a zoo.recipes.recipe.Recipe; got "
            f"{recipe!r:.80}."
        )
    module = _caller()
    return Source(recipe.name, f"the module {module}", {"module": module}, lambda: recipe)


def _caller() -> str:
    """The name of the module that called the zoo."""
    frame: FrameType | None = sys._getframe()
    names = []
    while frame is not None:
        names.append(frame.f_globals.get("__name__", "__main__"))
        frame = frame.f_back
    return next((name for name in names if name.partition(".")[0] != "zoo"), "__main__")


def is_path(recipe: str | Path) -> bool:
    """Whether a recipe is named by its folder: by a path, with a separator or a dot before it."""
    text = str(recipe)
    return isinstance(recipe, Path) or "/" in text or "\\" in text or text.startswith(".")


def of_folder(path: str | Path) -> Source:
    """One in a folder of the user's, which is imported as a package by the folder's name.

    Raises:
        UserError: the folder is no such package.
    """
    try:
        # A link to a folder has a name of its own, and what ends with .. has none.
        folder = Path(path).resolve() if ".." in Path(path).parts else Path(path).absolute()
        is_recipe = (folder / "recipe.py").is_file()
    except (OSError, ValueError):
        is_recipe = False
    if not is_recipe:
        raise UserError(
            f"{path} is no folder of a recipe: it has no recipe.py. It takes one with recipe.py, "
            "processing.py and, in __init__.py, a SUMMARY."
        )
    if not folder.name.isidentifier():
        like = "".join(c if c.isalnum() else "_" for c in folder.name)
        raise UserError(
            f"{path} cannot be imported as a package; name the folder as Python names a module, "
            f"such as {like if like.isidentifier() else f'my_{like}'}."
        )
    name = folder.name.replace("_", "-")
    card = {"path": str(path)}
    return Source(name, f"the folder {path}", card, lambda: _package(folder), folder)


def _package(folder: Path) -> ModuleType:
    """The package in a folder, without the folder above on the path of imports."""
    name = folder.name
    importlib.invalidate_caches()
    other = _other_module(name, folder)
    if other is not None:
        raise UserError(
            f"The folder {folder} cannot be imported as {name}: there is another module of that "
            f"name, {other}. Rename the folder."
        )
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.machinery.PathFinder.find_spec(name, [str(folder.parent)])
    if spec is None:
        raise ModuleNotFoundError(f"No module named '{name}' in {folder.parent}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        if spec.loader is not None:
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _other_module(name: str, folder: Path) -> str | None:
    """Where a module of that name lies that is not in the folder, whether imported or not."""
    module = sys.modules.get(name)
    if module is not None:
        places, origin = getattr(module, "__path__", ()), getattr(module, "__file__", None)
    elif name in sys.stdlib_module_names:
        places, origin = (), None
    else:
        # The current folder is where recipes lie, as others of that name may.
        path = [each for each in sys.path if Path(each).absolute() != Path.cwd()]
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None:
            return None
        places, origin = spec.submodule_search_locations or (), spec.origin
    if any(Path(place).exists() and folder.samefile(place) for place in places):
        return None
    return origin or "of Python itself"


def _is_recipe(candidate: Any) -> bool:
    # Not imported above: to look for recipes takes no TensorFlow.
    return isinstance(candidate, import_module("zoo.recipes.recipe").Recipe)


def _has(package: ModuleType, module: str) -> bool:
    return importlib.util.find_spec(f"{package.__name__}.{module}") is not None
