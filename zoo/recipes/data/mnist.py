"""MNIST: handwritten digits of 28 by 28 pixels; dev is cut from the end of train."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.inference.arrays import Run
from zoo.recipes.data.prepared import builder
from zoo.recipes.recipe import DataSource

SOURCE = "https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz"
SPLITS = {"train": "train[:55000]", "dev": "train[55000:]", "test": "test"}
"""Name of a split -> that of tensorflow-datasets."""

DATA = DataSource(
    name="mnist",
    version="3.0.1",
    licence="CC BY-SA 3.0",
    note="Trained on the first 55,000 images of train; dev is its last 5,000, test all 10,000.",
)


@cache
def digits(split: str) -> tuple[np.ndarray, np.ndarray]:
    """The images of "train", "dev" or "test", (images, 28, 28) from 0 to 255, and their labels.

    Raises:
        UserError: the data set is not at hand and cannot be downloaded.
    """
    import tensorflow_datasets as tfds

    data = builder("mnist", SOURCE).as_dataset(split=SPLITS[split], batch_size=-1)
    rows = tfds.as_numpy(data)
    return rows["image"][..., 0], rows["label"].astype("int32")


def inputs(images: np.ndarray) -> np.ndarray:
    """Images from 0 to 255 scaled to the model's inputs, from 0 to 1."""
    return images.astype("float32") / 255


def batches(
    images: np.ndarray, labels: np.ndarray, size: int, seed: int | None = None
) -> tf.data.Dataset:
    """Batches of (images from 0 to 1, labels), shuffled if there is a seed.

    With a seed a smaller last batch is dropped.
    """
    indices = tf.data.Dataset.range(len(labels))
    if seed is not None:
        indices = indices.shuffle(len(labels), seed=seed)
    images, labels = tf.constant(images), tf.constant(labels)

    def gathered(indices: Any) -> tuple[Any, Any]:
        return tf.cast(tf.gather(images, indices), "float32") / 255, tf.gather(labels, indices)

    batches = indices.batch(size, drop_remainder=seed is not None)
    return batches.map(gathered).prefetch(tf.data.AUTOTUNE)


def augmented(size: int, seed: int, change: Callable[[Any, Any], Any]) -> tf.data.Dataset:
    """`batches` of the training split, shuffled, each with a random change of its own.

    Args:
        change: images and a seed of two integers → the images changed.
    """

    def changed(batch: tuple[Any, Any], number: Any) -> tuple[Any, Any]:
        images, labels = batch
        return change(images, tf.stack([number, 0])), labels

    data = batches(*digits("train"), size, seed)
    numbers = tf.data.Dataset.random(seed=seed)
    return tf.data.Dataset.zip(data, numbers).map(changed, num_parallel_calls=tf.data.AUTOTUNE)


def correct(run: Run, images: np.ndarray, labels: np.ndarray) -> int:
    """Number of images whose likeliest digit, by the output `digits`, is the label."""
    predictions = [
        np.argmax(run({"images": inputs(images[first : first + 500])})["digits"], axis=-1)
        for first in range(0, len(labels), 500)
    ]
    return int(np.sum(np.concatenate(predictions) == labels))
