"""Elman's stream of exclusive ors: every third bit is the XOR of the two before it.

    1 0 1  0 0 0  0 1 1  1 1 0 ...

The network sees one bit and predicts the next. Two bits of three are random, so that no
predictor is right on more than 2/3 of all bits; the third can always be predicted.
"""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from pydantic import Field

from zoo.inference.predictor import Predictor
from zoo.recipes import cells
from zoo.recipes.cells import Cell
from zoo.recipes.elman_xor import processing, xor
from zoo.recipes.elman_xor.processing import inputs
from zoo.recipes.options import Options as Shared
from zoo.recipes.recipe import DataSource, Recipe, Trained, Training
from zoo.training import loop


class Options(Shared):
    epochs: int = Field(16, ge=1, description="epochs at most")
    patience: int = Field(5, ge=1, description="epochs without a smaller dev loss")
    learning_rate: float = Field(1e-2, gt=0, description="learning rate of Adam")
    cell: Cell = Field("Elman", description="recurrent layer")
    units: int = Field(16, ge=1, description="hidden and context units")
    streams: int = Field(512, ge=1, description="streams in an epoch of training")
    bits: int = Field(300, ge=3, description="bits in a stream")
    streams_per_batch: int = Field(32, ge=1, description="streams in a batch")


def model(options: Options) -> keras.Model:
    """Bits to probabilities that the next bit is 1.

    Input: `bits` (batch, time, 1), 0 or 1. Output: `next_bit` (batch, time, 1).
    """
    bits = keras.Input((None, 1), name="bits")
    states = cells.layer(options.cell, options.units, return_sequences=True)(bits)
    next_bit = layers.Dense(1, activation="sigmoid", name="next_bit")(states)
    return keras.Model(bits, next_bit)


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    network = RECIPE.initialized(options, start)
    network.compile(
        optimizer=keras.optimizers.Adam(options.learning_rate, global_clipnorm=1.0),
        loss="binary_crossentropy",
        weighted_metrics=["accuracy"],
    )

    def epoch(number: int) -> tf.data.Dataset:
        streams = xor.streams(options.streams, options.bits, (options.seed, number))
        return _batches(streams, options.streams_per_batch)

    progress = loop.fit(
        network,
        train=epoch,
        dev=_batches(xor.split("dev"), options.streams_per_batch),
        monitor="val_loss",
        better=min,
        epochs=options.epochs,
        patience=options.patience,
        folder=folder,
    )
    return Training(network, {}, progress)


def evaluate(trained: Predictor, split: str) -> dict[str, float]:
    """Share of bits predicted correctly, of all and of the third ones."""
    streams = xor.split(split)
    predictions = trained.run({"bits": inputs(streams[:, :-1])})["next_bit"][..., 0] > 0.5
    correct = predictions == streams[:, 1:]
    return {
        "accuracy": float(np.mean(correct)),
        "third_bit_accuracy": float(np.mean(correct[:, xor.THIRD - 1 :: 3])),
    }


RECIPE = Recipe(
    name="elman-xor",
    options=Options,
    model=model,
    train=train,
    evaluate=evaluate,
    splits=xor.SPLITS,
    processing=processing,
    data=DataSource(
        name="generated streams of exclusive ors",
        version="1",
        licence="Apache-2.0",
        note="Trained on streams of 300 bits; dev and test are 100 streams of 3001 bits each.",
    ),
    sources=("J. L. Elman, Finding structure in time, Cognitive Science 14, 1990",),
)


def _batches(streams: np.ndarray, size: int) -> tf.data.Dataset:
    """Streams as (all bits but the last, all but the first)."""
    pairs = (inputs(streams[:, :-1]), streams[:, 1:, None].astype("float32"))
    return tf.data.Dataset.from_tensor_slices(pairs).batch(size).prefetch(tf.data.AUTOTUNE)
