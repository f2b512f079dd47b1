"""Paths → images of generated digits, written there."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from zoo.errors import UserError
from zoo.inference.predictor import Predictor

WRITTEN = "draw-mnist.png"
"""Where the images are written by default."""

EXAMPLES = (WRITTEN,)

SIDE, MARGIN = 28, 2
MOST = 10_000
SCALE = 3
"""Pixels on a side in the file for one pixel of a digit."""

MILLISECONDS = 80
"""Duration of a stroke in the animation."""


def pipeline(
    predictor: Predictor, *, count: int = 16, seed: int = 0, film: bool = False
) -> Callable[[Sequence[str]], list[str]]:
    """Paths → the same, with generated digits side by side in a PNG file at each.

    Args:
        count: number of digits.
        seed: the same digits for the same seed.
        film: an animated PNG of the canvases, one stroke after another.

    Raises:
        UserError: a setting out of range, or a path that does not end in .png or cannot be written.
    """
    if not 1 <= count <= MOST or not seed >= 0:
        raise UserError(
            f"count={count}, seed={seed} do not fit; a count is from 1 to {MOST:,}, a seed from 0."
        )

    def apply(paths: Sequence[str]) -> list[str]:
        for path in paths:
            if Path(path).suffix.lower() != ".png":
                raise UserError(f"draw-mnist writes PNG files; {path!r:.60} does not end in .png.")
        canvases = predictor.run(generation_inputs(predictor, count, seed))["canvases"]
        strokes = range(canvases.shape[1]) if film else [canvases.shape[1] - 1]
        first, *others = [Image.fromarray(side_by_side(canvases[:, t])) for t in strokes]
        for path in paths:
            try:
                first.save(path, save_all=film, append_images=others, duration=MILLISECONDS, loop=0)
            except (OSError, ValueError) as error:
                raise UserError(f"{path!r:.60} cannot be written: {error}.") from None
        return list(paths)

    return apply


def batch(predictor: Predictor, paths: Sequence[str]) -> dict[str, np.ndarray]:
    return generation_inputs(predictor, count=4, seed=0)


def generation_inputs(predictor: Predictor, count: int, seed: int) -> dict[str, np.ndarray]:
    """The model's inputs to generate so many digits."""
    options = predictor.options
    noise = np.random.default_rng(seed).normal(size=(count, options.glimpses, options.latents))
    return {
        "images": np.zeros((count, SIDE, SIDE), "float32"),
        "noise": noise.astype("float32"),
        "posterior": np.zeros((count, 1), "float32"),
    }


def side_by_side(images: np.ndarray) -> np.ndarray:
    """Images from 0 white to 1 black as a sheet of rows of equal length, as bytes."""
    columns = int(np.ceil(np.sqrt(len(images))))
    rows = -(-len(images) // columns)
    cell = SIDE + MARGIN
    sheet = np.zeros((rows * cell + MARGIN, columns * cell + MARGIN), "float32")
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        top, left = MARGIN + row * cell, MARGIN + column * cell
        sheet[top : top + SIDE, left : left + SIDE] = image
    grey = np.round(255 * (1 - np.clip(sheet, 0, 1))).astype("uint8")
    return grey.repeat(SCALE, axis=0).repeat(SCALE, axis=1)
