"""The losses and metrics of each epoch, for `zoo info NAME --epochs`."""

import csv
from pathlib import Path
from typing import Any

from zoo.errors import UserError
from zoo.training.logs import LOG


def read(directory: Path) -> dict[str, list[dict[str, Any]]]:
    """The epochs of each part of a training, finished or not, by the part's name.

    Raises:
        UserError: the directory has no log, as those of some shipped models.
    """
    parts = {}
    for file in sorted(directory.rglob(LOG)):
        with file.open(newline="") as lines:
            parts[_part(file, directory)] = [
                {name: float(value) for name, value in row.items() if value}
                for row in csv.DictReader(lines)
            ]
    if not parts:
        raise UserError(f"{directory} keeps no epochs; name a directory that zoo train wrote.")
    return parts


def _part(file: Path, directory: Path) -> str:
    """`logs/PART/log.csv` of a finished training, `training/PART/logs/log.csv` of another."""
    others = {"logs", "training"}
    return " ".join(name for name in file.parent.relative_to(directory).parts if name not in others)
