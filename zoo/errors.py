"""The errors that the package raises, and the sentences that they share."""

import difflib
import re
from collections.abc import Iterable
from importlib.util import find_spec


class UserError(ValueError):
    """A mistake of the user: the message says what is wrong, what is accepted and what to do next.
    The command exits with 2."""


class Refusal(str):
    """Takes the place of the output for an input that cannot be used; the text says why."""


class InternalError(RuntimeError):
    """A defect of this package, not of the user's input; the command exits with 1."""


def unknown(what: str, name: str, accepted: Iterable[str]) -> UserError:
    """The error for a name that is not accepted; the message suggests the most similar ones."""
    names, name = list(accepted), str(name)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"Nearest: {', '.join(near)}. " if near else ""
    return UserError(f"Unknown {what} '{name}'. {hint}Accepted: {', '.join(names)}.")


def reason(error: BaseException) -> str:
    """The message of an error on one line, without the colours and arguments that Keras adds."""
    message, *_ = re.sub(r"\x1b\[\d*m", "", str(error)).partition("Arguments received")
    return f"{' '.join(message.split()) or type(error).__name__:.400}"


def printable(text: str) -> str:
    """A text that may be a stranger's: characters that steer a terminal are written as escapes."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def own_words(error: UserError) -> UserError:
    """The error with our own sentence alone, without what Keras puts around it in a layer."""
    message = str(error)
    while match := re.search(r"\x1b\[1m(.*)\x1b\[0m", message, re.DOTALL):
        message = match[1]
    return UserError(message)


def has_tensorflow() -> bool:
    """Whether TensorFlow is installed; without it only exported models run."""
    return find_spec("tensorflow") is not None


def require_tensorflow() -> None:
    """Raises an error that says how to install TensorFlow.

    Raises:
        UserError: TensorFlow is not installed.
    """
    if not has_tensorflow():
        raise UserError(
            "TensorFlow is not installed, and this needs it: pip install "
            "'recurrent-zoo[tensorflow]'. Without it shipped and exported models run: "
            "zoo.runtime.pipeline('blstm-tagger-gum')."
        )
