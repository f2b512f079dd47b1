"""Files of joints as a Kinect saw them: a row a frame, a column a coordinate."""

import csv
from pathlib import Path

import numpy as np

from zoo.errors import UserError
from zoo.recipes.clips import joints

JOINTS = ("lh", "rh", "h", "s", "lw", "rw")
"""Left and right hand, head, spine, left and right wrist, as the files call them."""

COLUMNS = [joint + axis for joint in JOINTS for axis in "xyz"]
PHASE = "phase"


def read(file: Path) -> tuple[np.ndarray, list[str]]:
    """The joints of a video, (frames, 6, 3), and its phases where the file has them.

    An empty cell is a joint that was not seen; it is interpolated between its neighbours in time.

    Raises:
        UserError: no such file, one that lacks a column, or a cell that is no number, by its row.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            table = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (table.fieldnames or [])]
            rows = list(table) if not missing else []
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{file} is no table in UTF-8 with commas ({error}).") from None
    if missing:
        raise UserError(
            f"{file} lacks the columns {', '.join(missing)}; a row is a frame, and its columns are "
            f"{', '.join(COLUMNS)}."
        )
    positions = np.array(
        [[_number(file, i, name, row[name]) for name in COLUMNS] for i, row in enumerate(rows, 2)]
    ).reshape(-1, len(JOINTS), 3)
    phases = [row[PHASE] for row in rows] if rows and PHASE in rows[0] else []
    return joints.interpolated(positions, str(file)), phases


def _number(file: Path, row: int, column: str, text: str | None) -> float:
    if not text or not text.strip():
        return np.nan
    try:
        return float(text)
    except ValueError:
        raise UserError(f"{file}, line {row}: {column} is {text!r:.40}, no number.") from None
