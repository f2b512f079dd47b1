"""Files of ink, or images of lines of digits → the text in each."""

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
"""Asset: the words that the language model is fitted to."""

FOLDER = Path(__file__).parent / "words"
EXAMPLES = tuple(str(path) for path in sorted(FOLDER.glob("*.json")))
BATCH_SIZE = 64

WIDTH, WEIGHT, BONUS = 12, 0.6, 1.0
"""Defaults of the beam search. A larger weight gives fewer errors on dev, but the language model is
fitted to nearly every word of dev, and may not know those of a user."""


def pipeline(
    predictor: Predictor, *, width: int = WIDTH, language: float = WEIGHT
) -> Callable[[Sequence[str]], list[str | list[tuple[str, str]]]]:
    """Paths of files → the word in each; of folders → for each file in it (file, word).

    A file is strokes as JSON or InkML; for a model of lines of digits, an image.

    Args:
        width: of the beam; 1 with language=0 takes the likeliest symbol at each step.
        language: weight of the language model; 0 recognizes each letter on its own.

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
        files_of_paths = [_files(predictor, path) for path in paths]
        examples = [_read(predictor, file) for each in files_of_paths for file in each]
        words = iter([decode(word_log_probs) for word_log_probs in log_probs(predictor, examples)])
        return [
            [(file.name, next(words)) for file in each] if Path(path).is_dir() else next(words)
            for path, each in zip(paths, files_of_paths, strict=True)
        ]

    return apply


def batch(predictor: Predictor, paths: Sequence[str]) -> dict[str, np.ndarray]:
    inputs = [_read(predictor, file) for path in paths for file in _files(predictor, path)]
    return padded([{"points": points} for points in inputs])


def log_probs(predictor: Predictor, examples: Sequence[np.ndarray]) -> list[np.ndarray]:
    """log p of each symbol at each step, (time, symbols), for each input of the network."""
    results: list[np.ndarray] = [np.empty(0)] * len(examples)
    for group in group_by_length([len(each) for each in examples], BATCH_SIZE):
        inputs = padded([{"points": examples[i]} for i in group])
        for i, logits in zip(group, predictor.run(inputs)["logits"], strict=True):
            results[i] = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return results


def decoder(predictor: Predictor, width: int, language: float) -> Callable[[np.ndarray], str]:
    """The function from log p of each symbol at each step to the text."""
    alphabet = predictor.options.alphabet
    words = json.loads(predictor.asset(WORDS)) if language else []
    model = spelling.language(words, alphabet) if words else None
    weight, bonus = (language, BONUS) if model else (0.0, 0.0)

    def decode(log_probs: np.ndarray) -> str:
        labels = (
            ctc.greedy(log_probs)
            if width == 1 and model is None
            else ctc.prefix_beam_search(
                log_probs, width=width, language=model, weight=weight, bonus=bonus
            )
        )
        return text(alphabet, labels)

    return decode


def text(alphabet: str, labels: ctc.Labels) -> str:
    """The text of labels, which are indices of the alphabet from 1."""
    return "".join(alphabet[label - 1] for label in labels)


def _files(predictor: Predictor, path: str) -> list[Path]:
    """The file itself, or those in a folder."""
    folder = Path(path)
    if predictor.options.data == "digits":
        return images.files(path)
    if not folder.is_dir():
        return [folder]
    inks = sorted(file for file in folder.iterdir() if file.suffix.lower() in files.ENDINGS)
    if not inks:
        raise UserError(f"{folder} has no ink in it; it ends in {' or '.join(files.ENDINGS)}.")
    return inks


def _read(predictor: Predictor, file: Path) -> np.ndarray:
    if predictor.options.data == "digits":
        return lines.read(file)
    strokes = files.read(file)
    try:
        return ink.steps(strokes)
    except UserError as error:
        raise UserError(f"{file}: {error}") from None
