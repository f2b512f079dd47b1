"""The training loop that recipes share: epochs, early stopping, checkpoints that resume."""

import csv
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
from keras import ops

Better = Callable[[list[float]], float]
"""`max` or `min`: which of the values of a metric is the best."""

LOGS = "logs"
"""Folder, in that of the checkpoints, of what a training says about itself."""

STATE = "state.weights.h5"
PROGRESS = "progress.json"


@dataclass
class Progress:
    """How far a training is."""

    history: list[dict[str, float]] = field(default_factory=list)
    """Losses and metrics of each finished epoch."""

    seconds: float = 0.0
    """Time spent in finished epochs."""

    def best(self, monitor: str, better: Better) -> int:
        """The epoch, counted from 0, with the best value of the metric."""
        values = [epoch[monitor] for epoch in self.history]
        return values.index(better(values))


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
        train: epoch → its batches, so that a resumed epoch sees what it would have seen.
        dev: batches of the dev split.
        monitor: the metric of the dev split that picks the best epoch, such as "val_accuracy".
        better: `max` or `min`.
        epochs: at most.
        patience: epochs without a better metric before training stops.
        folder: where the last and the best epoch are kept; training goes on from what is there.
            Beside them `logs`: the epochs as a table, `log.csv`, and for TensorBoard.
        callbacks: of Keras, beside our own.
    """
    progress = _restore(model, folder)
    one_epoch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: setattr(model, "stop_training", True)
    )
    while len(progress.history) < epochs:
        epoch = len(progress.history)
        if epoch and epoch - 1 - progress.best(monitor, better) >= patience:
            break
        began = time.monotonic()
        metrics = model.fit(
            train(epoch),
            validation_data=dev,
            initial_epoch=epoch,
            epochs=epochs,
            shuffle=False,
            callbacks=[
                one_epoch,
                keras.callbacks.TensorBoard(str(folder / LOGS / "tensorboard"), write_graph=False),
                *callbacks,
            ],
        ).history
        progress.history.append({name: float(values[0]) for name, values in metrics.items()})
        progress.seconds += time.monotonic() - began
        _keep(model, progress, progress.best(monitor, better), folder)
    model.load_weights(_checkpoint(folder, progress.best(monitor, better)) / STATE)
    return progress


def adam(
    peak: float, steps: int, epochs: int, clip: float | None = 1.0
) -> keras.optimizers.Optimizer:
    """Adam with a warm-up of one epoch, then down to zero along a cosine.

    Args:
        peak: the learning rate after the warm-up.
        steps: batches in an epoch.
        epochs: after which the learning rate is zero.
        clip: norm that the gradient of all weights together is cut to.
    """
    schedule = keras.optimizers.schedules.CosineDecay(
        peak / 20,
        decay_steps=max(1, steps * (epochs - 1)),
        warmup_target=peak,
        warmup_steps=steps,
    )
    return keras.optimizers.Adam(schedule, beta_2=0.99, global_clipnorm=clip)


class StepAccuracy(keras.metrics.SparseCategoricalAccuracy):
    """Share of time steps that are right, each step of weight 1 counted once.

    The stock metric first averages over time, padding included, so that a step counts less the
    longer the batch it stands in.
    """

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        super().update_state(
            ops.reshape(y_true, (-1,)),
            ops.reshape(y_pred, (-1, y_pred.shape[-1])),
            None if sample_weight is None else ops.reshape(sample_weight, (-1,)),
        )


def _checkpoint(folder: Path, epoch: int) -> Path:
    return folder / f"epoch-{epoch:04d}"


def _keep(model: keras.Model, progress: Progress, best: int, folder: Path) -> None:
    """Writes this epoch beside the others, names it when whole, then drops what is not needed."""
    last = len(progress.history) - 1
    part = folder / "unfinished"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    model.save_weights(part / STATE)
    (part / PROGRESS).write_text(json.dumps(asdict(progress)))
    part.rename(_checkpoint(folder, last))
    _write_table(progress, folder / LOGS / "log.csv")
    needed = {_checkpoint(folder, last), _checkpoint(folder, best)}
    for old in set(folder.glob("epoch-*")) - needed:
        shutil.rmtree(old)


def _write_table(progress: Progress, path: Path) -> None:
    """Whole at each time, so that an epoch stands in it once however often it was resumed."""
    part = path.with_suffix(".unfinished")
    with part.open("w", newline="") as file:
        table = csv.DictWriter(file, ["epoch", *progress.history[0]])
        table.writeheader()
        table.writerows({"epoch": i, **row} for i, row in enumerate(progress.history))
    part.replace(path)


def _restore(model: keras.Model, folder: Path) -> Progress:
    """Loads weights and optimizer of the last whole epoch, if there is one."""
    checkpoints = sorted(folder.glob("epoch-*"))
    if not checkpoints:
        return Progress()
    model.optimizer.build(model.trainable_variables)
    model.load_weights(checkpoints[-1] / STATE)
    return Progress(**json.loads((checkpoints[-1] / PROGRESS).read_text()))
