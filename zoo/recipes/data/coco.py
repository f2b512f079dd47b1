"""COCO captions by tensorflow-datasets, in the splits of Karpathy and Fei-Fei (2015)."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from zoo.recipes.data.prepared import builder
from zoo.recipes.recipe import DataSource

SOURCE = "http://images.cocodataset.org/annotations/annotations_trainval2014.zip"
SPLITS = {"train": "train+restval", "dev": "val", "test": "test"}
"""Name of a split → the splits of tensorflow-datasets."""

DATA = DataSource(
    name="coco_captions",
    version="1.1.0",
    licence="captions CC BY 4.0, photographs under licences of their own",
    note="Train with restval, val and test of Karpathy's splits; photographs read at 160 by 160 "
    "pixels. Features from ImageNet.",
)


def photographs(split: str) -> Iterator[tuple[np.ndarray, tuple[str, ...]]]:
    """The photographs of "train", "dev" or "test", (height, width, 3) from 0 to 255, each with
    its captions.

    Raises:
        UserError: the data set is not at hand and cannot be downloaded.
    """
    import tensorflow_datasets as tfds

    rows: Any = tfds.as_numpy(builder("coco_captions", SOURCE).as_dataset(split=SPLITS[split]))
    for row in rows:
        yield row["image"], tuple(text.decode() for text in row["captions"]["text"])
