"""Sentences of gold tokens with their annotations, and a user's own treebank in CoNLL-U."""

from collections.abc import Iterable
from dataclasses import dataclass

import conllu

from recipes.data import files
from recipes.raw.blstm_tagger import TAGS
from zoo.errors import UserError

COLUMNS = 10


@dataclass(frozen=True)
class Sentence:
    """Syntactic words and, aligned with them, their annotations.

    The rows that spell several words at once have no tag of their own and are left out, as the
    evaluation of Universal Dependencies does.
    """

    text: str
    words: tuple[str, ...]
    upos: tuple[str, ...]
    xpos: tuple[str, ...]
    feats: tuple[str, ...]
    deprel: tuple[str, ...]


def sentences(file: str, split: str) -> tuple[Sentence, ...]:
    """The sentences of "train", "dev" or "test", cut from a CoNLL-U file in this order.

    Raises:
        UserError: no such file, too few sentences, a line that is not a row of ten columns, or a
            tag that Universal Dependencies does not have; both by the number of the line.
    """
    lines = files.lines(file)
    _check(file, lines)
    try:
        found = [_sentence(each) for each in conllu.parse("\n".join(lines))]
    except conllu.exceptions.ParseException as error:
        raise UserError(f"{file} is no CoNLL-U: {error}") from None
    return files.cut([sentence for sentence in found if sentence.words], split, file)


def _check(file: str, lines: Iterable[str]) -> None:
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = line.split("\t")
        if len(columns) != COLUMNS:
            raise UserError(
                f"{file}, line {number}: {line!r:.60} has {len(columns)} columns; a row of CoNLL-U "
                f"has {COLUMNS}, with tabs between them."
            )
        number_of_word, tag = columns[0], columns[3]
        if number_of_word.isdecimal() and tag not in TAGS:
            raise UserError(
                f"{file}, line {number}: the tag {tag!r} is none of the universal ones, "
                f"{', '.join(TAGS)}; a tagger has one output for each of these."
            )


def _sentence(parsed: conllu.TokenList) -> Sentence:
    words = [token for token in parsed if isinstance(token["id"], int)]

    def column(name: str) -> tuple[str, ...]:
        return tuple(str(token[name] or "_") for token in words)

    return Sentence(
        text=parsed.metadata.get("text", " ".join(column("form"))),
        words=column("form"),
        upos=column("upos"),
        xpos=column("xpos"),
        feats=column("feats"),
        deprel=column("deprel"),
    )
