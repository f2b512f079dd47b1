"""Images of handwritten digits, brought to the form that MNIST has them in."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from zoo.errors import UserError
from zoo.inference.predictor import Predictor
from zoo.recipes import images

FOLDER = Path(__file__).parent / "digits"
EXAMPLES = tuple(str(path) for path in sorted(FOLDER.glob("*.png")))

SIDE, BOX = 28, 20
"""Points on a side of an image, and of the box in its middle that the digit fills."""

FAINT = 0.2
"""Ink below this share of the darkest does not count in finding where the digit is."""

TOGETHER = 500


def pipeline(predictor: Predictor) -> Callable[[Sequence[str]], list[str | list[tuple[str, str]]]]:
    """Paths of images → the digit in each; of folders → for each image in it (file, digit).

    An image of 28 by 28 points that is light on black is read as it is. Any other is turned to
    grey, light on dark, its digit is cut out, fitted into 20 by 20 points and laid with its
    centre of mass in the middle, as it was done for MNIST.

    Raises:
        UserError: no such file, a file that is no image, a blank or too large one, an empty
            folder.
    """
    return teller(predictor, SIDE)


def batch(predictor: Predictor, paths: Sequence[str]) -> dict[str, np.ndarray]:
    return inputs(paths, SIDE)


def teller(
    predictor: Predictor, side: int
) -> Callable[[Sequence[str]], list[str | list[tuple[str, str]]]]:
    """The `pipeline` of a model that takes images of `side` points, as `read` gives them."""

    def apply(paths: Sequence[str]) -> list[str | list[tuple[str, str]]]:
        found = [images.files(path) for path in paths]
        digits = iter(_told(predictor, [file for files in found for file in files], side))
        return [
            [(file.name, next(digits)) for file in files] if Path(path).is_dir() else next(digits)
            for path, files in zip(paths, found, strict=True)
        ]

    return apply


def inputs(paths: Sequence[str], side: int) -> dict[str, np.ndarray]:
    """What a model takes that reads images of `side` points."""
    files = [file for path in paths for file in images.files(path)]
    return {"images": np.stack([read(file, side) for file in files])}


def read(file: Path, side: int = SIDE) -> np.ndarray:
    """The digit of an image file as MNIST would have it: (28, 28), 0 paper to 1 ink.

    Args:
        side: points on a side of what is given back, of a larger one with the digit in its middle.
            An image of that size that is light on black is given back as it is.

    Raises:
        UserError: as `pipeline`.
    """
    points = grey(file)
    if points.shape == (side, side) and _paper(points) == 0:
        return points
    return np.pad(_centred(_fitted(_inked(file, points))), (side - SIDE) // 2)


def inked(file: Path) -> np.ndarray:
    """The ink of an image file of any size, (height, width), 0 paper to 1 ink.

    Raises:
        UserError: as `pipeline`.
    """
    return _inked(file, grey(file))


def _paper(points: np.ndarray) -> float:
    return float(np.median(np.concatenate([points[0], points[-1], points[:, 0], points[:, -1]])))


def _inked(file: Path, points: np.ndarray) -> np.ndarray:
    ink = np.abs(points - _paper(points))
    if ink.max() < 0.1:
        raise UserError(f"{file} is blank; give an image with something written in it.")
    return ink / ink.max()


def _told(predictor: Predictor, files: Sequence[Path], side: int) -> list[str]:
    digits: list[str] = []
    for first in range(0, len(files), TOGETHER):
        points = np.stack([read(file, side) for file in files[first : first + TOGETHER]])
        likeliest = np.argmax(predictor.run({"images": points})["digits"], axis=-1)
        digits += map(str, likeliest.tolist())
    return digits


def grey(file: Path) -> np.ndarray:
    """The brightness of an image, from 0 to 1; what is transparent is white."""
    return np.asarray(images.opened(file).convert("L"), "float32") / 255


def _fitted(ink: np.ndarray) -> np.ndarray:
    """The digit cut out and resized so that its longer side is the box's."""
    rows, columns = (np.flatnonzero(ink.max(axis=axis) > FAINT) for axis in (1, 0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(BOX * size / max(cut.shape))) for size in cut.shape)
    resized = Image.fromarray(cut).resize((width, height), Image.Resampling.BILINEAR)
    return np.clip(np.asarray(resized), 0, 1)


def _centred(digit: np.ndarray) -> np.ndarray:
    """The digit on 28 by 28 points, its centre of mass in the middle where there is room."""
    place = np.zeros((SIDE, SIDE), "float32")
    starts = []
    for axis, size in enumerate(digit.shape):
        mass = digit.sum(axis=1 - axis)
        centre = float(np.sum(mass * (np.arange(size) + 0.5)) / mass.sum())
        starts.append(int(np.clip(round(SIDE / 2 - centre), 0, SIDE - size)))
    top, left = starts
    place[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return place
