"""The parity of a string, told at every bit."""

import keras
import numpy as np
import tensorflow as tf
from pydantic import Field

from zoo.recipes import cells
from zoo.recipes.cells import Cell
from zoo.recipes.options import Options as Shared
from zoo.recipes.recipe import DataSource, Recipe, Training
from zoo.training import loop

from . import processing


class Options(Shared):
    epochs: int = Field(10, ge=1, description="epochs at most")
    learning_rate: float = Field(1e-2, gt=0, description="learning rate at its peak")
    cell: Cell = Field("LSTM", description="recurrent layer")
    units: int = Field(8, ge=1, description="units of the recurrent layer")
    batches: int = Field(100, ge=1, description="batches in an epoch")


def model(options):
    bits = keras.Input((None, 1), name="bits")
    states = cells.layer(options.cell, options.units, return_sequences=True)(bits)
    odd = keras.layers.Dense(1, activation="sigmoid", name="odd")(states)
    return keras.Model(bits, {"odd": odd})


def train(options, folder, start):
    network = RECIPE.initialized(options, start)
    network.compile(
        optimizer=loop.adam(options.learning_rate, options.batches, options.epochs),
        loss={"odd": "binary_crossentropy"},
    )
    progress = loop.fit(
        network,
        train=lambda epoch: strings(options.batches, seed=(options.seed, epoch)),
        dev=strings(4, seed=0),
        monitor="val_loss",
        better=min,
        epochs=options.epochs,
        patience=options.epochs,
        folder=folder,
    )
    return Training(network, {}, progress)


def evaluate(trained, split):
    right = [
        np.mean((trained.run({"bits": bits})["odd"] > 0.5) == odd)
        for bits, odd in strings(4, seed={"dev": 0, "test": 1}[split]).as_numpy_iterator()
    ]
    return {"accuracy": float(np.mean(right))}


def strings(batches, seed):
    """Batches of 32 random strings of 12 bits, and the parity at each."""
    bits = np.random.default_rng(seed).integers(0, 2, (32 * batches, 12, 1))
    arrays = bits.astype("float32"), (np.cumsum(bits, axis=1) % 2).astype("float32")
    return tf.data.Dataset.from_tensor_slices(arrays).batch(32)


RECIPE = Recipe(
    name="parity",
    options=Options,
    model=model,
    train=train,
    evaluate=evaluate,
    splits=("dev", "test"),
    processing=processing,
    data=DataSource(name="random strings of bits", version="1", licence="Apache-2.0"),
    sources=("M. Minsky, S. Papert, Perceptrons, 1969",),
)
