"""Files of ink, or images of lines of digits → what is written in each."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from zoo.errors import UserError
from zoo.inference import ctc
from zoo.inference.padding import group_by_length, padded
from zoo.inference.predictor import Predictor
from zoo.recipes import images
from zoo.recipes.handwriting import files, ink, lines, spelling

WORDS = "words.json"
"""The words that the spelling is learned from."""

FOLDER = Path(__file__).parent / "words"
EXAMPLES = tuple(str(path) for path in sorted(FOLDER.glob("*.json")))
TOGETHER = 64

WIDTH, WEIGHT, BONUS = 12, 0.6, 1.0
"""Of the search. On dev a heavier language model reads better still, but nearly every word of dev
is one that the spelling was learned from, which a user's words need not be."""


def pipeline(
    predictor: Predictor, *, width: int = WIDTH, language: float = WEIGHT
) -> Callable[[Sequence[str]], list[str | list[tuple[str, str]]]]:
    """Paths of files → the word in each; of folders → for each file in it (file, word).

    A file is strokes as JSON or InkML; for a model of lines of digits, an image.

    Args:
        width: of the beam; 1 with language=0 takes the likeliest symbol at each step.
        language: weight of the model of spelling; 0 reads what was written, letter by letter.

    Raises:
        UserError: no such file, a file that has no ink, an empty folder, a setting out of range.
    """
    if not 1 <= width <= 1000 or language < 0:
        raise UserError(
            f"width={width}, language={language} do not fit; a beam is from 1 to 1,000 wide, and a "
            "weight is 0 or more."
        )
    decode = decoder(predictor, width, language)

    def apply(paths: Sequence[str]) -> list[str | list[tuple[str, str]]]:
        found = [_files(predictor, path) for path in paths]
        examples = [_read(predictor, file) for each in found for file in each]
        words = iter([decode(chances) for chances in said(predictor, examples)])
        return [
            [(file.name, next(words)) for file in each] if Path(path).is_dir() else next(words)
            for path, each in zip(paths, found, strict=True)
        ]

    return apply


def batch(predictor: Predictor, paths: Sequence[str]) -> dict[str, np.ndarray]:
    found = [file for path in paths for file in _files(predictor, path)]
    return padded([{"points": _read(predictor, file)} for file in found])


def said(predictor: Predictor, examples: Sequence[np.ndarray]) -> list[np.ndarray]:
    """log p of each symbol at each step, (time, symbols), of what the network reads."""
    found: list[np.ndarray] = [np.empty(0)] * len(examples)
    for group in group_by_length([len(each) for each in examples], TOGETHER):
        inputs = padded([{"points": examples[i]} for i in group])
        for i, logits in zip(group, predictor.run(inputs)["logits"], strict=True):
            found[i] = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return found


def decoder(predictor: Predictor, width: int, language: float) -> Callable[[np.ndarray], str]:
    """From log p of each symbol at each step to what is written."""
    alphabet = predictor.options.alphabet
    words = json.loads(predictor.asset(WORDS)) if language else []
    spelled = spelling.language(words, alphabet) if words else None
    weight, bonus = (language, BONUS) if spelled else (0.0, 0.0)

    def decode(chances: np.ndarray) -> str:
        labels = (
            ctc.greedy(chances)
            if width == 1 and spelled is None
            else ctc.prefix_beam_search(
                chances, width=width, language=spelled, weight=weight, bonus=bonus
            )
        )
        return text(alphabet, labels)

    return decode


def text(alphabet: str, labels: ctc.Labels) -> str:
    """What labels, counted from 1 as the alphabet has them, say."""
    return "".join(alphabet[label - 1] for label in labels)


def _files(predictor: Predictor, path: str) -> list[Path]:
    """The file itself, or those in a folder."""
    place = Path(path)
    if predictor.options.data == "digits":
        return images.files(path)
    if not place.is_dir():
        return [place]
    found = sorted(file for file in place.iterdir() if file.suffix.lower() in files.ENDINGS)
    if not found:
        raise UserError(f"{place} has no ink in it; it ends in {' or '.join(files.ENDINGS)}.")
    return found


def _read(predictor: Predictor, file: Path) -> np.ndarray:
    if predictor.options.data == "digits":
        return lines.read(file)
    strokes = files.read(file)
    try:
        return ink.steps(strokes)
    except UserError as error:
        raise UserError(f"{file}: {error}") from None
