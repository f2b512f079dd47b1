"""Videos as folders of images, one a frame, in the order of their names; without TensorFlow."""

from pathlib import Path

import numpy as np
from PIL import Image

from zoo.errors import UserError
from zoo.recipes import digit_images, images
from zoo.recipes.clips.joints import MOST_FRAMES

SIDE = 48
"""Pixels on a side of a frame as the network reads it."""

SHAPE = (SIDE, SIDE, 1)


def video(folder: Path) -> np.ndarray:
    """The frames of a folder, (frames, SIDE, SIDE, 1), from 0 black to 1 white.

    Raises:
        UserError: no such folder, no images in it or too many, or one that cannot be read.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is no folder; a video is a folder of images, one a frame.")
    files = images.files(str(folder))
    if len(files) > MOST_FRAMES:
        raise UserError(f"{folder} has {len(files)} frames; it takes {MOST_FRAMES:,} at most.")
    return np.stack([_frame(file) for file in files])[..., None]


def videos(folder: str) -> list[Path]:
    """The folders in a folder, in the order of their names.

    Raises:
        UserError: no such folder, or none in it.
    """
    parent = Path(folder)
    folders = sorted(path for path in parent.iterdir() if path.is_dir()) if parent.is_dir() else []
    if not folders:
        raise UserError(f"{folder} holds no folders; it takes one for each video or label.")
    return folders


def _frame(file: Path) -> np.ndarray:
    grey = Image.fromarray(digit_images.grey(file))
    return np.clip(np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.BILINEAR)), 0, 1)
