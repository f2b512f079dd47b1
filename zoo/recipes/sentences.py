"""Splits text into sentences, in English, German and languages with similar punctuation."""

import unicodedata

from syntok import segmenter

BYTE_ORDER = "\ufeff"


def sentences(text: str) -> list[str]:
    """The sentences of a text by syntok, each exactly as it is in the text.

    Args:
        text: as `plain` gives it.
    """
    spans = []
    for paragraph in segmenter.process(text):
        for sentence in filter(None, paragraph):
            last = sentence[-1]
            spans.append(text[sentence[0].offset : last.offset + len(last.value)])
    return spans


def plain(text: str) -> str:
    """The text with control characters, surrogates and byte order marks replaced by spaces."""
    return "".join(
        " " if c == BYTE_ORDER or unicodedata.category(c) in ("Cc", "Cs") else c for c in text
    )
