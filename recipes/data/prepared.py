"""Data sets that tensorflow-datasets knows: prepared on disk, or downloaded and prepared."""

from typing import Any

import requests

from zoo.errors import UserError


def builder(name: str, source: str) -> Any:
    """The tensorflow-datasets builder of `name`, its data on disk.

    Args:
        name: as `tfds.load` takes it. The folder is `TFDS_DATA_DIR`, or the library's own.
        source: an address that a download would read; where it does not answer nothing is tried,
            since the library itself would go on trying for minutes.

    Raises:
        UserError: the data set is not on disk and cannot be downloaded.
    """
    import tensorflow_datasets as tfds

    made = tfds.builder(name)
    if not made.data_path.exists():
        try:
            requests.head(source, timeout=10, allow_redirects=True).raise_for_status()
            made.download_and_prepare()
        except Exception as error:
            raise UserError(
                f"The data set {name} is not in {made.data_path} and could not be downloaded "
                f"({type(error).__name__}). Either run `tfds build {name}` on a machine with a "
                "network, or set TFDS_DATA_DIR to a folder that holds the prepared data set."
            ) from error
    return made
