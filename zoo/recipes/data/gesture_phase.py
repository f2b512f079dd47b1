"""Gesture Phase Segmentation: seven videos of three people who tell stories, seen by a Kinect.

Read from the folder that the environment variable `GESTURE_PHASE_DIR` names: the files `a1_raw.csv`
to `c3_raw.csv` of UCI's archive. A letter is a person and a number a story; what was learned is
tested on a story that no video of training tells.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from zoo.recipes.clips import kinect
from zoo.recipes.data import folder
from zoo.recipes.recipe import DataSource

FOLDER = "GESTURE_PHASE_DIR"
SOURCE = "https://archive.ics.uci.edu/dataset/302/gesture+phase+segmentation"
SPLITS = {"train": ("a1", "a2", "b1", "c1"), "dev": ("a3",), "test": ("b3", "c3")}

MISSPELLED = {"Preparação": "Preparation"}
"""One row of b1."""

DATA = DataSource(
    name="Gesture Phase Segmentation",
    version="UCI 302, the raw files",
    licence="CC BY 4.0",
    note="Trained on the videos a1, a2, b1 and c1, chosen on a3, tested on b3 and c3: a story that "
    "no video of training tells.",
)


@dataclass(frozen=True)
class Video:
    """A video as joints, (frames, joints, 3), and the phase of each frame."""

    joints: np.ndarray
    phases: tuple[str, ...]


@cache
def videos(split: str) -> tuple[Video, ...]:
    """The videos of "train", "dev" or "test".

    Raises:
        UserError: the data set is not at hand.
    """
    return tuple(_video(name) for name in SPLITS[split])


def _video(name: str) -> Video:
    file = folder.file(FOLDER, f"{name}_raw.csv", f"Its files are those of {SOURCE}.")
    joints, phases = kinect.read(file)
    return Video(joints, tuple(MISSPELLED.get(phase, phase) for phase in phases))
