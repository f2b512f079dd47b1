"""Paths of photographs, or of folders of them → what each shows, in a sentence."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from zoo.errors import Refusal, UserError
from zoo.inference.predictor import Predictor
from zoo.inference.vocabulary import END
from zoo.recipes import images

WORDS = "words.json"
"""Asset: the words known, the first of index END + 1."""

WIDTH, LENGTH_PENALTY = 5, 1.0
"""Of the search, by default; chosen on dev."""

WIDEST = 100
"""Beams at most."""

LONGEST = 30
"""Words and the end in what is said at most."""

TOGETHER = 16
"""Photographs in a batch."""

FOLDER = Path(__file__).parent / "pictures"
EXAMPLES = tuple(str(path) for path in sorted(FOLDER.glob("*.png")))


def pipeline(
    predictor: Predictor, *, width: int = WIDTH, length_penalty: float = LENGTH_PENALTY
) -> Callable[[Sequence[str]], list[str | list[tuple[str, str]]]]:
    """Paths of images → a sentence each; of folders → for each image in it (file, sentence).

    An image in a folder that cannot be read has a `Refusal` in place of its sentence.

    Args:
        width: beams kept of a sentence; 1 is greedy.
        length_penalty: by what power of its length a sentence is favoured.

    Raises:
        UserError: a setting out of range; no such file, a file that is no image or too large, an
            empty folder.
    """
    if not 1 <= width <= WIDEST or not 0 <= length_penalty <= 10:
        raise UserError(
            f"width={width}, length_penalty={length_penalty} do not fit; a width is from 1 to "
            f"{WIDEST}, a length penalty from 0 to 10."
        )

    def apply(paths: Sequence[str]) -> list[str | list[tuple[str, str]]]:
        found = [images.files(path) for path in paths]
        in_folders = [Path(path).is_dir() for path in paths]
        read: list[np.ndarray | Refusal] = []
        for files, in_folder in zip(found, in_folders, strict=True):
            for file in files:
                try:
                    read.append(points(file, predictor.options.side))
                except UserError as problem:
                    if not in_folder:
                        raise
                    read.append(Refusal(str(problem)))
        told = iter(sentences(predictor, read, width, length_penalty))
        return [
            [(file.name, next(told)) for file in files] if in_folder else next(told)
            for files, in_folder in zip(found, in_folders, strict=True)
        ]

    return apply


def batch(predictor: Predictor, paths: Sequence[str]) -> dict[str, np.ndarray]:
    side = predictor.options.side
    return inputs([points(file, side) for path in paths for file in images.files(path)])


def inputs(
    read: Sequence[np.ndarray], width: int = WIDTH, length_penalty: float = LENGTH_PENALTY
) -> dict[str, np.ndarray]:
    """Images as the model takes them, with the settings of the search."""
    return {
        "images": np.stack(read).astype("float32"),
        "width": np.array(width, "int32"),
        "length_penalty": np.array(length_penalty, "float32"),
    }


def sentences(
    predictor: Predictor,
    read: Sequence[np.ndarray | Refusal],
    width: int = WIDTH,
    length_penalty: float = LENGTH_PENALTY,
) -> list[str]:
    """A sentence for each image, and for a `Refusal` itself."""
    words = json.loads(predictor.asset(WORDS))
    told = [each if isinstance(each, Refusal) else "" for each in read]
    places = [i for i, each in enumerate(read) if not isinstance(each, Refusal)]
    for first in range(0, len(places), TOGETHER):
        group = places[first : first + TOGETHER]
        batch = inputs([np.asarray(read[i]) for i in group], width, length_penalty)
        for i, symbols in zip(group, predictor.run(batch)["symbols"][:, 0].tolist(), strict=True):
            told[i] = sentence(spelled(symbols, words))
    return told


def points(file: Path, side: int) -> np.ndarray:
    """An image file as the model reads it: (side, side, 3) from 0 to 255, squeezed to a square.

    Raises:
        UserError: no such file, a file that is no image or too large.
    """
    return squeezed(images.open_image(file), side)


def squeezed(image: Image.Image, side: int) -> np.ndarray:
    """An image in red, green and blue as (side, side, 3) from 0 to 255."""
    # Across first, then down: Pillow itself begins with either, and rounds in between.
    narrow = image.resize((side, image.height), Image.Resampling.BILINEAR)
    return np.asarray(narrow.resize((side, side), Image.Resampling.BILINEAR))


def plain(caption: str) -> list[str]:
    """The words of a caption in lower case, without marks."""
    return re.findall(r"[a-z0-9]+(?:['-][a-z0-9]+)*", caption.lower())


def spelled(symbols: Sequence[int], words: Sequence[str]) -> list[str]:
    """The words of a search's symbols."""
    return [words[symbol - END - 1] for symbol in symbols if symbol > END]


def sentence(words: Sequence[str]) -> str:
    """Words as a sentence: A dog runs."""
    text = " ".join(words)
    return text[:1].upper() + text[1:] + "." * bool(text)
