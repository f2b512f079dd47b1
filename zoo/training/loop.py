"""The training loop of the recipes: epochs, early stopping, resuming."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from zoo import disk
from zoo.training.checkpoints import Better, Checkpoints, Midway, Progress
from zoo.training.distributed import data_parallel
from zoo.training.logs import LOGS


def fit(
    model: keras.Model,
    *,
    train: Callable[[int], Any],
    dev: Any,
    monitor: str,
    better: Better,
    epochs: int,
    patience: int,
    folder: Path,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Progress:
    """Trains a compiled model and leaves it with the weights of its best epoch.

    Args:
        model: compiled.
        train: epoch → its batches, the same at each call, so that a resumed epoch sees the same.
        dev: batches of the dev split.
        monitor: the metric of the dev split that picks the best epoch, such as "val_accuracy".
        better: `max` or `min`.
        epochs: at most.
        patience: epochs without a better metric before training stops.
        folder: of the checkpoints, which are also saved within an epoch. Training resumes at the
            exact step; the metrics of that epoch are those of its remaining steps. Its folder
            `logs` has a table of the epochs, `log.csv`, and logs for TensorBoard.
        callbacks: of Keras, in addition to those of the loop.
    """
    checkpoints = Checkpoints(folder)
    progress = checkpoints.restore(model)
    row_metrics = [data_parallel.FiguresOfRows(dev)] if data_parallel.processes() > 1 else []
    dev = _without_autotune(data_parallel.own_rows(dev))
    while len(progress.history) < epochs:
        epoch = len(progress.history)
        if epoch and epoch - 1 - progress.best(monitor, better) >= patience:
            break
        began = time.monotonic()
        done = checkpoints.steps_done(epoch)
        board = keras.callbacks.TensorBoard(str(folder / LOGS / "tensorboard"), write_graph=False)
        with disk.as_os_errors():
            metrics = model.fit(
                _without_autotune(data_parallel.own_rows(train(epoch).skip(done))),
                validation_data=dev,
                initial_epoch=epoch,
                epochs=epoch + 1,
                shuffle=False,
                verbose="auto" if data_parallel.is_first() else 0,
                callbacks=[
                    *row_metrics,
                    *([board] if data_parallel.is_first() else []),
                    *callbacks,
                    Midway(checkpoints, epoch, done),
                ],
            ).history
        progress.history.append({name: float(values[0]) for name, values in metrics.items()})
        progress.seconds += time.monotonic() - began
        checkpoints.save_epoch(model, progress, progress.best(monitor, better))
    data_parallel.wait("the last epoch")
    checkpoints.load_epoch(model, progress.best(monitor, better))
    return progress


def _without_autotune(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Batches without tf.data's autotuning, whose thread sleeps for ever longer intervals: the end
    of an epoch can wait, idle, until it wakes up."""
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.with_options(options)


def compiles() -> bool:
    """Whether to compile a model by XLA although its batches differ in length.

    XLA compiles again for every length. TensorFlow is faster without it; JAX without it would run
    operator by operator.
    """
    return keras.backend.backend() != "tensorflow"


def adam(
    peak: float, steps: int, epochs: int, clip: float | None = 1.0
) -> keras.optimizers.Optimizer:
    """Adam with a warm-up of one epoch and cosine decay to zero.

    Args:
        peak: the learning rate after the warm-up.
        steps: batches in an epoch.
        epochs: after which the learning rate is zero.
        clip: global norm that the gradients are clipped to.
    """
    schedule = keras.optimizers.schedules.CosineDecay(
        peak / 20,
        decay_steps=max(1, steps * (epochs - 1)),
        warmup_target=peak,
        warmup_steps=steps,
    )
    return keras.optimizers.Adam(schedule, beta_2=0.99, global_clipnorm=clip)


def by_step(sample_weight: Any, y_true: Any) -> Any:
    """Sample weights of time steps, or of whole sequences, as one weight for each time step.

    Returns:
        (batch * time,)
    """
    return ops.reshape(ops.broadcast_to(sample_weight, ops.shape(y_true)), (-1,))


class StepAccuracy(keras.metrics.SparseCategoricalAccuracy):
    """Accuracy over time steps, all of equal weight but for their sample weights.

    The stock metric first averages over time, padding included, so that a step of a longer batch
    has less weight.
    """

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        super().update_state(
            ops.reshape(y_true, (-1,)),
            ops.reshape(y_pred, (-1, y_pred.shape[-1])),
            None if sample_weight is None else by_step(sample_weight, y_true),
        )


class SmoothedCrossEntropy(keras.losses.Loss):
    """Cross entropy with label smoothing, from sparse labels and logits."""

    def __init__(self, smoothing: float):
        super().__init__(name="smoothed_cross_entropy", reduction="mean_with_sample_weight")
        self.smoothing = smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        total = ops.logsumexp(y_pred, axis=-1)
        target = ops.take_along_axis(y_pred, ops.cast(y_true, "int32")[..., None], axis=-1)[..., 0]
        mean = ops.mean(y_pred, axis=-1)
        return total - (1 - self.smoothing) * target - self.smoothing * mean
