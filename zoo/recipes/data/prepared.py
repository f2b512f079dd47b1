"""Data sets of tensorflow-datasets: prepared on disk, or downloaded and prepared."""

import contextlib
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import requests

from zoo.errors import UserError

_on_disk_alone: ContextVar[bool] = ContextVar("on_disk_alone", default=False)


@contextlib.contextmanager
def on_disk_alone() -> Iterator[None]:
    """Has data sets that are not on disk refused instead of downloaded, in this thread."""
    token = _on_disk_alone.set(True)
    try:
        yield
    finally:
        _on_disk_alone.reset(token)


def builder(name: str, source: str) -> Any:
    """The tensorflow-datasets builder of `name`, as `tfds.load` takes it, its data on disk.

    Args and errors are those of `prepared`.
    """
    import tensorflow_datasets as tfds

    remedy = f"run `tfds build {name}` on a machine with a network"
    return prepared(tfds.builder(name), source, remedy)


def prepared(builder: Any, source: str | None, remedy: str) -> Any:
    """A builder, its data on disk.

    Args:
        builder: of tensorflow-datasets. Its folder is in `TFDS_DATA_DIR`, or the library's own.
        source: a URL of the download, tried first, since the library itself would retry for
            minutes. None where the files are on disk.
        remedy: what a user without the data set can do.

    Raises:
        UserError: the data set is not on disk and cannot, or is not to be, downloaded.
    """
    if not builder.data_path.exists():
        if _on_disk_alone.get():
            raise UserError(f"The data set {builder.name} is not in {builder.data_path}.")
        try:
            if source is not None:
                requests.head(source, timeout=10, allow_redirects=True).raise_for_status()
            # Its progress goes to the standard error, away from the output of a command.
            with contextlib.redirect_stdout(sys.stderr):
                builder.download_and_prepare()
        except UserError:
            raise
        except Exception as error:
            raise UserError(
                f"The data set {builder.name} is not in {builder.data_path} and could not be "
                f"downloaded ({type(error).__name__}). Either {remedy}, or set TFDS_DATA_DIR to a "
                "folder that holds the prepared data set."
            ) from error
    return builder
