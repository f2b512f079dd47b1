"""Run by test_jax.py in a process of its own: `KERAS_BACKEND=jax python -m tests.layers.on_jax`.

Prints one line a layer and mask: its name, the largest error of outputs and final states against
the loop in NumPy, and that of the gradient along a random direction against a numeric one.
"""

import os

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
assert os.environ["KERAS_BACKEND"] == "jax"

import keras  # noqa: E402

from tests.layers.test_gated_layers import BATCH, CASES, FEATURES, MASKS, TIME, UNITS  # noqa: E402


def errors(name: str, mask: str) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    layer = CASES[name].ours(UNITS, dtype="float64", return_sequences=True, return_state=True)
    layer.build((BATCH, TIME, FEATURES))
    layer.set_weights([rng.normal(size=weight.shape) for weight in layer.get_weights()])
    x = rng.normal(size=(BATCH, TIME, FEATURES))
    start = [rng.normal(size=(BATCH, UNITS)) for _ in range(CASES[name].states)]
    counts = None if MASKS[mask] is None else np.array(MASKS[mask], bool)
    hidden, *final = layer(x, initial_state=start, mask=counts)
    worst = 0.0
    for row in range(BATCH):
        steps = np.ones(TIME, bool) if counts is None else counts[row]
        found, last = CASES[name].loop(
            x[row][steps], *layer.get_weights(), *[part[row] for part in start]
        )
        latest = np.concatenate([np.zeros((1, UNITS)), found.reshape(-1, UNITS)])
        pairs = [(hidden[row], latest[np.cumsum(steps)])]
        pairs += [(part[row], expected) for part, expected in zip(final, last, strict=True)]
        worst = max(worst, *[float(np.abs(one - other).max()) for one, other in pairs])

    def loss(weights):  # type: ignore[no-untyped-def]
        others = [variable.value for variable in layer.non_trainable_variables]
        results, _ = layer.stateless_call(weights, others, x, initial_state=start, mask=counts)
        return sum(keras.ops.sum(keras.ops.sin(part)) for part in results)

    weights = [variable.value for variable in layer.trainable_variables]
    way = [rng.normal(size=weight.shape) for weight in weights]
    gradients = jax.jit(jax.grad(loss))(weights)
    analytic = sum(float((g * w).sum()) for g, w in zip(gradients, way, strict=True))
    above, below = (
        loss([weight + step * w for weight, w in zip(weights, way, strict=True)])
        for step in (1e-6, -1e-6)
    )
    return worst, abs(analytic - float(above - below) / 2e-6)


if __name__ == "__main__":
    for name in CASES:
        for mask in MASKS:
            print(name, mask, *errors(name, mask), sep="\t")
