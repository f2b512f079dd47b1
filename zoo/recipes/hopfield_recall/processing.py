"""Digits by name, or drawings → each corrupted, and beside it the recalled pattern."""

from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np

from zoo.errors import UserError
from zoo.inference.predictor import Predictor
from zoo.recipes.hopfield_recall import glyphs
from zoo.recipes.options import Seed

Mode = Literal["asynchronous", "synchronous"]
MODES = get_args(Mode)
EXAMPLES = tuple(glyphs.DRAWINGS)


def pipeline(
    predictor: Predictor, *, flips: float = 0.2, seed: Seed = 0, mode: str = "asynchronous"
) -> Callable[[Sequence[str]], list[str]]:
    """Names of stored digits, or drawings → the corrupted and the recalled drawing side by side.

    Args:
        flips: share of the pixels that are inverted first.
        seed: of the choice of these pixels.
        mode: "asynchronous" or "synchronous" updates.

    Raises:
        UserError: no stored digit and no drawing, or a setting out of range.
    """
    if mode not in MODES:
        raise UserError(f"There is no mode {mode!r}; it takes {' or '.join(MODES)}.")
    if not 0 <= flips <= 1:
        raise UserError(f"flips={flips} does not fit; it takes a share from 0 to 1.")

    def apply(texts: Sequence[str]) -> list[str]:
        if not texts:
            return []
        inputs = corrupted(batch(predictor, texts)["patterns"], flips, np.random.default_rng(seed))
        recalled = predictor.run({"patterns": inputs})[mode]
        return [
            "\n".join(f"{left}   {right}" for left, right in _beside(*pair))
            for pair in zip(inputs, recalled, strict=True)
        ]

    return apply


def batch(predictor: Predictor, texts: Sequence[str]) -> dict[str, np.ndarray]:
    return {"patterns": np.stack([_parse(text) for text in texts])}


def corrupted(patterns: np.ndarray, flips: float, rng: np.random.Generator) -> np.ndarray:
    """Patterns with this share of their pixels inverted, chosen at random for each."""
    count, pixels = patterns.shape
    flipped = np.argsort(rng.random((count, pixels)), axis=1) < round(flips * pixels)
    return np.where(flipped, -patterns, patterns)


def _beside(left: np.ndarray, right: np.ndarray) -> zip:
    return zip(glyphs.draw(left).split("\n"), glyphs.draw(right).split("\n"), strict=True)


def _parse(text: str) -> np.ndarray:
    drawing = glyphs.DRAWINGS.get(text.strip(), text)
    rows = drawing.split()
    fits = len(rows) == glyphs.HEIGHT and {len(row) for row in rows} == {glyphs.WIDTH}
    if not fits or set("".join(rows)) - {glyphs.INK, glyphs.PAPER}:
        raise UserError(
            f"hopfield-recall takes one of {', '.join(glyphs.DRAWINGS)}, or a drawing of "
            f"{glyphs.HEIGHT} lines of {glyphs.WIDTH} pixels, {glyphs.INK} or {glyphs.PAPER}; got "
            f"{text!r:.60}."
        )
    return glyphs.parse(drawing)
