"""Universal Dependencies, English GUM: sentences of gold tokens with their annotations."""

from functools import cache

from zoo.recipes.data.prepared import builder
from zoo.recipes.data.treebank import Sentence

NAME = "universal_dependencies/en_gum"

SOURCE = (
    "https://raw.githubusercontent.com/UniversalDependencies/UD_English-GUM/r2.10/"
    "en_gum-ud-dev.conllu"
)

SURFACE = "_"
"""Tag of a row such as "don't" that only spells the two words annotated after it."""


@cache
def sentences(split: str) -> tuple[Sentence, ...]:
    """The sentences of "train", "dev" or "test".

    Raises:
        UserError: the data set is not at hand and cannot be downloaded.
    """
    import tensorflow_datasets as tfds

    gum = builder(NAME, SOURCE)
    tag = gum.info.features["upos"].feature.int2str
    return tuple(
        _sentence(row, [tag(i) for i in row["upos"]])
        for row in tfds.as_numpy(gum.as_dataset(split=split))
    )


def _sentence(row: dict, upos: list[str]) -> Sentence:
    words = [i for i, tag in enumerate(upos) if tag != SURFACE]

    def column(name: str) -> tuple[str, ...]:
        return tuple(row[name][i].decode() for i in words)

    return Sentence(
        text=row["text"].decode(),
        words=column("tokens"),
        upos=tuple(upos[i] for i in words),
        xpos=column("xpos"),
        feats=column("feats"),
        deprel=column("deprel"),
    )
