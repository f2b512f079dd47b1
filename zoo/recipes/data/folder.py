"""Data sets that are read from files in a folder which the user names."""

import os
from pathlib import Path

from zoo.errors import UserError


def file(variable: str, name: str, remedy: str) -> Path:
    """A file of the folder that an environment variable names.

    Args:
        remedy: where the file comes from, as a sentence.

    Raises:
        UserError: the variable is not set, or its folder lacks the file.
    """
    named = os.environ.get(variable)
    if named and (Path(named) / name).is_file():
        return Path(named) / name
    lacking = f"names {named}, which lacks {name}" if named else "is not set"
    raise UserError(f"{variable} {lacking}; it names the folder of the data set. {remedy}")
