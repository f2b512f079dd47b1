"""What two processes train beside one, and how fast: `python -m benchmarks.processes`.

Thirty steps of each recipe on JAX, of the size that its line trains, without dropout; then the
weights and the figures of dev are compared, and steps per second counted from the eleventh on.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import astuple
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from unittest import mock

import h5py
import numpy as np

from zoo.training.distributed.launch import on_a_port, places

STEPS, SKIPPED = 30, 10
NO_DROPOUT = {"dropout": 0, "recurrent_dropout": 0, "word_dropout": 0}


class Step(NamedTuple):
    """One step of a training, on average."""

    seconds: float
    reading: float
    """Seconds to make its batch, by itself."""

    rows: float
    """Rows of its batch."""

    sent: int
    """Bytes of the gradients, which processes add up."""


RECIPES: dict[str, dict[str, Any]] = {
    "blstm-tagger": NO_DROPOUT,
    "char-lm": {"dropout": 0},
    "seq-mnist": {"cell": "LSTM", "images_per_batch": 64, "warp": 0},
    "translator": NO_DROPOUT,
}


def main() -> None:
    print("| recipe | largest difference of a weight | of a figure of dev | steps/s, one | two |")
    print("|---|---|---|---|---|")
    for name, options in RECIPES.items():
        with TemporaryDirectory() as folder:
            one, two = Path(folder, "one"), Path(folder, "two")
            steps = trained(name, options, one, 1), trained(name, options, two, 2)
            errors = weight_difference(one, two), metric_difference(one, two)
        rates = " | ".join(f"{1 / step.seconds:.2f}" for step in steps)
        differences = " | ".join(f"{error:.1e}" for error in errors)
        print(f"| `{name}` | {differences} | {rates} |", flush=True)


def trained(name: str, options: dict[str, Any], out: Path, processes: int) -> Step:
    """A training of the recipe, and its steps after the skipped ones."""
    if processes == 1:
        running = [_started(name, options, out, None)]
        streams = [process.communicate() for process in running]
    else:
        with on_a_port(places(None, None, processes)) as here:
            running = [_started(name, options, out, astuple(place)) for place in here]
            streams = [process.communicate() for process in running]
    for (_, errors), process in zip(streams, running, strict=True):
        if process.returncode:
            raise RuntimeError(errors)
    return Step(*json.loads(streams[0][0].splitlines()[-1]))


def _started(name: str, options: dict[str, Any], out: Path, place: Any) -> "subprocess.Popen[str]":
    arguments = json.dumps([name, {**options, "epochs": 1}, str(out), place])
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.processes", arguments],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def train(name: str, options: dict[str, Any], out: str, place: Any) -> None:
    """One process of a training, which prints its steps last."""
    import keras

    from zoo.api import train as hub
    from zoo.training import loop
    from zoo.training.distributed.process_info import Place

    times: list[float] = []
    clock = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: times.append(time.time())
    )
    fit = loop.fit
    steps: list[Step] = []

    def shortened(model: Any, *, train: Any, dev: Any, **others: Any) -> Any:
        read, rows = [], []
        for x, *_ in train(0).take(STEPS):
            read.append(time.time())
            rows.append(len(keras.tree.flatten(x)[0]))
        others["callbacks"] = [*others.get("callbacks", ()), clock]
        progress = fit(model, train=lambda n: train(n).take(STEPS), dev=dev.take(2), **others)
        sent = sum(4 * int(np.prod(weight.shape)) for weight in model.trainable_weights)
        steps.append(Step(_mean(times), _mean(read), float(np.mean(rows)), sent))
        return progress

    with (
        mock.patch.object(loop, "fit", shortened),
        mock.patch.object(hub, "_save_on_tensorflow", return_value=None),
    ):
        hub.train(name, Path(out), options, place=place and Place(*place))
    print(json.dumps(steps[0]))


def _mean(times: list[float]) -> float:
    """Seconds of one of the steps that ended at these times, but for the first ones."""
    return (times[STEPS - 1] - times[SKIPPED - 1]) / (STEPS - SKIPPED)


def weight_difference(one: Path, two: Path) -> float:
    """The largest difference of any weight."""
    weights_of_each: list[dict[str, np.ndarray]] = []
    for out in (one, two):
        weights: dict[str, np.ndarray] = {}

        def take(name: str, item: Any, into: dict[str, np.ndarray] = weights) -> None:
            if isinstance(item, h5py.Dataset) and not name.startswith("optimizer"):
                into[name] = item[()].astype("float64")

        with h5py.File(out / "training" / "epoch-0000" / "state.weights.h5") as file:
            file.visititems(take)
        weights_of_each.append(weights)
    ours, theirs = weights_of_each
    return max(float(np.abs(ours[name] - theirs[name]).max()) for name in ours)


def metric_difference(one: Path, two: Path) -> float:
    """The largest difference of a metric of the dev split."""
    rows = []
    for out in (one, two):
        names, values = (out / "training" / "logs" / "log.csv").read_text().splitlines()
        rows.append(dict(zip(names.split(","), map(float, values.split(",")), strict=True)))
    ours, theirs = rows
    return max(abs(ours[name] - theirs[name]) for name in ours if name.startswith("val_"))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        train(*json.loads(sys.argv[1]))
    else:
        main()
