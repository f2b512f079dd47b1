"""Data sets of tensorflow-datasets: prepared on disk, or downloaded and prepared."""

import contextlib
import sys
from typing import Any

import requests

from zoo.errors import UserError


def builder(name: str, source: str) -> Any:
    """The tensorflow-datasets builder of `name`, as `tfds.load` takes it, its data on disk.

    Args and errors are those of `prepared`.
    """
    import tensorflow_datasets as tfds

    remedy = f"run `tfds build {name}` on a machine with a network"
    return prepared(tfds.builder(name), source, remedy)


def prepared(made: Any, source: str | None, remedy: str) -> Any:
    """A builder, its data on disk.

    Args:
        made: the builder. Its folder is in `TFDS_DATA_DIR`, or the library's own.
        source: an address that a download would read; where it does not answer nothing is tried,
            since the library itself would go on trying for minutes. None where the files are at
            hand.
        remedy: what a user without it can do.

    Raises:
        UserError: the data set is not on disk and cannot be downloaded.
    """
    if not made.data_path.exists():
        try:
            if source is not None:
                requests.head(source, timeout=10, allow_redirects=True).raise_for_status()
            # What it says of its progress is no output of ours.
            with contextlib.redirect_stdout(sys.stderr):
                made.download_and_prepare()
        except UserError:
            raise
        except Exception as error:
            raise UserError(
                f"The data set {made.name} is not in {made.data_path} and could not be downloaded "
                f"({type(error).__name__}). Either {remedy}, or set TFDS_DATA_DIR to a folder that "
                "holds the prepared data set."
            ) from error
    return made
