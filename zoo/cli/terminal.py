"""The process of the command: standard streams, exit status, and TensorFlow's messages."""

import contextlib
import io
import os
import sys

import typer

from zoo.errors import UserError, require_tensorflow


def open_streams() -> None:
    """Opens the standard streams that the caller closed, on the null device.

    Characters that the encoding of an output lacks are written as escapes, such as \\xe4.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            # Gets the lowest free number, which is this one.
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
    """Writes an error message, if standard error can be written to, and exits with a status."""
    with contextlib.suppress(OSError):
        typer.secho(f"Error: {message}", fg="red", err=True)
    try:
        sys.stdout.flush()
    except OSError:
        # Python flushes once more when it exits, and would then exit with a status of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(status)


def start_tensorflow_quietly(*, any_backend: bool = False) -> None:
    """Imports TensorFlow without the messages that it writes at every log level.

    Its C++ code writes them to file descriptor 2, so that this is redirected during the import.
    Errors and warnings of Python are not affected.

    Args:
        any_backend: leave Keras on the backend that the user set, such as KERAS_BACKEND=jax, which
            only training supports; otherwise it is set to TensorFlow.
    """
    require_tensorflow()
    if not any_backend:
        os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        import tensorflow as tf

        tf.config.list_logical_devices()
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(null)
