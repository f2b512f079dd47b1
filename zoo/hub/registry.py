"""The models that have names, and the verification of any model's files by SHA-256.

Beside the zoo's own there are those of installed packages. An entry point of the group
`recurrent_zoo.models` names an importable folder of model directories, or a package with a folder
`models` of them; a directory has the model's name.
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import zoo.recipes as recipes
from zoo import atomic
from zoo.errors import UserError, reason, unknown
from zoo.hub.card import CARD, Card
from zoo.packages import MODELS, Offer, assign_names, offers
from zoo.recipes import pipeline

if TYPE_CHECKING:
    from zoo.recipes.recipe import Recipe

GROUP = "recurrent_zoo.models"
"""Of the entry points by which packages offer models."""

REGISTRY = MODELS / "registry.json"

REPLACEMENT = "replacement"
"""Folder, inside that of a model, of complete files that are to replace those of the model."""

UNFINISHED = "unfinished"
"""Folder, inside that of a model, that a new model is written to before it replaces the old one."""


def shipped() -> dict[str, dict[str, str]]:
    """Name → file → SHA-256 of every shipped model."""
    return json.loads(REGISTRY.read_text())


def names() -> list[str]:
    """The names of all models, sorted: those shipped with the zoo, and those of packages."""
    return sorted({*shipped(), *_installed()[0]})


def refused() -> list[str]:
    """Why names that packages offer are refused, a sentence each."""
    return list(_installed()[1].values())


def directory_of(name_or_path: str | Path) -> Path | None:
    """The directory of the model that `name` or `name@version` is; None where it is none.

    A `Path`, such as the one that a model was trained into, is no name.

    Raises:
        UserError: another version of it is here.
    """
    if isinstance(name_or_path, Path):
        return None
    name, at, version = name_or_path.partition("@")
    directory = MODELS / name if name in shipped() else _installed()[0].get(name)
    here = Card.read(directory).version if at and directory else None
    if here is not None and version != str(here):
        raise UserError(
            f"Version {version or 'none'} of {name} is not here, version {here} is: take {name} or "
            f"{name}@{here}, or install the package that has the other."
        )
    return directory


def as_text(name_or_path: str | Path) -> str:
    """What names the same model as a text; a path of one part is no name then either."""
    is_bare = isinstance(name_or_path, Path) and len(name_or_path.parts) == 1
    return f"./{name_or_path}" if is_bare else str(name_or_path)


def model_name(name_or_path: str | Path) -> str:
    """The name of a model without its version, or that of its directory."""
    return (directory_of(name_or_path) or Path(name_or_path)).name


def verified(name_or_path: str | Path) -> tuple[Path, Card]:
    """The directory and the card of a model, every file of it checked against its SHA-256.

    A model is named as `name`, `name@version` or by the path of its directory. A shipped model is
    checked against the registry, any other directory against its own card.

    Raises:
        UserError: no such model, another version of it, or a file that is missing or damaged.
    """
    directory = locate(name_or_path)
    if directory.parent == MODELS and directory.name in shipped():
        _check(directory, shipped()[directory.name])
        return directory, Card.read(directory)
    card = Card.read(directory)
    _check(directory, card.files)
    return directory, card


def locate(name_or_path: str | Path) -> Path:
    """The directory of a model, whose files are not checked.

    Raises:
        UserError: no such model, or another version of it.
    """
    if not isinstance(name_or_path, (str, Path)):
        raise UserError(f"A model is taken by its name or directory, not by {name_or_path!r:.80}.")
    named = directory_of(name_or_path)
    if named is not None:
        return named
    directory = Path(name_or_path)
    try:
        is_directory = directory.is_dir()
    except OSError as error:
        raise UserError(f"{directory!s:.80} is no name of a model: {error.strerror}.") from None
    if not is_directory:
        raise _no_such_model(as_text(name_or_path))
    # Complete wherever its writer was stopped; to read it writes nothing.
    replacement = directory / REPLACEMENT
    is_there = (replacement / CARD).is_file() and not replacement.is_symlink()
    return replacement if is_there else directory


def verified_with_recipe(
    name_or_path: str | Path, recipe: "str | Path | Recipe | None" = None
) -> tuple[Path, Card]:
    """As `verified`, of a model whose recipe is known.

    Args:
        recipe: the model's own, where the user names it: see `zoo.recipes.add`.

    Raises:
        UserError: as `verified`; or a recipe that is not known, or not the model's.
    """
    directory, card = verified(name_or_path)
    require_recipe(str(name_or_path), card.recipe, card.recipe_source, recipe)
    return directory, card


def require_recipe_of(name_or_path: str | Path, recipe: "str | Path | Recipe | None") -> None:
    """Refuses a model whose recipe is not known, without checking its files.

    Raises:
        UserError: as `verified_with_recipe`, but for damaged files.
    """
    card = Card.read(locate(name_or_path))
    require_recipe(str(name_or_path), card.recipe, card.recipe_source, recipe)


def require_recipe(
    model: str, name: str, source: dict[str, str], recipe: "str | Path | Recipe | None"
) -> None:
    """Refuses a model whose recipe is not known, or not the one that the user names.

    Args:
        model: its name.
        name: of its recipe.
        source: where that comes from, as the model's card says it.
        recipe: what the user names.

    Raises:
        UserError: what to do.
    """
    other = name if recipe is None else recipes.add(recipe)
    if other != name:
        raise UserError(f"{model} is a model of the recipe {name}, not of {other}; name its own.")
    recipes.require(name, model, source)


def examples(name_or_path: str | Path) -> Sequence[str]:
    """Example inputs of a model.

    Raises:
        UserError: as `verified`.
    """
    directory, card = verified(name_or_path)
    return pipeline.examples(recipes.processing(card.recipe), card.assets(directory))


def register(name: str, directory: Path) -> None:
    """Moves a complete directory to the place of a shipped model and updates the registry.

    Raises:
        OSError: the directory cannot be moved; the registry stays as it is.
    """
    hashes = {file.name: sha256(file) for file in sorted(directory.iterdir())}
    entries = dict(sorted({**shipped(), name: hashes}.items()))
    shutil.rmtree(MODELS / name, ignore_errors=True)
    directory.rename(MODELS / name)
    atomic.write_text(REGISTRY, json.dumps(entries, indent=2) + "\n")


def finish_replacement(directory: Path) -> None:
    """Puts the files of the folder `REPLACEMENT`, if there is one, into the model's directory.

    A process that was stopped while it replaced a model leaves that folder. Who calls this is the
    only one that writes to the directory. The folder stays as it is until all of its files are in
    place, the card last, so that what reads meanwhile finds them there.
    """
    replacement = directory / REPLACEMENT
    if not replacement.is_dir() or replacement.is_symlink():
        return
    for file in sorted(replacement.iterdir(), key=lambda file: file.name == CARD):
        copy = directory / f"{file.name}.{UNFINISHED}"
        shutil.copyfile(file, copy)
        copy.replace(directory / file.name)
    shutil.rmtree(directory / UNFINISHED, ignore_errors=True)
    replacement.rename(directory / UNFINISHED)
    shutil.rmtree(directory / UNFINISHED)


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(directory: Path, hashes: dict[str, str]) -> None:
    for file, expected in hashes.items():
        path = directory / file
        digest = sha256(path) if path.is_file() else "no such file"
        if digest != expected:
            raise UserError(
                f"{path} is damaged: expected SHA-256 {expected}, found {digest}. Nothing was "
                "loaded. Train the model again, or reinstall recurrent-zoo if it was shipped."
            )


def _no_such_model(name: str) -> UserError:
    models = names()
    if name in _installed()[1]:
        return UserError(_installed()[1][name])
    if name in recipes.names():
        return UserError(
            f"{name} is a recipe, and no weights are shipped under that name. Shipped: "
            f"{', '.join(models)}. Train your own with `zoo train {name} --out DIR`."
        )
    if "/" in name or name.startswith("."):
        return UserError(f"There is no directory {name}. Shipped models: {', '.join(models)}.")
    return unknown("model", name, models)


def _installed() -> tuple[dict[str, Path], dict[str, str]]:
    """Name → directory of each model of a package, and name → why it is refused."""
    places: dict[tuple[str, Offer], Path] = {}
    unread: dict[str, str] = {}
    for offer in offers(GROUP):
        try:
            places |= {(each.name, offer): each for each in _directories(offer)}
        except UserError as error:
            unread[offer.value] = str(error)
    accepted, refused = assign_names("model", places, {*shipped(), *recipes.own_names()})
    return {name: places[name, offer] for name, offer in accepted.items()}, refused | unread


@cache
def _directories(offer: Offer) -> tuple[Path, ...]:
    """The model directories of a package: in the folder that it names, or in `models` there.

    Raises:
        UserError: there is no such folder.
    """
    try:
        # What is above the folder is imported for it, and nothing in it.
        spec = find_spec(offer.value)
    except (Exception, SystemExit) as error:
        raise UserError(
            f"The models of {offer.whose} cannot be read: {offer.value} cannot be imported: "
            f"{type(error).__name__}: {reason(error)}"
        ) from error
    folders = [Path(each) for each in (spec and spec.submodule_search_locations) or ()]
    cards = [
        card
        for folder in folders
        for place in (folder, folder / "models")
        for card in sorted(place.glob(f"*/{CARD}"))
    ]
    if not cards:
        raise UserError(
            f"The models of {offer.whose} cannot be read: {offer.value} is no importable folder of "
            f"directories with a {CARD}."
        )
    return tuple(card.parent for card in cards)
