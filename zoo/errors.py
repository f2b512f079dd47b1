"""Mistakes a user can mend; anything else that is raised is a failure of ours."""

import difflib
from collections.abc import Iterable


class UserError(ValueError):
    """Names what was given, what is accepted and what to do next; the command exits with 2."""


def unknown(what: str, given: str, accepted: Iterable[str]) -> UserError:
    """The error for a name that is none of the accepted ones: the nearest first."""
    names = list(accepted)
    near = difflib.get_close_matches(given, names, n=3, cutoff=0.5)
    hint = f"Nearest: {', '.join(near)}. " if near else ""
    return UserError(f"Unknown {what} '{given}'. {hint}Accepted: {', '.join(names)}.")
