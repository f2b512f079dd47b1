"""A training step of `NTM` beside a plain PyTorch one of the same equations.

`python -m benchmarks.ntm [--json]`: the copy task at length 20, 128 words of size 20, an LSTM
controller of 100 units, with the optimizer's step. Ours as the recipes train it, compiled by XLA.
The two take turns, and each figure is the median of its turns. It needs `.[bench]` installed.
"""

import argparse
import datetime
import json
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
import torch

from benchmarks import host, torch_ntm
from benchmarks.turns import medians
from zoo.layers import NTM
from zoo.recipes.algorithms.task import stacked
from zoo.recipes.ntm_copy.task import TASK

LENGTH, UNITS, MEMORY_SIZE, WORD_SIZE = 20, 100, 128, 20
BATCHES = (1, 16, 32)


def ours(inputs: np.ndarray, targets: np.ndarray) -> Callable[[], object]:
    """A training step of the zoo's layer."""
    x = keras.Input(inputs.shape[1:], batch_size=len(inputs))
    h = NTM(UNITS, MEMORY_SIZE, WORD_SIZE, return_sequences=True)(x)
    model = keras.Model(x, keras.layers.Dense(TASK.bits, activation="sigmoid")(h))
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(model.trainable_variables)

    @tf.function(jit_compile=True, autograph=False)
    def step(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            losses = keras.losses.binary_crossentropy(y, model(x, training=True))
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    x, y = tf.constant(inputs), tf.constant(targets)
    return lambda: step(x, y).numpy()


def theirs(inputs: np.ndarray, targets: np.ndarray) -> Callable[[], object]:
    """A training step in PyTorch."""
    machine = torch_ntm.NTM(inputs.shape[-1], UNITS, MEMORY_SIZE, WORD_SIZE)
    dense = torch.nn.Linear(UNITS + WORD_SIZE, TASK.bits)
    optimizer = torch.optim.Adam([*machine.parameters(), *dense.parameters()], 1e-3)
    x, y = torch.from_numpy(inputs), torch.from_numpy(targets)

    def step() -> object:
        optimizer.zero_grad()
        logits = dense(machine(x))
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    as_json = parser.parse_args().json
    rng, milliseconds = np.random.default_rng(0), {}
    for batch in BATCHES:
        examples = stacked([TASK.example(rng, length=LENGTH) for _ in range(batch)])
        steps = {"zoo": ours, "pytorch": theirs}
        milliseconds[batch] = medians(
            {who: make(examples.inputs, examples.targets) for who, make in steps.items()}
        )
    where = {
        "date": datetime.date.today().isoformat(),
        "processor": host.processor(),
        "cores": host.processors(),
    }
    if as_json:
        print(json.dumps({**where, "milliseconds": milliseconds}, indent=2))
        return
    print(", ".join(f"{key} {value}" for key, value in where.items()))
    for batch, times in milliseconds.items():
        ratio = times["pytorch"] / times["zoo"]
        print(
            f"batch {batch:3}: zoo {times['zoo']:6.1f} ms, PyTorch {times['pytorch']:6.1f} ms, "
            f"{ratio:.2f} times as fast"
        )


if __name__ == "__main__":
    main()
