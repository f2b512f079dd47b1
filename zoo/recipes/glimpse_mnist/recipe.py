"""Digits recognised by a few glimpses: the recurrent model of visual attention.

    h, where it looked, ... = RAM(image)
    p(digit) = softmax(W h + b)

Trained by the cross entropy of the digit and, for where to look next, by REINFORCE with a learned
baseline; the reward is 1 where the digit is right, or the chance that it is given where it is told
after every glimpse. Evaluated at the mean locations.
"""

from pathlib import Path
from typing import Any, Literal

import keras
import tensorflow as tf
from keras import layers, ops
from pydantic import Field

from zoo.inference.predictor import Predictor
from zoo.layers.ram import RAM, RAMOutput, reinforce
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
    size: int = Field(8, ge=1, description="points on a side of a glimpse")
    scales: int = Field(2, ge=1, description="crops of a glimpse, each twice as wide as the last")
    units: int = Field(256, ge=1, description="units of the core")
    hidden_units: int = Field(256, ge=1, description="units of the glimpse network")
    scene: Literal["plain", "translated", "cluttered"] = Field(
        "plain", description="28 by 28 digits, or 60 by 60 with the digit somewhere"
    )
    copies: int = Field(1, ge=1, description="Monte Carlo samples of the locations for an image")
    deviation: float = Field(0.15, gt=0, description="of a drawn location, in the first epoch")
    final_deviation: float = Field(0.04, gt=0, description="of a drawn location, in the last epoch")
    early: bool = Field(
        False, description="tell the digit, and be rewarded, after every glimpse, not only the last"
    )
    reinforce_weight: float = Field(0.02, ge=0, description="weight of the loss of the locations")
    dropout: float = Field(0.2, ge=0, lt=1, description="before the digit is told")
    images_per_batch: int = Field(128, ge=1, description="images in a batch")


def model(options: Options) -> keras.Model:
    """Images to the probabilities of the digits, and where the network looked.

    Input: `images` (batch, side, side) from 0 to 1. Outputs: `digits` (batch, 10), `locations`
    (batch, glimpses, 2), as (x, y) from -1 to 1.
    """
    side = processing.SIDES[options.scene]
    images = keras.Input((side, side), name="images")
    seen = RAMOutput(*_ram(options)(images))
    h = layers.Dropout(options.dropout)(seen.states if options.early else seen.h[:, None])
    logits = layers.Dense(10, name="logits")(h)
    digits = layers.Activation("softmax", name="digits")(logits[:, -1])
    return keras.Model(images, {"digits": digits, "locations": seen.locations})


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    looker = RECIPE.initialized(options, start)
    size = options.images_per_batch

    def epoch(number: int) -> tf.data.Dataset:
        seed = options.seed * 1000 + number
        data = scenes.drawn(options.scene, size, seed, options.warp)
        return data.map(_copied(options.copies)).prefetch(4)

    trainee, told = _with_reinforce(looker), options.glimpses if options.early else 1
    trainee.compile(
        optimizer=loop.adam(options.learning_rate, len(epoch(0)), options.epochs),
        loss=HybridLoss(options.reinforce_weight, told),
        weighted_metrics=[_accuracy(told)],
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
        callbacks=[_annealed(looker.get_layer("ram"), options)],
    )
    return Training(looker, {}, progress)


def evaluate(trained: Predictor, split: str) -> dict[str, float]:
    """Share of the images whose digit is told wrong, and right."""
    images, labels = scenes.digits(split, trained.options.scene)
    right, all_ = mnist.right(trained.run, images, labels), len(labels)
    return {"error": (all_ - right) / all_, "accuracy": right / all_}


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
    """Cross entropy of the digit, and REINFORCE for the locations, rewarded where it is right.

    Where the digit is told after every glimpse, the reward of a location is the mean chance that
    the right one is given from it on: what it would earn on average if the digit were drawn.
    """

    def __init__(self, weight: float, told: int):
        super().__init__(name="hybrid")
        self.weight = weight
        self.told = told

    def call(self, y_true: Any, y_pred: Any) -> Any:
        logits, log_probs, baselines = _parts(y_pred, self.told)
        labels = ops.repeat(ops.reshape(ops.cast(y_true, "int32"), (-1, 1)), self.told, axis=1)
        loss = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
        if self.told > 1:
            reward = _means_to_the_end(ops.exp(-loss)[:, 1:])
        else:
            reward = ops.cast(ops.argmax(logits, axis=-1) == labels, logits.dtype)
        return ops.mean(loss, axis=1) + self.weight * reinforce(log_probs, baselines, reward)


def _ram(options: Options) -> RAM:
    return RAM(
        options.units,
        options.glimpses,
        size=options.size,
        scales=options.scales,
        hidden_units=options.hidden_units,
        deviation=options.deviation,
        name="ram",
    )


def _with_reinforce(looker: keras.Model) -> keras.Model:
    """The network with all that its loss needs side by side in one output: see `_parts`."""
    seen = RAMOutput(*looker.get_layer("ram").output)
    logits = layers.Flatten()(looker.get_layer("logits").output)
    return keras.Model(looker.input, layers.Concatenate()([logits, seen.log_probs, seen.baselines]))


def _parts(together: Any, told: int) -> tuple[Any, Any, Any]:
    """Logits (batch, told, 10), log p of the locations, and baselines."""
    logits, chances = together[:, : 10 * told], together[:, 10 * told :]
    return ops.reshape(logits, (-1, told, 10)), *ops.split(chances, 2, axis=1)


def _accuracy(told: int) -> Any:
    """Share of the images whose digit is told right in the end."""

    def accuracy(y_true: Any, y_pred: Any) -> Any:
        logits, *_ = _parts(y_pred, told)
        return keras.metrics.sparse_categorical_accuracy(y_true, logits[:, -1])

    return accuracy


def _means_to_the_end(rows: Any) -> Any:
    """The mean of each row from each place to its end."""
    sums = ops.flip(ops.cumsum(ops.flip(rows, axis=1), axis=1), axis=1)
    return sums / ops.arange(rows.shape[1], 0, -1, dtype=rows.dtype)


def _annealed(ram: RAM, options: Options) -> keras.callbacks.Callback:
    """Lowers the deviation of the locations from epoch to epoch, on a straight line."""

    def begin(epoch: int, *_: Any) -> None:
        done = epoch / max(1, options.epochs - 1)
        ram.deviation.assign((1 - done) * options.deviation + done * options.final_deviation)

    return keras.callbacks.LambdaCallback(on_epoch_begin=begin)


def _copied(copies: int) -> Any:
    return lambda images, labels: (tf.repeat(images, copies, 0), tf.repeat(labels, copies, 0))
