"""Data augmentation: speakers of plays get made-up names.

The plays of dev and test have speakers whose names are not in train; a network that memorized the
names of train would predict these.
"""

import re
from functools import cache

import numpy as np

SPEAKER = re.compile(r"^[A-Z][A-Za-z ']+:$", re.MULTILINE)


@cache
def speakers(text: str) -> tuple[str, ...]:
    """The capitalized words of the lines that name the speaker.

    A word that the text also has in lower case, a title or a trade such as "KING", is no name.
    """
    capitals = {
        word for line in SPEAKER.findall(text) for word in re.findall(r"\b[A-Z]{4,}\b", line)
    }
    ordinary = {word.upper() for word in re.findall(r"\b[a-z]+\b", text)}
    return tuple(sorted(capitals - ordinary))


def renamed(text: str, share: float, rng: np.random.Generator) -> str:
    """The text with new names for a share of its speakers, wherever they are named.

    A new name has the beginning of one speaker's name and the end of another's.
    """
    names = speakers(text)
    new = {name: _crossed(names, rng) for name in names if rng.random() < share}
    new |= {old.capitalize(): name.capitalize() for old, name in new.items()}
    return re.sub(r"\b[A-Z][A-Za-z]{3,}\b", lambda word: new.get(word[0], word[0]), text)


def _crossed(names: tuple[str, ...], rng: np.random.Generator) -> str:
    first, second = (names[i] for i in rng.integers(len(names), size=2))
    return first[: rng.integers(2, len(first))] + second[rng.integers(1, len(second) - 1) :]
