"""What a training was begun with, as its folder of checkpoints keeps it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zoo import atomic
from zoo.errors import UserError
from zoo.hub.card import CARD
from zoo.recipes.recipe import Recipe

TENSORFLOW = "tensorflow"
"""The backend of Keras that measures and writes what any other has trained."""

REQUEST = "request.json"


@dataclass(frozen=True)
class Request:
    """What a training was begun with."""

    recipe: str
    overrides: dict[str, Any]
    init_from: str | None
    """Entry "start" of the file."""

    version: int = 1
    """Of the card that it is to end with."""

    backend: str = TENSORFLOW
    """Of Keras, by which it was begun."""

    def write(self, folder: Path) -> None:
        entries = asdict(self)
        entries["start"] = entries.pop("init_from")
        atomic.write_text(folder / REQUEST, json.dumps(entries))

    @classmethod
    def read(cls, folder: Path) -> "Request":
        """The request of a folder.

        Raises:
            KeyError, TypeError, ValueError: it is damaged.
        """
        entries = json.loads((folder / REQUEST).read_text())
        return cls(init_from=entries.pop("start"), **entries)


def begun(recipe: Recipe, folder: Path, asked: Request) -> Request:
    """What the training in a folder was begun with.

    Raises:
        UserError: there is none, it is damaged, or what is asked now differs from it.
    """
    if not (folder / REQUEST).exists():
        finished = (folder.parent / CARD).exists()
        state = "its training is finished" if finished else "no training was begun there"
        raise UserError(f"There is nothing to resume in {folder.parent}: {state}.")
    try:
        was_begun = Request.read(folder)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{folder / REQUEST} is damaged ({error}); use --overwrite to start again."
        ) from None
    for key in ("recipe", "overrides", "init_from"):
        was, value = getattr(was_begun, key), getattr(asked, key)
        if value and (key != "overrides" or not _agree(recipe, value, was)) and value != was:
            raise UserError(
                f"{folder.parent} was begun with {key} {was!r} and cannot go on "
                f"with {value!r}; leave it out to go on, or use --overwrite to start again."
            )
    return was_begun


def _agree(recipe: Recipe, asked: Mapping[str, Any], begun: Mapping[str, Any]) -> bool:
    """Whether the options asked for are those begun with, as the recipe reads them: "6" is 6."""
    ours, theirs = recipe.parse(asked), recipe.parse(begun)
    return all(getattr(ours, name) == getattr(theirs, name) for name in asked)
