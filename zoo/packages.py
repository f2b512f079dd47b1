"""What other installed packages offer the zoo by entry points, and modules of a user's own."""

import re
import sys
from collections.abc import Callable, Collection, Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from zoo.errors import UserError, reason

MODELS = Path(__file__).parent / "models"
"""The zoo's own trained models, a directory each with the model's name."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
"""A name of a recipe or of a model. No path and no `name@version` is one."""


class Offer(NamedTuple):
    """An entry point of an installed package."""

    name: str
    value: str
    """What is imported, `package.module` or `package.module:OBJECT`."""

    package: str
    version: str
    load: Callable[[], Any]
    """Imports it, and raises what that raises."""

    @property
    def whose(self) -> str:
        return f"the package {self.package} {self.version}"


@cache
def offers(group: str) -> tuple[Offer, ...]:
    """The entry points of a group; those of a package whose metadata are there twice, once."""
    from importlib.metadata import entry_points

    points = entry_points(group=group)
    each = [Offer(p.name, p.value, p.dist.name, p.dist.version, p.load) for p in points if p.dist]
    return tuple({offer[:3]: offer for offer in each}.values())


def assign_names(
    what: str, claims: Iterable[tuple[str, Offer]], ours: Collection[str]
) -> tuple[dict[str, Offer], dict[str, str]]:
    """Whose each name is.

    Args:
        what: the name is of, as a sentence calls it.
        claims: a name, and the entry point by which a package offers it.
        ours: names that the zoo has itself.

    Returns:
        Name → the one package that offers it; and name → why it is refused, where it is one of ours
        or several packages offer it, or it cannot be a name.
    """
    claimed: dict[str, list[Offer]] = {}
    for name, offer in claims:
        claimed.setdefault(name, []).append(offer)
    accepted, refused = {}, {}
    for name, all_ in sorted(claimed.items()):
        whose = " and ".join(sorted(offer.whose for offer in all_))
        if not NAME.fullmatch(name):
            refused[name] = (
                f"The {what} {name!r:.80} of {whose} is refused: a name is of letters, digits, - "
                "and _. Ask for another name, or uninstall it."
            )
        elif name in ours:
            refused[name] = (
                f"The {what} {name} of {whose} is refused: the zoo has one of that name itself. "
                "Ask for another name, or uninstall it."
            )
        elif len(all_) > 1:
            refused[name] = (
                f"The {what} {name} is refused: {whose} both offer one of that name. Uninstall "
                "one of them."
            )
        else:
            [accepted[name]] = all_
    return accepted, refused


def import_user_module(name: str) -> ModuleType:
    """A module that the user named, which may lie in the current folder.

    Raises:
        UserError: it cannot be imported.
    """
    if not all(part.isidentifier() for part in name.split(".")):
        raise UserError(
            f"{name!r:.80} is no name of a module; name it as in Python's import, such as my_cells "
            "for a file my_cells.py."
        )
    here = str(Path.cwd())
    if "" not in sys.path and here not in sys.path:
        # Last, so that no file there stands in the way of a package.
        sys.path.append(here)
    try:
        return import_module(name)
    except (Exception, SystemExit) as error:
        raise UserError(
            f"The module {name} cannot be imported: {reason(error)}. Modules are looked for where "
            f"Python finds them, and in the current folder, {here}."
        ) from error
