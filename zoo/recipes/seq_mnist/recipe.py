"""Digits read one pixel at a time: 784 steps, and the digit after the last.

    x_t = pixel t of the image, row by row or in one fixed permuted order
    h_t = LEM(x_t), LSTM(x_t) or another layer
    p(digit) = softmax(W h_784 + b)

The LEM moves by small steps (Rusch et al. 2022); the LSTM's gate biases begin with spans of memory
up to the length of the sequence (Tallec and Ollivier 2018).
"""

from pathlib import Path

import keras
import tensorflow as tf
from keras import layers, ops
from pydantic import Field

from zoo.inference.predictor import Predictor
from zoo.layers import Chrono
from zoo.recipes import cells
from zoo.recipes.cells import Cell
from zoo.recipes.data import mnist
from zoo.recipes.data.warps import Warps
from zoo.recipes.options import Options as Shared
from zoo.recipes.recipe import Recipe, Trained, Training
from zoo.recipes.seq_mnist import SUMMARY, processing
from zoo.recipes.seq_mnist.order import PIXELS, order
from zoo.training import loop

MEAN, DEVIATION = 0.1307, 0.3081
"""Of the pixels of the training images."""


class Options(Shared):
    epochs: int = Field(36, ge=1, description="epochs at most")
    patience: int = Field(20, ge=1, description="epochs without a better dev accuracy")
    learning_rate: float = Field(6e-3, gt=0, description="learning rate at its peak")
    cell: Cell = Field("LEM", description="recurrent layer")
    units: int = Field(128, ge=1, description="units of the recurrent layer")
    time_step: float = Field(0.1, gt=0, le=1, description="longest time step of a LEM")
    permuted: bool = Field(False, description="pixels in one fixed permuted order")
    images_per_batch: int = Field(128, ge=1, description="images in a batch")
    warp: float = Field(
        1.0, ge=0, le=1, description="augmentation: share of images shifted, turned, resized, bent"
    )
    warp_size: float = Field(1.0, gt=0, description="augmentation: factor of the default changes")


def model(options: Options) -> keras.Model:
    """Images to the probabilities of the digits.

    Input: `images` (batch, 28, 28) from 0 to 1. Output: `digits` (batch, 10).
    """
    images = keras.Input((28, 28), name="images")
    pixels = layers.Reshape((PIXELS, 1))(layers.Rescaling(1 / DEVIATION, -MEAN / DEVIATION)(images))
    if options.permuted:
        pixels = ops.take(pixels, order(permuted=True), axis=1)
    state = _cell(options)(pixels)
    digits = layers.Dense(10, activation="softmax", name="digits")(state)
    return keras.Model(images, {"digits": digits})


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    reader = RECIPE.initialized(options, start)
    size = options.images_per_batch

    def epoch(number: int) -> tf.data.Dataset:
        seed = options.seed * 1000 + number
        if not options.warp:
            return mnist.batches(*mnist.digits("train"), size, seed)
        warps = Warps.model_validate({"changed": options.warp}).times(options.warp_size)
        return mnist.augmented(size, seed, warps.warp)

    reader.compile(
        optimizer=loop.adam(options.learning_rate, len(epoch(0)), options.epochs),
        loss={"digits": "sparse_categorical_crossentropy"},
        weighted_metrics={"digits": ["accuracy"]},
    )
    progress = loop.fit(
        reader,
        train=epoch,
        dev=mnist.batches(*mnist.digits("dev"), 500),
        monitor="val_accuracy",
        better=max,
        epochs=options.epochs,
        patience=options.patience,
        folder=folder,
    )
    return Training(reader, {}, progress)


def evaluate(trained: Predictor, split: str) -> dict[str, float]:
    """Share of the images whose digit is predicted correctly."""
    images, labels = mnist.digits(split)
    return {"accuracy": mnist.correct(trained.run, images, labels) / len(labels)}


RECIPE = Recipe(
    name="seq-mnist",
    options=Options,
    model=model,
    train=train,
    evaluate=evaluate,
    splits=tuple(mnist.SPLITS),
    processing=processing,
    data=mnist.DATA,
    other_summary=lambda options: f"{SUMMARY}, in a permuted order" if options.permuted else None,
    sources=(
        "Q. V. Le, N. Jaitly, G. E. Hinton, A simple way to initialize recurrent networks of "
        "rectified linear units, arXiv 1504.00941",
        "C. Tallec, Y. Ollivier, Can recurrent neural networks warp time?, ICLR 2018",
        "F. A. Gers, J. Schmidhuber, F. Cummins, Learning to forget, Neural Computation 12, 2000",
        "T. K. Rusch, S. Mishra, N. B. Erichson, M. W. Mahoney, Long expressive memory for "
        "sequence modeling, ICLR 2022",
    ),
)


def _cell(options: Options) -> keras.layers.Layer:
    optional = {"kernel_initializer": "lecun_normal", "time_step": options.time_step}
    if options.cell == "LSTM":
        optional |= {"bias_initializer": Chrono(PIXELS), "unit_forget_bias": False}
    return cells.layer(options.cell, options.units, optional=optional, return_sequences=False)
