"""Sentences of gold tokens with their annotations, and a user's own treebank in CoNLL-U."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import conllu

from zoo.errors import UserError
from zoo.recipes.data import own_file

COLUMNS = 10


@dataclass(frozen=True)
class Sentence:
    """Syntactic words and, aligned with them, their annotations.

    Rows of multiword tokens have no tag of their own and are left out, as in the evaluation of
    Universal Dependencies.
    """

    text: str
    words: tuple[str, ...]
    upos: tuple[str, ...]
    xpos: tuple[str, ...]
    feats: tuple[str, ...]
    deprel: tuple[str, ...]


def sentences(file: str, split: str, tags: Sequence[str] | None) -> tuple[Sentence, ...]:
    """The sentences of "train", "dev" or "test" of a CoNLL-U file.

    Whole documents are drawn, where the file has enough of them, else sentences.

    Args:
        tags: the universal ones that the fourth column may have; None for any.

    Raises:
        UserError: no such file, too few sentences, a line that is not a row of ten columns, or
            another tag; both by the number of the line.
    """
    lines = own_file.lines(file)
    _check(file, lines, tags)
    try:
        parsed = conllu.parse("\n".join(lines))
    except conllu.exceptions.ParseException as error:
        raise UserError(f"{file} is no CoNLL-U: {error}") from None
    documents: list[list[Sentence]] = [[]]
    for tokens in parsed:
        if documents[-1] and any(key.startswith("newdoc") for key in tokens.metadata):
            documents.append([])
        sentence = _sentence(tokens)
        documents[-1] += [sentence] if sentence.words else []
    if len(documents) >= own_file.FEWEST:
        return tuple(s for document in own_file.cut(documents, split, file) for s in document)
    return own_file.cut([s for document in documents for s in document], split, file)


def _check(file: str, lines: Iterable[str], tags: Sequence[str] | None) -> None:
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
        if tags is not None and number_of_word.isdecimal() and tag not in tags:
            raise UserError(
                f"{file}, line {number}: the tag {tag!r} is none of {', '.join(tags)}, and a "
                "tagger has one output for each of these. --set tags=treebank trains an output for "
                "each tag that the file has."
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
