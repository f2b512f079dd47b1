"""Texts → for each the list of (token, tag)."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.inference.padding import group_by_length, padded
from zoo.inference.predictor import Predictor
from zoo.recipes.blstm_tagger import english

# fmt: off
UNIVERSAL = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM",
    "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X",
)
# fmt: on
"""The tags of Universal Dependencies."""

PADDING, UNKNOWN, FIRST = 0, 1, 2
VOCABULARY = "vocabulary.json"
BATCH_SIZE = 64
"""Sentences in a batch."""

EXAMPLES = (
    "The old man the boats.",
    "Time flies like an arrow; fruit flies like a banana.",
    "They refuse to permit us to obtain the refuse permit.",
)


def pipeline(predictor: Predictor) -> Callable[[Sequence[str]], list[list[tuple[str, str]]]]:
    """Texts → for each the list of (token, tag)."""

    def apply(texts: Sequence[str]) -> list[list[tuple[str, str]]]:
        split = [english.sentences(text) for text in texts]
        tags = iter(tag(predictor, [sentence for sentences in split for sentence in sentences]))
        return [
            [pair for sentence in sentences for pair in zip(sentence, next(tags), strict=True)]
            for sentences in split
        ]

    return apply


def batch(predictor: Predictor, texts: Sequence[str]) -> dict[str, np.ndarray]:
    vocabulary = Vocabulary.read(predictor)
    return padded([vocabulary.encode(s) for text in texts for s in english.sentences(text)])


def tag(predictor: Predictor, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
    """The tags of sentences given as words, those of like length in one batch."""
    vocabulary, names = Vocabulary.read(predictor), predictor.options.tags.split()
    tags: list[list[str]] = [[] for _ in sentences]
    for group in group_by_length([len(sentence) for sentence in sentences], BATCH_SIZE):
        inputs = padded([vocabulary.encode(sentences[i]) for i in group])
        best = np.argmax(predictor.run(inputs)["tags"], axis=-1)
        for i, row in zip(group, best, strict=True):
            tags[i] = [names[j] for j in row[: len(sentences[i])]]
    return tags


@dataclass(frozen=True)
class Vocabulary:
    """Indices of the words and characters of the training split."""

    words: dict[str, int]
    characters: dict[str, int]
    longest_word: int

    @classmethod
    def of(cls, sentences: Sequence[Sequence[str]], options: Any) -> "Vocabulary":
        """The most frequent words, in lower case, and characters that occur twice or more."""
        words = Counter(word.lower() for sentence in sentences for word in sentence)
        characters = Counter(c for sentence in sentences for word in sentence for c in word)
        return cls(
            indices(words, options.words),
            indices(characters, options.characters),
            options.longest_word,
        )

    @classmethod
    def read(cls, predictor: Predictor) -> "Vocabulary":
        content = json.loads(predictor.asset(VOCABULARY))
        return cls(
            {word: i + FIRST for i, word in enumerate(content["words"])},
            {character: i + FIRST for i, character in enumerate(content["characters"])},
            predictor.options.longest_word,
        )

    def write(self) -> str:
        content = {"words": list(self.words), "characters": list(self.characters)}
        return json.dumps(content, ensure_ascii=False)

    def encode(self, sentence: Sequence[str]) -> dict[str, np.ndarray]:
        """The inputs of the model for one sentence, without the batch axis."""
        spellings = [word[: self.longest_word] for word in sentence]
        characters = np.zeros((len(spellings), max(map(len, spellings), default=1)), "int32")
        for row, word in zip(characters, spellings, strict=True):
            row[: len(word)] = [self.characters.get(c, UNKNOWN) for c in word]
        words = [self.words.get(word.lower(), UNKNOWN) for word in sentence]
        return {"words": np.array(words, "int32"), "characters": characters}


def indices(frequencies: Counter, rows: int, first: int = FIRST) -> dict[str, int]:
    """The most frequent keys that occur twice or more, numbered from `first` up to `rows`."""
    keys = [key for key, count in frequencies.most_common(rows - first) if count > 1]
    return {key: i + first for i, key in enumerate(keys)}
