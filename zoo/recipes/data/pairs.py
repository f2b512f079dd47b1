"""A user's own file of pairs: a sentence, a tab and its translation on each line."""

from zoo.errors import UserError
from zoo.recipes.data import own_file


def pairs(file: str, split: str) -> tuple[tuple[str, str], ...]:
    """The pairs of "train", "dev" or "test", cut from the file in this order.

    Raises:
        UserError: no such file, too few lines, or a line that is not two sentences with a tab
            between them, by its number.
    """
    rows = []
    for number, line in enumerate(own_file.lines(file), 1):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.split("\t")]
        if len(parts) != 2 or not all(parts):
            raise UserError(
                f"{file}, line {number}: {line!r:.60} is not a sentence, a tab and its translation."
            )
        rows.append((parts[0], parts[1]))
    return own_file.cut(rows, split, file)
