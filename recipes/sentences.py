"""Text to sentences, in English, German and languages that punctuate like them."""

import unicodedata

from syntok import segmenter


def sentences(text: str) -> list[str]:
    """The sentences of a text as syntok finds them, each as the text spells it.

    Control characters count as spaces.
    """
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    found = []
    for paragraph in segmenter.process(text):
        for sentence in paragraph:
            last = sentence[-1]
            found.append(text[sentence[0].offset : last.offset + len(last.value)])
    return found
