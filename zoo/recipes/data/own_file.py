"""A user's own data in one file: read whole, cut into splits."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from zoo.errors import UserError

Row = TypeVar("Row")

SPLITS = {"train": (0.0, 0.8), "dev": (0.8, 0.9), "test": (0.9, 1.0)}
"""Which share of the rows is which split."""

FEWEST = 10
"""Rows from which on every split has one."""


def lines(file: str) -> list[str]:
    """The lines of a text file, with a byte order mark before them or not.

    Raises:
        UserError: no such file, or one that is not UTF-8.
    """
    try:
        return Path(file).read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is not UTF-8: {error}.") from None


def cut(rows: Sequence[Row], split: str, file: str) -> tuple[Row, ...]:
    """The rows of "train", "dev" or "test": the first eight tenths, one tenth, and one tenth.

    Raises:
        UserError: too few rows.
    """
    if len(rows) < FEWEST:
        raise UserError(f"{file} has {len(rows)} examples; it takes {FEWEST} or more.")
    first, last = (round(share * len(rows)) for share in SPLITS[split])
    return tuple(rows[first:last])
