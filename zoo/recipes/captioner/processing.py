"""Paths of photographs, or of folders of them → a sentence that describes each."""

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
"""Asset: the vocabulary; its first word has the index END + 1."""

WIDTH, LENGTH_PENALTY = 5, 1.0
"""Defaults of the beam search, chosen on dev."""

WIDEST = 100
"""Beams at most."""

LONGEST = 30
"""Most words of a sentence, the end included."""

BATCH_SIZE = 16
"""Photographs in a batch."""

FOLDER = Path(__file__).parent / "pictures"
EXAMPLES = tuple(str(path) for path in sorted(FOLDER.glob("*.png")))


def pipeline(
    predictor: Predictor, *, width: int = WIDTH, length_penalty: float = LENGTH_PENALTY
) -> Callable[[Sequence[str]], list[str | list[tuple[str, str]]]]:
    """Paths of images → a sentence each; of folders → for each image in it (file, sentence).

    An image in a folder that cannot be read has a `Refusal` in place of its sentence.

    Args:
        width: beams of the search; 1 is greedy.
        length_penalty: exponent of the length penalty; a larger one favours longer sentences.

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
        files_of_paths = [images.files(path) for path in paths]
        in_folders = [Path(path).is_dir() for path in paths]
        photographs: list[np.ndarray | Refusal] = []
        for files, in_folder in zip(files_of_paths, in_folders, strict=True):
            for file in files:
                try:
                    photographs.append(pixels(file, predictor.options.side))
                except UserError as problem:
                    if not in_folder:
                        raise
                    photographs.append(Refusal(str(problem)))
        results = iter(sentences(predictor, photographs, width, length_penalty))
        return [
            [(file.name, next(results)) for file in files] if in_folder else next(results)
            for files, in_folder in zip(files_of_paths, in_folders, strict=True)
        ]

    return apply


def batch(predictor: Predictor, paths: Sequence[str]) -> dict[str, np.ndarray]:
    side = predictor.options.side
    return inputs([pixels(file, side) for path in paths for file in images.files(path)])


def inputs(
    photographs: Sequence[np.ndarray], width: int = WIDTH, length_penalty: float = LENGTH_PENALTY
) -> dict[str, np.ndarray]:
    """Images as the model takes them, with the settings of the search."""
    return {
        "images": np.stack(photographs).astype("float32"),
        "width": np.array(width, "int32"),
        "length_penalty": np.array(length_penalty, "float32"),
    }


def sentences(
    predictor: Predictor,
    photographs: Sequence[np.ndarray | Refusal],
    width: int = WIDTH,
    length_penalty: float = LENGTH_PENALTY,
) -> list[str]:
    """A sentence for each photograph; a `Refusal` stays as it is."""
    words = json.loads(predictor.asset(WORDS))
    results = [each if isinstance(each, Refusal) else "" for each in photographs]
    readable = [i for i, each in enumerate(photographs) if not isinstance(each, Refusal)]
    for first in range(0, len(readable), BATCH_SIZE):
        group = readable[first : first + BATCH_SIZE]
        batch = inputs([np.asarray(photographs[i]) for i in group], width, length_penalty)
        for i, symbols in zip(group, predictor.run(batch)["symbols"][:, 0].tolist(), strict=True):
            results[i] = sentence(spelled(symbols, words))
    return results


def pixels(file: Path, side: int) -> np.ndarray:
    """An image file as the model takes it: (side, side, 3) from 0 to 255, resized to a square.

    Raises:
        UserError: no such file, a file that is no image or too large.
    """
    return resized(images.open_image(file), side)


def resized(image: Image.Image, side: int) -> np.ndarray:
    """An RGB image as (side, side, 3) from 0 to 255, whatever its aspect ratio."""
    # The width first, then the height: Pillow alone would begin with either, and rounds in between.
    narrow = image.resize((side, image.height), Image.Resampling.BILINEAR)
    return np.asarray(narrow.resize((side, side), Image.Resampling.BILINEAR))


def plain(caption: str) -> list[str]:
    """The words of a caption in lower case, without punctuation."""
    return re.findall(r"[a-z0-9]+(?:['-][a-z0-9]+)*", caption.lower())


def spelled(symbols: Sequence[int], words: Sequence[str]) -> list[str]:
    """The words of the symbols of a search."""
    return [words[symbol - END - 1] for symbol in symbols if symbol > END]


def sentence(words: Sequence[str]) -> str:
    """Words as a sentence: A dog runs."""
    text = " ".join(words)
    return text[:1].upper() + text[1:] + "." * bool(text)
