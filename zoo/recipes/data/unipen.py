"""UNIPEN: online handwritten English words, no writer in two splits.

Read from the folder that the environment variable `UNIPEN_DIR` names. It holds `train.npz`,
`dev.npz` and `test.npz`, each with `steps` (points, 2), the differences of x and y from point to
point, y upwards, of the first point its position; `lifted` (points,), 1 at the last point of a
stroke; `first` (words + 1,), where each word begins; `labels` and `writers` (words,).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from zoo.recipes.data import folder
from zoo.recipes.recipe import DataSource

FOLDER = "UNIPEN_DIR"
SPLITS = ("train", "dev", "test")
SOURCE = "https://zenodo.org/records/1195803"

DATA = DataSource(
    name="UNIPEN",
    version="train_r01_v07, category 6, sources sta, nic and hpp",
    licence="CC BY 4.0",
    note="21,034 / 2,241 / 3,085 English words by 53 / 6 / 6 writers; no writer is in two splits.",
)


@dataclass(frozen=True)
class Word:
    """A written word: strokes of the pen, each (points, 2) of x and y upwards, and its text."""

    strokes: tuple[np.ndarray, ...]
    label: str
    writer: str


@cache
def words(split: str) -> tuple[Word, ...]:
    """The words of "train", "dev" or "test".

    Raises:
        UserError: the data set is not at hand.
    """
    remedy = f"Its files are made from {SOURCE} as zoo/recipes/data/unipen.py says."
    path = folder.file(FOLDER, f"{split}.npz", remedy)
    with np.load(path, allow_pickle=False) as arrays:
        steps, lifted, first = (arrays[name] for name in ("steps", "lifted", "first"))
        labels, writers = arrays["labels"].tolist(), arrays["writers"].tolist()
    return tuple(
        Word(_strokes(steps[begin:end], lifted[begin:end]), label, writer)
        for begin, end, label, writer in zip(first[:-1], first[1:], labels, writers, strict=True)
    )


def _strokes(steps: np.ndarray, lifted: np.ndarray) -> tuple[np.ndarray, ...]:
    points = np.cumsum(steps, axis=0, dtype="float32")
    return tuple(part for part in np.split(points, np.flatnonzero(lifted) + 1) if len(part))
