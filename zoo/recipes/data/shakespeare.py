"""Tiny Shakespeare: three consecutive parts of a text, one for each split."""

from functools import cache

from zoo.recipes.data.prepared import builder

NAME = "tiny_shakespeare"

SOURCE = "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"

SPLITS = {"train": "train", "dev": "validation", "test": "test"}
"""Name of a split -> that of tensorflow-datasets."""


@cache
def text(split: str) -> str:
    """The text of "train", "dev" or "test".

    Raises:
        UserError: the data set is not at hand and cannot be downloaded.
    """
    import tensorflow_datasets as tfds

    data = builder(NAME, SOURCE).as_dataset(split=SPLITS[split])
    return "".join(row["text"].decode() for row in tfds.as_numpy(data))
