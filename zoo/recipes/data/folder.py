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
    folder = os.environ.get(variable)
    if folder and (Path(folder) / name).is_file():
        return Path(folder) / name
    problem = f"names {folder}, which lacks {name}" if folder else "is not set"
    raise UserError(f"{variable} {problem}; it names the folder of the data set. {remedy}")
