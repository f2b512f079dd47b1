"""The process that the command is: its streams, its status, and what TensorFlow says in it."""

import contextlib
import io
import os
import sys

import typer

from zoo.errors import UserError, require_tensorflow


def open_streams() -> None:
    """Opens the standard streams that the caller closed on nothing.

    What the encoding of an output lacks is written as an escape, such as \\xe4.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free, which is this one.
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def require_utf8(text: str) -> None:
    """Refuses an argument in another encoding, which arrives as lone surrogates.

    Raises:
        UserError: it is in another encoding.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UserError(f"The input {text!r:.60} is not UTF-8; give it in that encoding.") from None


def standard_input() -> list[str]:
    """The lines of standard input, each ended by LF, CR or CRLF.

    Raises:
        UserError: they are not UTF-8.
    """
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"Standard input is not UTF-8: {error}.") from None
    return [line.removesuffix("\n") for line in io.StringIO(text, newline=None)]


def fail(message: str, status: int) -> None:
    """Says what went wrong, as far as standard error takes it, and ends with a status."""
    with contextlib.suppress(OSError):
        typer.secho(f"Error: {message}", fg="red", err=True)
    try:
        sys.stdout.flush()
    except OSError:
        # Python would flush once more at its end, and exit with a status of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(status)


def start_tensorflow_quietly(*, any_backend: bool = False) -> None:
    """Imports TensorFlow without the messages that it writes past every log level.

    Args:
        any_backend: leave Keras on the backend that the user set, such as KERAS_BACKEND=jax, which
            is for training alone; otherwise it runs on TensorFlow.

    They come from its C++ side and go to file descriptor 2, which is why that is what is moved;
    Python's own errors and warnings are raised or shown as ever.
    """
    require_tensorflow()
    if not any_backend:
        os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import tensorflow as tf

        tf.config.list_logical_devices()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
