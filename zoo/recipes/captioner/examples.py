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

BATCH_SIZE = 32
"""Photographs whose features are computed in one batch."""

SHUFFLED = 50
"""Batches of a random pool, within which captions are sorted by length."""

Captions = Sequence[tuple[str, ...]]
"""The captions of each photograph."""


def captions(data: str, split: str) -> Captions:
    if data == "coco":
        return [captions for _, captions in coco.photographs(split)]
    return [captions for _, captions in flickr8k.photographs(split)]


def photographs(data: str, split: str, side: int) -> Iterator[np.ndarray]:
    """The photographs as the model takes them."""
    if data == "coco":
        for array, _ in coco.photographs(split):
            yield processing.resized(Image.fromarray(array), side)
    else:
        for file, _ in flickr8k.photographs(split):
            yield processing.pixels(file, side)


def words(captions: Captions, size: int) -> list[str]:
    """The most frequent words; with the special symbols before them, `size` at most."""
    frequencies = Counter(
        word for each in captions for caption in each for word in processing.plain(caption)
    )
    by_frequency = sorted(frequencies, key=lambda word: (-frequencies[word], word))
    return by_frequency[: size - END - 1]


def encode(caption: str, indices: dict[str, int]) -> np.ndarray:
    """The indices of a caption's words, and then END."""
    symbols = [
        indices.get(word, UNKNOWN) for word in processing.plain(caption)[: processing.LONGEST - 1]
    ]
    return np.array([*symbols, END], "int32")


def grids(
    network: keras.Model, images: Iterable[np.ndarray], count: int, path: Path, *, mirrored: bool
) -> np.ndarray:
    """The features of images in half precision, in a file that a resumed training reads again.

    Returns:
        (count, versions, positions, features); the versions are the image as it is and, if
        `mirrored`, its mirror image.
    """
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        steps = (1, -1) if mirrored else (1,)
        shape = (count, len(steps), *network.output_shape[1:])
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            header = {"descr": "<f2", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, header)
            for group in _grouped(images):
                versions = [network.predict_on_batch(group[:, :, ::step]) for step in steps]
                file.write(np.stack(versions, axis=1).astype("<f2").tobytes())
        unfinished.rename(path)
    return np.load(path, mmap_mode="r")


def _grouped(images: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    group: list[np.ndarray] = []
    for image in images:
        group.append(image.astype("float32"))
        if len(group) == BATCH_SIZE:
            yield np.stack(group)
            group = []
    if group:
        yield np.stack(group)


def batches(
    features: np.ndarray,
    captions: Captions,
    words: Sequence[str],
    options: Options,
    epoch: int | None,
) -> tf.data.Dataset:
    """Batches of one epoch: ({grid, words so far}, {next words}, {their weights}).

    The weight of padding and of unknown words is 0.

    Args:
        features: as `grids` returns them.
        words: the vocabulary, as `words` returns it.
        epoch: decides the order and which images are mirrored; None for the order as it is.
    """
    indices = {word: END + 1 + i for i, word in enumerate(words)}
    targets = [(i, encode(text, indices)) for i, each in enumerate(captions) for text in each]
    size = options.captions_per_batch

    def generated() -> Iterator[tuple[dict, dict, dict]]:
        rng = None if epoch is None else np.random.default_rng((options.seed, epoch))
        for group in _ordered([len(target) for _, target in targets], size, rng):
            versions = np.zeros(len(group), int)
            if rng is not None:
                versions = rng.integers(0, features.shape[1], len(group))
            grid = features[[targets[i][0] for i in group], versions].astype("float32")
            next_words = padded([{"words": targets[i][1]} for i in group])["words"]
            inputs = np.pad(next_words[:, :-1], ((0, 0), (1, 0)), constant_values=BEGIN)
            weights = (next_words > UNKNOWN).astype("float32")
            yield {"grid": grid, "words": inputs}, {"logits": next_words}, {"logits": weights}

    symbols = tf.TensorSpec([None, None], tf.int32)
    grid = tf.TensorSpec([None, *features.shape[2:]], tf.float32)
    weights = tf.TensorSpec([None, None], tf.float32)
    signature = ({"grid": grid, "words": symbols}, {"logits": symbols}, {"logits": weights})
    data = tf.data.Dataset.from_generator(generated, output_signature=signature)
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
