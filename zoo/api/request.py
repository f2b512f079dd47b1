"""The request of a training, stored in its folder of checkpoints so that it can be resumed."""

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
"""The backend of Keras that evaluates and saves a model, whichever trained it."""

REQUEST = "request.json"


@dataclass(frozen=True)
class Request:
    """The arguments that a training was started with."""

    recipe: str
    overrides: dict[str, Any]
    init_from: str | None
    """Entry "start" of the file."""

    version: int = 1
    """Of the model that the training will end with."""

    backend: str = TENSORFLOW
    """The backend of Keras that the training was started on."""

    data: str = ""
    """Version of the data, where they are the user's own."""

    def write(self, folder: Path) -> None:
        entries = asdict(self)
        entries["start"] = entries.pop("init_from")
        atomic.write_text(folder / REQUEST, json.dumps(entries))

    @classmethod
    def read(cls, folder: Path) -> "Request":
        """The request of a folder.

        Raises:
            TypeError, ValueError: it is damaged.
        """
        entries = dict(json.loads((folder / REQUEST).read_text()))
        if "start" not in entries:
            raise ValueError("it lacks the entry 'start'")
        return cls(init_from=entries.pop("start"), **entries)


def read_matching(recipe: Recipe, folder: Path, request: Request) -> Request:
    """The request of the training in a folder, which must not contradict the present one.

    Raises:
        UserError: there is none, it is damaged, or the present request differs from it.
    """
    if not (folder / REQUEST).exists():
        finished = (folder.parent / CARD).exists()
        state = "its training is finished" if finished else "no training was started there"
        raise UserError(f"There is nothing to resume in {folder.parent}: {state}.")
    try:
        stored = Request.read(folder)
    except (TypeError, ValueError) as error:
        raise UserError(
            f"{folder / REQUEST} is damaged ({error}); use --overwrite to start again."
        ) from None
    for key, what in (("recipe", "recipe"), ("overrides", "options"), ("init_from", "--from")):
        old, new = getattr(stored, key), getattr(request, key)
        if new and (key != "overrides" or not _agree(recipe, new, old)) and new != old:
            raise UserError(
                f"{folder.parent} was started with {what} {old!r} and cannot go on "
                f"with {new!r}; leave it out to go on, or use --overwrite to start again."
            )
    return stored


def _agree(recipe: Recipe, new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether the new options have the values of the old ones once parsed: "6" is 6."""
    parsed_new, parsed_old = recipe.parse(new), recipe.parse(old)
    return all(getattr(parsed_new, name) == getattr(parsed_old, name) for name in new)
