"""Digits recognised by a few glimpses: the recurrent model of visual attention.

    h, locations, ... = RAM(image)
    p(digit) = softmax(W h + b)

Trained by the cross entropy of the digit and, for the locations, by REINFORCE with a learned
baseline. The reward is 1 for a correct digit; with the option `early`, which predicts a digit after
every glimpse, it is the probability of the correct one. Evaluated at the mean locations.
"""

from pathlib import Path
from typing import Any, Literal

import keras
import tensorflow as tf
from keras import layers, ops
from pydantic import Field

from zoo.inference.predictor import Predictor
from zoo.layers.ram import RAM, RAMOutput, reinforce
from zoo.recipes import cells
from zoo.recipes.cells import Cell
from zoo.recipes.data import mnist
from zoo.recipes.data.warps import Warps
from zoo.recipes.glimpse_mnist import OF_SCENES, processing, scenes
from zoo.recipes.options import Options as Shared
from zoo.recipes.recipe import Recipe, Trained, Training
from zoo.training import loop


class Options(Shared, Warps):
    epochs: int = Field(200, ge=1, description="epochs at most")
    patience: int = Field(100, ge=1, description="epochs without a better dev accuracy")
    learning_rate: float = Field(1e-3, gt=0, description="learning rate at its peak")
    glimpses: int = Field(7, ge=1, description="glimpses at an image")
    size: int = Field(8, ge=1, description="pixels on a side of a glimpse")
    scales: int = Field(2, ge=1, description="crops of a glimpse, each twice as wide as the last")
    cell: Cell = Field("Elman", description="recurrent layer, the core; an Elman of ReLU")
    units: int = Field(256, ge=1, description="units of the core")
    hidden_units: int = Field(256, ge=1, description="units of the glimpse network")
    scene: Literal["plain", "translated", "cluttered"] = Field(
        "plain", description="28 by 28 digits, or 60 by 60 with the digit somewhere"
    )
    copies: int = Field(1, ge=1, description="Monte Carlo samples of the locations for an image")
    deviation: float = Field(0.15, gt=0, description="of a sampled location, in the first epoch")
    final_deviation: float = Field(
        0.04, gt=0, description="of a sampled location, in the last epoch"
    )
    early: bool = Field(
        False, description="predict the digit, for a reward, after every glimpse, not only the last"
    )
    reinforce_weight: float = Field(0.02, ge=0, description="weight of the loss of the locations")
    dropout: float = Field(0.2, ge=0, lt=1, description="before the digit is predicted")
    images_per_batch: int = Field(128, ge=1, description="images in a batch")


def model(options: Options) -> keras.Model:
    """Images to the probabilities of the digits, and the locations of the glimpses.

    Input: `images` (batch, side, side) from 0 to 1. Outputs: `digits` (batch, 10), `locations`
    (batch, glimpses, 2), as (x, y) from -1 to 1.
    """
    side = processing.SIDES[options.scene]
    images = keras.Input((side, side), name="images")
    outputs = RAMOutput(*_ram(options)(images))
    h = layers.Dropout(options.dropout)(outputs.states if options.early else outputs.h[:, None])
    logits = layers.Dense(10, name="logits")(h)
    digits = layers.Activation("softmax", name="digits")(logits[:, -1])
    return keras.Model(images, {"digits": digits, "locations": outputs.locations})


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    network = RECIPE.initialized(options, start)
    size = options.images_per_batch

    def epoch(number: int) -> tf.data.Dataset:
        seed = options.seed * 1000 + number
        data = scenes.augmented(options.scene, size, seed, options.warp)
        return data.map(_copied(options.copies)).prefetch(4)

    trainee, predictions = _with_reinforce(network), options.glimpses if options.early else 1
    trainee.compile(
        optimizer=loop.adam(options.learning_rate, len(epoch(0)), options.epochs),
        loss=HybridLoss(options.reinforce_weight, predictions),
        weighted_metrics=[_accuracy(predictions)],
        jit_compile=loop.compiles(),
    )
    progress = loop.fit(
        trainee,
        train=epoch,
        dev=scenes.batches("dev", options.scene, 500),
        monitor="val_accuracy",
        better=max,
        epochs=options.epochs,
        patience=options.patience,
        folder=folder,
        callbacks=[_annealed(network.get_layer("ram"), options)],
    )
    return Training(network, {}, progress)


def evaluate(trained: Predictor, split: str) -> dict[str, float]:
    """Share of the images whose digit is predicted wrongly, and correctly."""
    images, labels = scenes.digits(split, trained.options.scene)
    correct, count = mnist.correct(trained.run, images, labels), len(labels)
    return {"error": (count - correct) / count, "accuracy": correct / count}


RECIPE = Recipe(
    name="glimpse-mnist",
    options=Options,
    model=model,
    train=train,
    evaluate=evaluate,
    splits=tuple(mnist.SPLITS),
    processing=processing,
    other_summary=lambda options: OF_SCENES.get(options.scene),
    data=mnist.DATA,
    sources=(
        "V. Mnih, N. Heess, A. Graves, K. Kavukcuoglu, Recurrent models of visual attention, "
        "NIPS 2014",
        "J. Ba, V. Mnih, K. Kavukcuoglu, Multiple object recognition with visual attention, "
        "ICLR 2015",
    ),
)


class HybridLoss(keras.losses.Loss):
    """Cross entropy of the digit, and REINFORCE for the locations; the reward is 1 if correct.

    With a prediction after every glimpse, the reward of a location is the mean probability of the
    correct digit over the predictions from there on: the mean reward if digits were sampled.

    Args:
        weight: of REINFORCE.
        predictions: of the digit, one after every glimpse, or 1 after the last.
    """

    def __init__(self, weight: float, predictions: int):
        super().__init__(name="hybrid")
        self.weight = weight
        self.predictions = predictions

    def call(self, y_true: Any, y_pred: Any) -> Any:
        logits, log_probs, baselines = _parts(y_pred, self.predictions)
        labels = ops.repeat(
            ops.reshape(ops.cast(y_true, "int32"), (-1, 1)), self.predictions, axis=1
        )
        loss = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
        if self.predictions > 1:
            reward = _means_to_the_end(ops.exp(-loss)[:, 1:])
        else:
            reward = ops.cast(ops.argmax(logits, axis=-1) == labels, logits.dtype)
        return ops.mean(loss, axis=1) + self.weight * reinforce(log_probs, baselines, reward)


def _ram(options: Options) -> RAM:
    core = None
    if options.cell != "Elman":
        core = cells.core("glimpse-mnist", options.cell, options.units)
    return RAM(
        options.units,
        options.glimpses,
        size=options.size,
        scales=options.scales,
        hidden_units=options.hidden_units,
        core=core,
        deviation=options.deviation,
        name="ram",
    )


def _with_reinforce(network: keras.Model) -> keras.Model:
    """The network with all that its loss needs as one output, which `_parts` splits."""
    outputs = RAMOutput(*network.get_layer("ram").output)
    logits = layers.Flatten()(network.get_layer("logits").output)
    return keras.Model(
        network.input, layers.Concatenate()([logits, outputs.log_probs, outputs.baselines])
    )


def _parts(concatenated: Any, predictions: int) -> tuple[Any, Any, Any]:
    """Logits (batch, predictions, 10), log p of the locations, and baselines."""
    size = 10 * predictions
    logits, others = concatenated[:, :size], concatenated[:, size:]
    return ops.reshape(logits, (-1, predictions, 10)), *ops.split(others, 2, axis=1)


def _accuracy(predictions: int) -> Any:
    """Share of the images whose last prediction is correct."""

    def accuracy(y_true: Any, y_pred: Any) -> Any:
        logits, *_ = _parts(y_pred, predictions)
        return keras.metrics.sparse_categorical_accuracy(y_true, logits[:, -1])

    return accuracy


def _means_to_the_end(rows: Any) -> Any:
    """The mean of each row from each column to its end."""
    sums = ops.flip(ops.cumsum(ops.flip(rows, axis=1), axis=1), axis=1)
    return sums / ops.arange(rows.shape[1], 0, -1, dtype=rows.dtype)


def _annealed(ram: RAM, options: Options) -> keras.callbacks.Callback:
    """Lowers the deviation of the locations from epoch to epoch, on a straight line."""

    def begin(epoch: int, *_: Any) -> None:
        share = epoch / max(1, options.epochs - 1)
        ram.deviation.assign((1 - share) * options.deviation + share * options.final_deviation)

    return keras.callbacks.LambdaCallback(on_epoch_begin=begin)


def _copied(copies: int) -> Any:
    return lambda images, labels: (tf.repeat(images, copies, 0), tf.repeat(labels, copies, 0))
