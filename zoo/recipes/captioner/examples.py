"""Photographs and captions as batches; the features of the photographs are computed once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from zoo.inference.padding import padded
from zoo.inference.vocabulary import BEGIN, END, UNKNOWN
from zoo.recipes.captioner import processing
from zoo.recipes.captioner.options import Options
from zoo.recipes.data import coco, flickr8k
from zoo.training.batches import few_lengths

TOGETHER = 32
"""Photographs whose features are computed in one batch."""

SHUFFLED = 50
"""Batches within which captions of like length are brought together."""

Captions = Sequence[tuple[str, ...]]
"""What was said of each photograph."""


def captions(data: str, split: str) -> Captions:
    if data == "coco":
        return [said for _, said in coco.photographs(split)]
    return [said for _, said in flickr8k.photographs(split)]


def photographs(data: str, split: str, side: int) -> Iterator[np.ndarray]:
    """The photographs as the model reads them."""
    if data == "coco":
        for array, _ in coco.photographs(split):
            yield processing.squeezed(Image.fromarray(array), side)
    else:
        for file, _ in flickr8k.photographs(split):
            yield processing.points(file, side)


def words(said: Captions, most: int) -> list[str]:
    """The words that are said most, so many with the symbols before them."""
    counts = Counter(
        word for each in said for caption in each for word in processing.plain(caption)
    )
    common = sorted(counts, key=lambda word: (-counts[word], word))
    return common[: most - END - 1]


def encode(caption: str, indices: dict[str, int]) -> np.ndarray:
    """The indices of a caption's words, and then the end."""
    known = [
        indices.get(word, UNKNOWN) for word in processing.plain(caption)[: processing.LONGEST - 1]
    ]
    return np.array([*known, END], "int32")


def grids(
    network: keras.Model, images: Iterable[np.ndarray], count: int, path: Path, *, mirrored: bool
) -> np.ndarray:
    """The features of images in half precision, kept in a file for a training that goes on.

    Returns:
        (count, ways, places, features), of each image as it is and, if `mirrored`, of its mirror
        image.
    """
    if not path.exists():
        part = path.with_suffix(".unfinished")
        steps = (1, -1) if mirrored else (1,)
        shape = (count, len(steps), *network.output_shape[1:])
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            said = {"descr": "<f2", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, said)
            for group in _grouped(images):
                ways = [network.predict_on_batch(group[:, :, ::step]) for step in steps]
                file.write(np.stack(ways, axis=1).astype("<f2").tobytes())
        part.rename(path)
    return np.load(path, mmap_mode="r")


def _grouped(images: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    group: list[np.ndarray] = []
    for image in images:
        group.append(image.astype("float32"))
        if len(group) == TOGETHER:
            yield np.stack(group)
            group = []
    if group:
        yield np.stack(group)


def batches(
    found: np.ndarray, said: Captions, known: Sequence[str], options: Options, epoch: int | None
) -> tf.data.Dataset:
    """Batches of one epoch: ({grid, words so far}, {next words}, {1 where they are known}).

    Args:
        found: features, as `grids` gives them.
        epoch: decides the order and which images are mirrored; None for the order as it is.
    """
    indices = {word: END + 1 + i for i, word in enumerate(known)}
    targets = [(i, encode(text, indices)) for i, each in enumerate(said) for text in each]
    size = options.captions_per_batch

    def made() -> Iterator[tuple[dict, dict, dict]]:
        rng = None if epoch is None else np.random.default_rng((options.seed, epoch))
        for group in _ordered([len(target) for _, target in targets], size, rng):
            ways = np.zeros(len(group), int)
            if rng is not None:
                ways = rng.integers(0, found.shape[1], len(group))
            grid = found[[targets[i][0] for i in group], ways].astype("float32")
            wanted = padded([{"words": targets[i][1]} for i in group])["words"]
            begun = np.pad(wanted[:, :-1], ((0, 0), (1, 0)), constant_values=BEGIN)
            counts = (wanted > UNKNOWN).astype("float32")
            yield {"grid": grid, "words": begun}, {"logits": wanted}, {"logits": counts}

    free = tf.TensorSpec([None, None], tf.int32)
    grid = tf.TensorSpec([None, *found.shape[2:]], tf.float32)
    counts = tf.TensorSpec([None, None], tf.float32)
    signature = ({"grid": grid, "words": free}, {"logits": free}, {"logits": counts})
    data = tf.data.Dataset.from_generator(made, output_signature=signature)
    number = -(-len(targets) // size)
    data = data.apply(tf.data.experimental.assert_cardinality(number))
    return data.apply(few_lengths).prefetch(4)


def _ordered(
    lengths: Sequence[int], size: int, rng: np.random.Generator | None
) -> Iterator[list[int]]:
    """Indices in groups of so many; in a random order, those of like length together."""
    order = np.arange(len(lengths))
    if rng is not None:
        rng.shuffle(order)
        pools = np.array_split(order, max(1, len(order) // (size * SHUFFLED)))
        order = np.concatenate([sorted(pool, key=lambda i: lengths[i]) for pool in pools])
    groups = [order[first : first + size].tolist() for first in range(0, len(order), size)]
    if rng is not None:
        rng.shuffle(groups)
    yield from groups
