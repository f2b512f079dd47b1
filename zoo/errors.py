"""Mistakes that a user can mend, and failures of ours."""

import difflib
import re
from collections.abc import Iterable
from importlib.util import find_spec


class UserError(ValueError):
    """Names what was given, what is accepted and what to do next; the command exits with 2."""


class Refusal(str):
    """Stands among outputs for one that could not be made: the sentence that says why."""


class InternalError(RuntimeError):
    """Something of ours did not work as it should; the command exits with 1."""


def unknown(what: str, given: str, accepted: Iterable[str]) -> UserError:
    """The error for a name that is none of the accepted ones: the nearest first."""
    names, given = list(accepted), str(given)
    near = difflib.get_close_matches(given, names, n=3, cutoff=0.5)
    hint = f"Nearest: {', '.join(near)}. " if near else ""
    return UserError(f"Unknown {what} '{given}'. {hint}Accepted: {', '.join(names)}.")


def reason(error: Exception) -> str:
    """What an error says, in a line; Keras adds colours, and the arguments of a layer."""
    said, *_ = re.sub(r"\x1b\[\d*m", "", str(error)).partition("Arguments received")
    return f"{' '.join(said.split()) or type(error).__name__:.400}"


def has_tensorflow() -> bool:
    """Whether TensorFlow is installed; without it only exported models run."""
    return find_spec("tensorflow") is not None


def require_tensorflow() -> None:
    """Says how to get TensorFlow where it is not installed.

    Raises:
        UserError: it is not.
    """
    if not has_tensorflow():
        raise UserError(
            "TensorFlow is not installed, and this needs it: pip install "
            "'recurrent-zoo[tensorflow]'. Without it shipped and exported models run: "
            "zoo.runtime.pipeline('blstm-tagger-gum')."
        )
