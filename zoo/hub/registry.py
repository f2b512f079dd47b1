"""The registry of the shipped models, and the verification of any model's files by SHA-256."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import zoo.recipes as recipes
from zoo import atomic
from zoo.errors import UserError, unknown
from zoo.hub.card import CARD, Card
from zoo.recipes import pipeline

MODELS = Path(__file__).parents[1] / "models"
REGISTRY = MODELS / "registry.json"

REPLACEMENT = "replacement"
"""Folder, inside that of a model, of complete files that are to replace those of the model."""


def shipped() -> dict[str, dict[str, str]]:
    """Name → file → SHA-256 of every shipped model."""
    return json.loads(REGISTRY.read_text())


def shipped_name(name_or_path: str | Path) -> str | None:
    """The name of the shipped model that `name` or `name@version` is; None where it is none.

    Raises:
        UserError: another version of it is here.
    """
    name, at, version = str(name_or_path).partition("@")
    if name not in shipped():
        return None
    here = Card.read(MODELS / name).version if at else None
    if at and version != str(here):
        raise UserError(
            f"Version {version or 'none'} of {name} is not here, version {here} is: take {name} or "
            f"{name}@{here}, or install the recurrent-zoo that ships the other."
        )
    return name


def model_name(name_or_path: str | Path) -> str:
    """The name of a model without its version, or that of its directory."""
    return shipped_name(name_or_path) or Path(name_or_path).name


def verified(name_or_path: str | Path) -> tuple[Path, Card]:
    """The directory and the card of a model, every file of it checked against its SHA-256.

    A model is named as `name`, `name@version` or by the path of its directory. A shipped model is
    checked against the registry, another directory against its own card.

    Raises:
        UserError: no such model, another version of it, or a file that is missing or damaged.
    """
    directory = locate(name_or_path)
    name = shipped_name(name_or_path)
    if name is not None:
        _check(directory, shipped()[name])
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
    name = shipped_name(name_or_path)
    if name is not None:
        return MODELS / name
    directory = Path(name_or_path)
    try:
        is_directory = directory.is_dir()
    except OSError as error:
        raise UserError(f"{directory!s:.80} is no name of a model: {error.strerror}.") from None
    if not is_directory:
        raise _no_such_model(str(name_or_path), shipped())
    finish_replacement(directory)
    return directory


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
    """Moves the files in the folder `REPLACEMENT`, if there is one, into the model's directory.

    A process that was stopped while it replaced a model leaves that folder. The card is moved last.
    """
    replacement = directory / REPLACEMENT
    if not replacement.is_dir():
        return
    for file in sorted(replacement.iterdir(), key=lambda file: file.name == CARD):
        file.replace(directory / file.name)
    replacement.rmdir()


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


def _no_such_model(name: str, models: dict[str, dict[str, str]]) -> UserError:
    if name in recipes.summaries():
        return UserError(
            f"{name} is a recipe, and no weights are shipped under that name. Shipped: "
            f"{', '.join(models)}. Train your own with `zoo train {name} --out DIR`."
        )
    if "/" in name or name.startswith("."):
        return UserError(f"There is no directory {name}. Shipped models: {', '.join(models)}.")
    return unknown("model", name, models)
