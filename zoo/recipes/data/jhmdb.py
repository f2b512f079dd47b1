"""JHMDB: short clips of people's actions as the joints of their bodies, split 1.

Read from the folder that the environment variable `JHMDB_DIR` names. It holds `train.npz` and
`test.npz`, each with `pose` (frames, 15, 2), x and y downwards; `first` (clips + 1,), where each
clip begins; and `labels` (clips,).
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

import numpy as np

from zoo.recipes.data import folder
from zoo.recipes.recipe import DataSource

FOLDER = "JHMDB_DIR"
SOURCE = "https://github.com/fandulu/DD-Net"
SPLITS = ("train", "dev", "test")
DEV = 6
"""The last clips of each action in train, one of so many, are dev."""

DATA = DataSource(
    name="JHMDB",
    version="split 1, 14 actions, joint positions as DD-Net has them",
    licence="CC BY 4.0",
    note="433 / 176 clips; dev is the last sixth of each action's training clips.",
)


@dataclass(frozen=True)
class Clip:
    """Joints (frames, 15, 2), x and y downwards, and the action."""

    joints: np.ndarray
    action: str


@cache
def clips(split: str) -> tuple[Clip, ...]:
    """The clips of "train", "dev" or "test".

    Raises:
        UserError: the data set is not at hand.
    """
    all_clips = _read("test" if split == "test" else "train")
    if split == "test":
        return all_clips
    by_action = defaultdict(list)
    for clip in all_clips:
        by_action[clip.action].append(clip)
    chosen: list[Clip] = []
    for group in by_action.values():
        cut = len(group) - len(group) // DEV
        chosen += group[:cut] if split == "train" else group[cut:]
    return tuple(chosen)


def _read(part: str) -> tuple[Clip, ...]:
    remedy = f"Its files are made from the data of {SOURCE} as zoo/recipes/data/jhmdb.py says."
    with np.load(folder.file(FOLDER, f"{part}.npz", remedy), allow_pickle=False) as arrays:
        pose, first, labels = arrays["pose"], arrays["first"], arrays["labels"].tolist()
    return tuple(
        Clip(pose[begin:end], label)
        for begin, end, label in zip(first[:-1], first[1:], labels, strict=True)
    )
