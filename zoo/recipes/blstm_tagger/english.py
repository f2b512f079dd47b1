"""English text to words, as English treebanks cut it."""

import re

from nltk.tokenize import NLTKWordTokenizer

from zoo.recipes import sentences as texts

_STRAIGHT = str.maketrans("’‘“”", "''\"\"")
_HYPHENS = re.compile(r"(?<=\w)(-)(?=\w)")
_TREEBANK = NLTKWordTokenizer()


def sentences(text: str) -> list[list[str]]:
    """The sentences of a text, each as its words.

    Words are those of NLTK's treebank tokenizer, with words split at hyphens as in GUM. A word is
    spelled as in the text.
    """
    return [_words(sentence) for sentence in texts.sentences(texts.plain(text))]


def _words(sentence: str) -> list[str]:
    spans = _TREEBANK.span_tokenize(sentence.translate(_STRAIGHT))
    return [part for start, end in spans for part in _parts(sentence[start:end]) if part]


def _parts(word: str) -> list[str]:
    """The parts of a word joined by hyphens; an address stays whole."""
    return [word] if "//" in word or "@" in word else _HYPHENS.split(word)
