"""A recipe for a task: neural Turing machines with both controllers, and an LSTM to compare with.

The three networks are trained as one model on the same sequences. They share no weights, each
gradient is clipped on its own and RMSProp treats each weight on its own, so that every network
learns as it would alone, except that an update with an infinite gradient is skipped for all three.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from pydantic import Field

import zoo.recipes as recipes
from zoo.inference.predictor import Predictor
from zoo.layers import LSTM, NTM
from zoo.recipes.algorithms.processing import networks
from zoo.recipes.algorithms.task import Example, Task, stacked
from zoo.recipes.options import Options as Shared
from zoo.recipes.pipeline import Processing
from zoo.recipes.recipe import DataSource, Recipe, Trained, Training
from zoo.training import loop

SPLITS = {"dev": 1, "test": 2}
SIZE_FACTOR, COUNT_DIVISOR = 8, 4
"""The batches of the last epochs are so many times as large, and one replaces so many, see
`large_batches_from`."""


class Options(Shared):
    epochs: int = Field(18, ge=1, description="epochs at most")
    patience: int = Field(40, ge=1, description="epochs without a smaller dev loss")
    learning_rate: float = Field(3e-4, gt=0, description="learning rate at its peak")
    batches: int = Field(500, ge=1, description="batches in an epoch")
    sequences_per_batch: int = Field(8, ge=1, description="sequences in a batch")
    growing: int = Field(0, ge=0, description="epochs in which sequences grow")
    late: float = Field(
        0, ge=0, le=1, description="share of the epochs, the last ones, whose batches are large"
    )
    # An LSTM controller of 100 units learns repeat copy of ten vectors without using the memory.
    units: int = Field(64, ge=1, description="units of each controller")
    lstm_units: int = Field(128, ge=1, description="units of the LSTM without a memory")
    rows: int = Field(64, ge=3, description="rows of the memory")
    columns: int = Field(20, ge=1, description="columns of the memory")
    heads: int = Field(1, ge=1, description="read heads, and write heads")
    controller: Literal["both", "lstm", "feedforward"] = Field(
        "both", description="machines to train, by controller: lstm, feedforward or both"
    )


def of(name: str, task: Task, processing: Processing, options: type[Options] = Options) -> Recipe:
    """The recipe of a task."""
    return Recipe(
        name=name,
        options=options,
        model=partial(model, task),
        train=partial(train, name, task),
        evaluate=partial(evaluate, task),
        splits=tuple(SPLITS),
        processing=processing,
        data=DataSource(
            name=f"generated sequences of {name}",
            version="1",
            licence="Apache-2.0",
            note="Sequences generated anew for every batch, at sizes "
            + ", ".join(f"{k} {low} to {high}" for k, (low, high) in task.trained.items())
            + f"; dev and test are {task.sequences:,} sequences of each size named in the figures, "
            f"and dev chooses the epoch by its {', '.join(task.choosing)}.",
        ),
        sources=(
            "A. Graves, G. Wayne, I. Danihelka, Neural Turing machines, arXiv 1410.5401, 2014",
        ),
    )


def model(task: Task, options: Options) -> keras.Model:
    """Vectors to the probability of each output bit, by every network.

    Input: `vectors` (batch, time, channels). Outputs: one for each of `networks(controller)`,
    (batch, time, bits).
    """
    vectors = keras.Input((None, task.channels), name="vectors")

    def layer(network: str) -> keras.layers.Layer:
        if network == "lstm":
            return LSTM(options.lstm_units, return_sequences=True, name="lstm_layer")
        return NTM(
            options.units,
            options.rows,
            options.columns,
            heads=options.heads,
            controller="lstm" if network == "ntm_lstm" else "feedforward",
            return_sequences=True,
            name=f"{network}_machine",
        )

    outputs = {
        name: keras.layers.Dense(task.bits, activation="sigmoid", name=name)(layer(name)(vectors))
        for name in networks(options.controller)
    }
    return keras.Model(vectors, outputs)


def train(name: str, task: Task, options: Options, folder: Path, start: Trained | None) -> Training:
    model = recipes.get(name).initialized(options, start)
    trained = networks(options.controller)
    first_large = large_batches_from(options)
    model.compile(
        # The optimizer of the paper. Over so many time steps a gradient may become infinite; loss
        # scaling skips such an update. The scale starts at 1 and doubles every 2,000 steps.
        optimizer=keras.optimizers.LossScaleOptimizer(
            keras.optimizers.RMSprop(Rate(options), momentum=0.9, clipnorm=1.0), initial_scale=1.0
        ),
        loss={
            name: keras.losses.BinaryCrossentropy(reduction="mean_with_sample_weight")
            for name in trained
        },
        weighted_metrics={name: [WrongBits(name="wrong_bits")] for name in trained},
        jit_compile=True,
    )

    def epoch(number: int) -> tf.data.Dataset:
        share = min(1.0, number / options.growing) if options.growing else 1.0
        draw = partial(task.longest if number >= first_large else task.drawn, share=share)
        count, size = batches_in(options, number)
        steps = task.steps(share)
        # Compiled for the batch shape of this epoch; TensorFlow would else trace for any shape.
        model.make_train_function(force=number <= options.growing or number == first_large)

        def batches() -> Iterator[Example]:
            rng = np.random.default_rng((options.seed, number))
            for _ in range(count):
                yield stacked([draw(rng) for _ in range(size)], steps)

        data = _dataset(batches, task, (size, steps), trained)
        return data.apply(tf.data.experimental.assert_cardinality(count))

    progress = loop.fit(
        model,
        train=epoch,
        dev=_dev(task, trained),
        monitor="val_machines",
        better=min,
        epochs=options.epochs,
        patience=options.patience,
        folder=folder,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=_add_machines)],
    )
    return Training(model, {}, progress)


def large_batches_from(options: Options) -> int:
    """The first epoch with large batches, by the option `late`.

    From there on all sequences have the largest size, and batches are larger and fewer: the errors
    that remain are in a few sequences, such as those with nearly equal priorities. S. Smith et al.,
    Don't decay the learning rate, increase the batch size, ICLR 2018.
    """
    return round(options.epochs * (1 - options.late))


def batches_in(options: Options, epoch: int) -> tuple[int, int]:
    """Batches of an epoch, and sequences in each."""
    if epoch < large_batches_from(options):
        return options.batches, options.sequences_per_batch
    return max(1, options.batches // COUNT_DIVISOR), SIZE_FACTOR * options.sequences_per_batch


class Rate(keras.optimizers.schedules.CosineDecay):
    """The learning rate by the share of the epochs that are over.

    A step with a large batch counts as many as the steps that it replaces.
    """

    def __init__(self, options: Options):
        super().__init__(options.learning_rate, decay_steps=options.epochs * options.batches)
        self.small_steps = large_batches_from(options) * options.batches
        self.steps_replaced = options.batches / batches_in(options, options.epochs)[0]

    def __call__(self, step: Any) -> Any:
        step = keras.ops.cast(step, "float32")
        large_steps = keras.ops.maximum(step - self.small_steps, 0)
        return super().__call__(step + (self.steps_replaced - 1) * large_steps)


def _add_machines(_epoch: int, logs: dict[str, float]) -> None:
    """Adds the metric that chooses the epoch: the loss of the machines, not that of the LSTM."""
    losses = [v for k, v in logs.items() if k.startswith("val_ntm_") and k.endswith("_loss")]
    logs["val_machines"] = sum(losses)


def evaluate(task: Task, trained: Predictor, split: str) -> dict[str, float]:
    """For every network and case the mean wrong bits, or bits of surprise, of a sequence."""
    metrics = {}
    for case in task.tested:
        examples = _examples(task, case, split)
        batch = stacked(examples)
        outputs = trained.run({"vectors": batch.inputs})
        for network in networks(trained.options.controller):
            metrics[f"{network}_{case}"] = figure(task, outputs[network], batch)
        if task.optimum is not None:
            metrics[f"optimum_{case}"] = float(np.mean([task.optimum(each) for each in examples]))
    return metrics


def _examples(task: Task, case: str, split: str) -> list[Example]:
    """The sequences of a case in a split, the same each time."""
    rng = np.random.default_rng((SPLITS[split], *case.encode()))
    return [task.example(rng, **task.tested[case]) for _ in range(task.sequences)]


def _dev(task: Task, trained: Sequence[str]) -> tf.data.Dataset:
    """The dev sequences of the cases that choose the epoch, padded to the longest."""
    batch = stacked([each for case in task.choosing for each in _examples(task, case, "dev")])
    return tf.data.Dataset.from_tensors(_for_all(trained, *batch))


def figure(task: Task, probabilities: np.ndarray, examples: Example) -> float:
    """Mean over sequences of the wrong bits, or of the bits of surprise."""
    if task.likelihood:
        likelihoods = np.where(examples.targets > 0.5, probabilities, 1 - probabilities)
        errors = -np.log2(np.maximum(likelihoods, 1e-30))
    else:
        errors = (probabilities > 0.5) != (examples.targets > 0.5)
    return float(np.mean(np.sum(errors * examples.weights[..., None], axis=(1, 2))))


class WrongBits(keras.metrics.Mean):
    """Mean wrong bits of a time step, over the steps with a weight."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        wrong = keras.ops.cast(keras.ops.logical_xor(y_pred > 0.5, y_true > 0.5), self.dtype)
        return super().update_state(keras.ops.sum(wrong, axis=-1), sample_weight)


def _dataset(batches: Any, task: Task, shape: tuple[int, int], trained: Sequence[str]) -> Any:
    """Batches as `fit` takes them, of `shape` (sequences, steps)."""
    # XLA needs static sizes.
    signature = (
        tf.TensorSpec((*shape, task.channels)),
        tf.TensorSpec((*shape, task.bits)),
        tf.TensorSpec(shape),
    )
    data = tf.data.Dataset.from_generator(lambda: map(tuple, batches()), output_signature=signature)
    return data.map(partial(_for_all, trained)).prefetch(tf.data.AUTOTUNE)


def _for_all(trained: Sequence[str], inputs: Any, targets: Any, weights: Any) -> Any:
    """A batch for `fit`, with the same targets and weights for every output."""
    return inputs, dict.fromkeys(trained, targets), dict.fromkeys(trained, weights)
