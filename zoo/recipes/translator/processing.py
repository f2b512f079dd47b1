"""Texts of one language → the same in another."""

import base64
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import sentencepiece

from zoo.errors import UserError
from zoo.inference.padding import group_by_length, padded
from zoo.inference.predictor import Predictor
from zoo.inference.vocabulary import END, UNKNOWN
from zoo.recipes.sentences import plain, sentences

SOURCE, TARGET = "source.subwords.zlib.base64", "target.subwords.zlib.base64"
"""Assets: the SentencePiece models of the two languages, by zlib and then in base64."""

LONGEST = 60
"""Most subwords of a sentence; the captions in the training of the shipped models are shorter."""

BATCH_SIZE = 64
"""Sentences in a batch."""

WIDEST = 100
"""Beams at most."""

WIDTH, LENGTH_PENALTY = 5, 1.0
"""Defaults of the beam search; the length penalty was chosen on dev."""

FOREIGN, FEW_WORDS = 1.2, 4
"""A text of `FEW_WORDS` words or more is foreign if it has more than `FOREIGN` times as many
subwords of the source as of the target: no German sentence of Multi30k's dev, every English one."""

EXAMPLES = (
    "Ein kleines Mädchen klettert in ein Spielhaus aus Holz.",
    "Zwei Männer stehen am Herd und bereiten Essen zu.",
    "Ein brauner Hund rennt über den Strand.",
)


def pipeline(
    predictor: Predictor, *, width: int = WIDTH, length_penalty: float = LENGTH_PENALTY
) -> Callable[[Sequence[str]], list[str]]:
    """Texts → their translations, sentence by sentence.

    Args:
        width: beams of the search; 1 is greedy.
        length_penalty: exponent of the length penalty; a larger one favours longer translations.

    Raises:
        UserError: a setting out of range, or a text in a script that the model does not know, or
            one that reads like the target's language.
    """
    if not 1 <= width <= WIDEST or not 0 <= length_penalty <= 10:
        raise UserError(
            f"width={width}, length_penalty={length_penalty} do not fit; a width is from 1 to "
            f"{WIDEST}, a length penalty from 0 to 10."
        )

    def apply(texts: Sequence[str]) -> list[str]:
        split = [_parts(predictor, text) for text in texts]
        parts = [part for each in split for part in each]
        translations = iter(translate(predictor, parts, width, length_penalty))
        return [" ".join(next(translations) for _ in each) for each in split]

    return apply


def batch(predictor: Predictor, texts: Sequence[str]) -> dict[str, np.ndarray]:
    parts = [part for text in texts for part in _parts(predictor, text)]
    return _inputs([encode(predictor.asset(SOURCE), part) for part in parts], WIDTH, LENGTH_PENALTY)


def translate(
    predictor: Predictor, texts: Sequence[str], width: int, length_penalty: float
) -> list[str]:
    """Each text translated as one sentence, those of like length in one batch."""
    sources = [encode(predictor.asset(SOURCE), text) for text in texts]
    target = subwords(predictor.asset(TARGET))
    translations = [""] * len(texts)
    for group in group_by_length([len(source) for source in sources], BATCH_SIZE):
        inputs = _inputs([sources[i] for i in group], width, length_penalty)
        for i, symbols in zip(group, predictor.run(inputs)["symbols"][:, 0].tolist(), strict=True):
            translations[i] = target.decode([symbol for symbol in symbols if symbol > END])
    return translations


@cache
def subwords(asset: str) -> Any:
    """The SentencePiece model of an asset."""
    model = zlib.decompress(base64.b64decode(asset))
    return sentencepiece.SentencePieceProcessor(model_proto=model)


def encode(asset: str, text: str) -> np.ndarray:
    """The indices of a text's subwords, and then the end."""
    return np.array([*subwords(asset).encode(text), END], "int32")


def _inputs(
    sources: Sequence[np.ndarray], width: int, length_penalty: float
) -> dict[str, np.ndarray]:
    return {
        **padded([{"source": source} for source in sources]),
        "width": np.array(width, "int32"),
        "length_penalty": np.array(length_penalty, "float32"),
    }


def _parts(predictor: Predictor, text: str) -> list[str]:
    """The sentences of a text; a longer one than the model can read is cut between words."""
    source = subwords(predictor.asset(SOURCE))
    parts: list[str] = []
    text = plain(text)
    _require_source(predictor, text)
    for sentence in sentences(text):
        _require_known(source, sentence, predictor.options.source)
        room = 0
        for word in sentence.split():
            length = len(source.encode(word))
            if length > LONGEST:
                raise UserError(
                    f"{word!r:.60} is a word of {len(word)} characters; it takes words of "
                    f"{LONGEST} subwords at most. Put spaces between the words."
                )
            if room < length:
                parts.append("")
                room = LONGEST
            parts[-1] = f"{parts[-1]} {word}".strip()
            room -= length
    return parts


def _require_known(subwords: Any, sentence: str, language: str) -> None:
    """Refuses a sentence most of whose letters are not in the subwords."""
    letters = [character for character in sentence if character.isalpha()]
    unknown = [letter for letter in letters if UNKNOWN in subwords.encode(letter)]
    if 2 * len(unknown) > len(letters):
        raise UserError(
            f"The model translates from '{language}' and never saw "
            f"{', '.join(map(repr, dict.fromkeys(unknown[:5])))}; give it a text in that language."
            f" Got {sentence!r:.60}."
        )


def is_foreign(asset: Callable[[str], str], text: str) -> bool:
    """Whether a text has far fewer subwords of the target language than of the source language."""
    source, target = (_length(subwords(asset(name)), text) for name in (SOURCE, TARGET))
    return len(text.split()) >= FEW_WORDS and source > FOREIGN * target


def _length(subwords: Any, text: str) -> int:
    """Number of a text's subwords, and of its characters that no subword has."""
    pieces = subwords.encode(text, out_type=str)
    return sum(len(piece) if subwords.piece_to_id(piece) == UNKNOWN else 1 for piece in pieces)


def _require_source(predictor: Predictor, text: str) -> None:
    """Refuses a foreign text."""
    options = predictor.options
    if is_foreign(predictor.asset, text):
        raise UserError(
            f"The model translates from '{options.source}' to '{options.target}', and {text!r:.60} "
            f"does not read like '{options.source}'; give it a text in that language."
        )
