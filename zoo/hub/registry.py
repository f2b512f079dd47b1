"""The shipped models: their names, where they lie, and that they are as they were shipped."""

import hashlib
import json
import shutil
from pathlib import Path

import zoo.recipes as recipes
from zoo.errors import UserError, unknown
from zoo.hub.card import Card

MODELS = Path(__file__).parents[1] / "models"
REGISTRY = MODELS / "registry.json"


def shipped() -> dict[str, dict[str, str]]:
    """Name → file → SHA-256 of every shipped model."""
    return json.loads(REGISTRY.read_text())


def verified(name_or_path: str | Path) -> tuple[Path, Card]:
    """The directory and the card of a model, every file of it checked against its SHA-256.

    A shipped model is checked against the registry, another directory against its own card.

    Raises:
        UserError: no such model, or a file of it that is missing or damaged.
    """
    name, models = str(name_or_path), shipped()
    if name in models:
        directory = MODELS / name
        _check(directory, models[name])
        return directory, Card.read(directory)
    directory = Path(name_or_path)
    if not directory.is_dir():
        raise _no_such_model(name, models)
    card = Card.read(directory)
    _check(directory, card.files)
    return directory, card


def enter(name: str, directory: Path) -> None:
    """Puts a whole directory, under its name followed by `.unfinished`, in the place of a model.

    Raises:
        OSError: what was shipped before stays.
    """
    hashes = {file.name: sha256(file) for file in sorted(directory.iterdir())}
    entries = dict(sorted({**shipped(), name: hashes}.items()))
    written = REGISTRY.with_name(f"{REGISTRY.name}.unfinished")
    written.write_text(json.dumps(entries, indent=2) + "\n")
    shutil.rmtree(MODELS / name, ignore_errors=True)
    directory.rename(MODELS / name)
    written.replace(REGISTRY)


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(directory: Path, hashes: dict[str, str]) -> None:
    for file, expected in hashes.items():
        path = directory / file
        found = sha256(path) if path.is_file() else "no such file"
        if found != expected:
            raise UserError(
                f"{path} is damaged: expected SHA-256 {expected}, found {found}. Nothing was "
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
