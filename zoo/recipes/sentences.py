"""Text to sentences, in English, German and languages that punctuate like them."""

import unicodedata

from syntok import segmenter

BYTE_ORDER = "\ufeff"


def sentences(text: str) -> list[str]:
    """The sentences of a text as syntok finds them, each as the text spells it.

    Args:
        text: as `plain` gives it.
    """
    found = []
    for paragraph in segmenter.process(text):
        for sentence in filter(None, paragraph):
            last = sentence[-1]
            found.append(text[sentence[0].offset : last.offset + len(last.value)])
    return found


def plain(text: str) -> str:
    """The text with a space for what is no character: controls, surrogates, byte order marks."""
    return "".join(
        " " if c == BYTE_ORDER or unicodedata.category(c) in ("Cc", "Cs") else c for c in text
    )
