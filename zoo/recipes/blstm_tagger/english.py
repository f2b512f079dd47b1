"""English text to the words that English treebanks annotate."""

import re

from nltk.tokenize import NLTKWordTokenizer

from zoo.recipes import sentences as texts

_STRAIGHT = str.maketrans("’‘“”", "''\"\"")
_HYPHENS = re.compile(r"(?<=\w)(-)(?=\w)")
_TREEBANK = NLTKWordTokenizer()


def sentences(text: str) -> list[list[str]]:
    """The sentences of a text, each as its words.

    Words are those of NLTK's treebank tokenizer, with words joined by a hyphen taken apart as GUM
    does it. A word is as the text spells it.
    """
    return [_words(sentence) for sentence in texts.sentences(texts.plain(text))]


def _words(sentence: str) -> list[str]:
    spans = _TREEBANK.span_tokenize(sentence.translate(_STRAIGHT))
    return [part for start, end in spans for part in _parts(sentence[start:end]) if part]


def _parts(word: str) -> list[str]:
    """The parts of a word joined by hyphens; an address stays whole."""
    return [word] if "//" in word or "@" in word else _HYPHENS.split(word)
