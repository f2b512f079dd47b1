"""Preprocessing of images of handwritten digits, as it was done for MNIST."""

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
"""Pixels on a side of an image, and of the box in its middle that the digit fills."""

INK_THRESHOLD = 0.2
"""Fainter ink, as a share of the darkest, is ignored in locating the digit."""

BATCH_SIZE = 500


def pipeline(predictor: Predictor) -> Callable[[Sequence[str]], list[str | list[tuple[str, str]]]]:
    """Paths of images → the digit in each; of folders → for each image in it (file, digit).

    An image of 28 by 28 pixels that is light on black is used as it is. Any other is converted to
    grey, light on dark; its digit is cropped, resized to fit 20 by 20 pixels and placed with its
    centre of mass in the middle, as it was done for MNIST.

    Raises:
        UserError: no such file, a file that is no image, a blank or too large one, an empty
            folder.
    """
    return classifier(predictor, SIDE)


def batch(predictor: Predictor, paths: Sequence[str]) -> dict[str, np.ndarray]:
    return inputs(paths, SIDE)


def classifier(
    predictor: Predictor, side: int
) -> Callable[[Sequence[str]], list[str | list[tuple[str, str]]]]:
    """The `pipeline` of a model of images with `side` by `side` pixels."""

    def predict(paths: Sequence[str]) -> list[str | list[tuple[str, str]]]:
        files_of_paths = [images.files(path) for path in paths]
        files = [file for files in files_of_paths for file in files]
        digits = iter(_classify(predictor, files, side))
        return [
            [(file.name, next(digits)) for file in files] if Path(path).is_dir() else next(digits)
            for path, files in zip(paths, files_of_paths, strict=True)
        ]

    return predict


def inputs(paths: Sequence[str], side: int) -> dict[str, np.ndarray]:
    """The inputs of a model of images with `side` by `side` pixels."""
    files = [file for path in paths for file in images.files(path)]
    return {"images": np.stack([read(file, side) for file in files])}


def read(file: Path, side: int = SIDE) -> np.ndarray:
    """The digit of an image file, preprocessed as for MNIST: (side, side), 0 paper to 1 ink.

    Args:
        side: pixels on a side of the result; one larger than 28 has the digit in its middle.
            An image of that size that is light on black is returned as it is.

    Raises:
        UserError: as `pipeline`.
    """
    pixels = grey(file)
    if pixels.shape == (side, side) and _paper(pixels) == 0:
        return pixels
    return np.pad(_centred(_fitted(_inked(file, pixels))), (side - SIDE) // 2)


def inked(file: Path) -> np.ndarray:
    """The ink of an image file of any size, (height, width), 0 paper to 1 ink.

    Raises:
        UserError: as `pipeline`.
    """
    return _inked(file, grey(file))


def _paper(pixels: np.ndarray) -> float:
    """The brightness of the paper: the median along the edges."""
    return float(np.median(np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])))


def _inked(file: Path, pixels: np.ndarray) -> np.ndarray:
    ink = np.abs(pixels - _paper(pixels))
    if ink.max() < 0.1:
        raise UserError(f"{file} is blank; give an image with something written in it.")
    return ink / ink.max()


def _classify(predictor: Predictor, files: Sequence[Path], side: int) -> list[str]:
    digits: list[str] = []
    for first in range(0, len(files), BATCH_SIZE):
        pixels = np.stack([read(file, side) for file in files[first : first + BATCH_SIZE]])
        predictions = np.argmax(predictor.run({"images": pixels})["digits"], axis=-1)
        digits += map(str, predictions.tolist())
    return digits


def grey(file: Path) -> np.ndarray:
    """The brightness of an image, from 0 to 1; transparent pixels are white."""
    return np.asarray(images.open_image(file).convert("L"), "float32") / 255


def _fitted(ink: np.ndarray) -> np.ndarray:
    """The digit, cropped and resized so that its longer side is that of the box."""
    rows, columns = (np.flatnonzero(ink.max(axis=axis) > INK_THRESHOLD) for axis in (1, 0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(BOX * size / max(cut.shape))) for size in cut.shape)
    resized = Image.fromarray(cut).resize((width, height), Image.Resampling.BILINEAR)
    return np.clip(np.asarray(resized), 0, 1)


def _centred(digit: np.ndarray) -> np.ndarray:
    """The digit on 28 by 28 pixels, its centre of mass in the middle where there is room."""
    canvas = np.zeros((SIDE, SIDE), "float32")
    starts = []
    for axis, size in enumerate(digit.shape):
        mass = digit.sum(axis=1 - axis)
        centre = float(np.sum(mass * (np.arange(size) + 0.5)) / mass.sum())
        starts.append(int(np.clip(round(SIDE / 2 - centre), 0, SIDE - size)))
    top, left = starts
    canvas[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return canvas
