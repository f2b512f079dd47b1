"""Checkpoints of a training: its last epoch, its best epoch, and one within the current epoch.

Each is written to a temporary folder that is then renamed, so that a checkpoint is always complete.
"""

import csv
import io
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras

from zoo import atomic
from zoo.training.distributed import data_parallel
from zoo.training.logs import LOG, LOGS

STATE = "state.weights.h5"
PROGRESS = "progress.json"
MINUTES = 5
"""Time between two checkpoints within an epoch."""

Better = Callable[[list[float]], float]
"""`max` or `min`: picks the best of the values of a metric."""


@dataclass
class Progress:
    """The history of a training up to now."""

    history: list[dict[str, float]] = field(default_factory=list)
    """Losses and metrics of each finished epoch."""

    seconds: float = 0.0
    """Time spent in finished epochs."""

    def best(self, monitor: str, better: Better) -> int:
        """The epoch, counted from 0, with the best value of the metric."""
        values = [epoch[monitor] for epoch in self.history]
        return values.index(better(values))


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints in a folder."""

    folder: Path

    def restore(self, model: keras.Model) -> Progress:
        """Loads weights and optimizer of the last finished epoch, if there is one."""
        epochs = sorted(self.folder.glob("epoch-*"), key=_number)
        if not epochs:
            return Progress()
        _load(model, epochs[-1])
        return Progress(**json.loads((epochs[-1] / PROGRESS).read_text()))

    def save_epoch(self, model: keras.Model, progress: Progress, best: int) -> None:
        """Saves the epoch that just finished and deletes all others but the best."""
        if not data_parallel.is_first():
            return
        last = len(progress.history) - 1
        self._write(model, self._epoch(last), json.dumps(asdict(progress)))
        needed = {self._epoch(last), self._epoch(best)}
        for old in {*self.folder.glob("epoch-*"), *self.folder.glob("midway-*")} - needed:
            shutil.rmtree(old)
        self._write_table(progress)

    def load_epoch(self, model: keras.Model, epoch: int) -> None:
        """Loads weights and optimizer as they were after the last or the best epoch."""
        _load(model, self._epoch(epoch))

    def steps_done(self, epoch: int) -> int:
        """Steps of an unfinished epoch in its checkpoint, after which `Midway` resumes."""
        return max(map(_number, self.folder.glob(f"midway-{epoch:04d}-*")), default=0)

    def save_midway(self, model: keras.Model, epoch: int, steps: int) -> None:
        """Saves a checkpoint within an epoch, in place of an earlier one."""
        if not data_parallel.is_first():
            return
        before = list(self.folder.glob("midway-*"))
        self._write(model, self._midway(epoch, steps), "")
        for old in before:
            shutil.rmtree(old)

    def load_midway(self, model: keras.Model, epoch: int, steps: int) -> None:
        """Loads weights and optimizer as they were after that number of steps of an epoch."""
        _load(model, self._midway(epoch, steps))

    def _epoch(self, epoch: int) -> Path:
        return self.folder / f"epoch-{epoch:04d}"

    def _midway(self, epoch: int, steps: int) -> Path:
        return self.folder / f"midway-{epoch:04d}-{steps:08d}"

    def _write(self, model: keras.Model, path: Path, progress: str) -> None:
        temporary = self.folder / "unfinished"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        with data_parallel.by_itself():
            model.save_weights(temporary / STATE)
        (temporary / PROGRESS).write_text(progress)
        temporary.rename(path)

    def _write_table(self, progress: Progress) -> None:
        """Rewrites the table of all epochs, so that a resumed training has each of them once."""
        path = self.folder / LOGS / LOG
        path.parent.mkdir(exist_ok=True)
        text = io.StringIO(newline="")
        # An epoch that was stopped after its last step has metrics of the dev split alone.
        names = dict.fromkeys(name for row in progress.history for name in row)
        table = csv.DictWriter(text, ["epoch", *names], lineterminator="\n")
        table.writeheader()
        table.writerows({"epoch": i, **row} for i, row in enumerate(progress.history))
        atomic.write_text(path, text.getvalue())


class Midway(keras.callbacks.Callback):
    """Resumes in the middle of an epoch, and saves a checkpoint there every few minutes.

    It must be the last callback: others change the model at the beginning of an epoch (they reset
    the states of stateful layers), and restoring must come after that.

    Args:
        checkpoints: where to load from and save to.
        epoch: the epoch, counted from 0.
        done: steps of the epoch that are in the checkpoint; the training data leave them out.
    """

    def __init__(self, checkpoints: Checkpoints, epoch: int, done: int):
        super().__init__()
        self.checkpoints = checkpoints
        self.epoch = epoch
        self.done = done
        self.latest = time.monotonic()
        self.is_stepped = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if self.done:
            self.checkpoints.load_midway(self.model, self.epoch, self.done)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.done and not self.is_stepped:
            # With no batch left, Keras still increments the optimizer's iterations.
            self.checkpoints.load_midway(self.model, self.epoch, self.done)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.is_stepped = True
        if time.monotonic() - self.latest >= 60 * MINUTES:
            self.checkpoints.save_midway(self.model, self.epoch, self.done + batch + 1)
            self.latest = time.monotonic()


def _number(checkpoint: Path) -> int:
    """The epoch or step that the name of a checkpoint ends with."""
    return int(checkpoint.name.rpartition("-")[2])


def _load(model: keras.Model, path: Path) -> None:
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    model.load_weights(path / STATE)
