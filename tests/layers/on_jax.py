"""Run by test_jax.py in a process of its own: `KERAS_BACKEND=jax python -m tests.layers.on_jax`.

Prints one line a layer and mask: its name, the largest error of outputs and final states against
the loop in NumPy, and the relative error of the gradient along a random direction against a
numeric one of that loop in double precision. The last line of a layer is one with recurrent
dropout instead of a mask.
"""

import os
from collections.abc import Iterator

import jax
import keras
import numpy as np

from tests.layers.test_gated_layers import BATCH, CASES, FEATURES, MASKS, TIME, UNITS

assert os.environ["KERAS_BACKEND"] == "jax"

DROPOUT = "recurrent dropout"


def by_the_equations(name, weights, x, start, mask, dropped):
    """Outputs of all steps and final states, from the NumPy loop over the steps of the mask."""
    kernel, recurrent_kernel, *others = weights
    rows = []
    for row in range(BATCH):
        steps = np.ones(TIME, bool) if mask is None else mask[row]
        begin = [part[row] for part in start]
        thinned = dropped[row][:, None] * recurrent_kernel
        found, final = CASES[name].loop(x[row][steps], kernel, thinned, *others, *begin)
        latest = np.concatenate([np.zeros((1, UNITS)), found.reshape(-1, UNITS)])
        rows.append([latest[np.cumsum(steps)], *final])
    return [np.stack(parts) for parts in zip(*rows, strict=True)]


def errors(name: str) -> Iterator[tuple[str, float, float]]:
    rng = np.random.default_rng(0)
    options = {"return_sequences": True, "return_state": True, "recurrent_dropout": 0.5}
    layer = CASES[name].ours(UNITS, **options)
    layer.build((BATCH, TIME, FEATURES))
    values = [rng.normal(size=weight.shape) / 2 for weight in layer.get_weights()]
    layer.set_weights(values)
    x = rng.normal(size=(BATCH, TIME, FEATURES))
    start = [rng.normal(size=(BATCH, UNITS)) for _ in range(CASES[name].states)]
    way = [rng.normal(size=value.shape) for value in values]

    no_drop = np.ones((BATCH, UNITS))
    drop = rng.integers(0, 2, (BATCH, UNITS)) * 2.0

    def loss(weights, mask, dropped):
        layer._dropout_mask = lambda *_: dropped.astype("float32")
        given = [part.astype("float32") for part in start]
        others = [variable.value for variable in layer.non_trainable_variables]
        results, _ = layer.stateless_call(
            weights, others, x.astype("float32"), initial_state=given, mask=mask, training=True
        )
        return sum(keras.ops.sum(keras.ops.sin(part)) for part in results), results

    def numeric(step, mask, dropped):
        moved = [value + step * w for value, w in zip(values, way, strict=True)]
        parts = by_the_equations(name, moved, x, start, mask, dropped)
        return sum(np.sin(part).sum() for part in parts)

    # One compilation serves every mask; no mask is another.
    run = jax.jit(jax.grad(loss, has_aux=True))
    runs = {mask: (rows, no_drop) for mask, rows in MASKS.items()} | {DROPOUT: (None, drop)}
    for case, (rows, dropped) in runs.items():
        mask = None if rows is None else np.array(rows, bool)
        gradients, found = run([v.value for v in layer.trainable_variables], mask, dropped)
        expected = by_the_equations(name, values, x, start, mask, dropped)
        worst = max(float(np.abs(a - b).max()) for a, b in zip(found, expected, strict=True))
        analytic = sum(float((g * w).sum()) for g, w in zip(gradients, way, strict=True))
        slope = (numeric(1e-6, mask, dropped) - numeric(-1e-6, mask, dropped)) / 2e-6
        yield case, worst, abs(analytic - slope) / max(1.0, abs(slope))


if __name__ == "__main__":
    for name in CASES:
        for case, *found in errors(name):
            print(name, case, *found, sep="\t")
