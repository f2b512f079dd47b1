"""A user's own data in one file: read at once and cut into splits."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from zoo.errors import UserError

Row = TypeVar("Row")

SPLITS = {"train": (0.0, 0.8), "dev": (0.8, 0.9), "test": (0.9, 1.0)}
"""Where a split begins and ends, as a share of the rows in the order in which they are drawn."""

FEWEST = 10
"""Fewest rows; with these every split has one."""


def lines(file: str) -> list[str]:
    """The lines of a text file, without a byte order mark.

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
    """The rows of "train", "dev" or "test": eight tenths, one tenth, and one tenth.

    They are drawn, the same at every call, since a file is often sorted by length or by source; the
    rows of a split keep their order.

    Raises:
        UserError: too few rows.
    """
    if len(rows) < FEWEST:
        raise UserError(f"{file} has {len(rows)} examples; it takes {FEWEST} or more.")
    first, last = (round(share * len(rows)) for share in SPLITS[split])
    drawn = np.random.default_rng(0).permutation(len(rows))[first:last]
    return tuple(rows[number] for number in sorted(drawn))
