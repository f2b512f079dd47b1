"""A user's own file of pairs: a sentence, a tab and its translation on each line."""

from pathlib import Path

from zoo.errors import UserError

SHARES = {"train": (0.0, 0.8), "dev": (0.8, 0.9), "test": (0.9, 1.0)}
"""Which part of the lines is which split."""

FEWEST = 10


def pairs(file: str, split: str) -> tuple[tuple[str, str], ...]:
    """The pairs of "train", "dev" or "test": the first eight tenths of the lines, one, and one.

    Raises:
        UserError: no such file, one that is no UTF-8, too few lines, or a line that is not two
            sentences with a tab between them, by its number.
    """
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is not UTF-8: {error}.") from None
    found = []
    for number, line in enumerate(lines, 1):
        parts = [part.strip() for part in line.split("\t")]
        if len(parts) != 2 or not all(parts):
            raise UserError(
                f"{file}, line {number}: {line!r:.60} is not a sentence, a tab and its translation."
            )
        found.append((parts[0], parts[1]))
    if len(found) < FEWEST:
        raise UserError(f"{file} has {len(found)} pairs; it takes {FEWEST} or more.")
    first, last = (round(share * len(found)) for share in SHARES[split])
    return tuple(found[first:last])
