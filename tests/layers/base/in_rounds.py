"""Run by test_jax_gated_loop.py in a process of its own: the loop as it is where there is a GPU.

`KERAS_BACKEND=jax python -m ...` prints a line a layer: its name, the steps of a round of its loop
there and on a CPU, and the largest difference of outputs and gradients between the two, as a share
of the largest number, where that is above 1. There it is called to be trained, so that the
machine's steps are computed again for their gradients.
"""

import os
import re
from contextlib import nullcontext
from unittest import mock

import jax
import numpy as np

from zoo.layers import GRU, LSTM, NTM, Elman, PeepholeLSTM

assert os.environ["KERAS_BACKEND"] == "jax"
BATCH, TIME, FEATURES, UNITS = 3, 19, 2, 4
LAYERS = {
    "Elman": lambda: Elman(UNITS),
    "LSTM": lambda: LSTM(UNITS, return_sequences=True),
    "GRU": lambda: GRU(UNITS, go_backwards=True),
    "PeepholeLSTM": lambda: PeepholeLSTM(UNITS),
    "NTM": lambda: NTM(UNITS, memory_size=6, word_size=3),
}


def results(layer, is_gpu):
    """Steps of a round, and the outputs with the gradients of their squares."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(BATCH, TIME, FEATURES)).astype("float32")
    layer.build(x.shape)
    # Small weights: those of a larger spread make a chaotic network, in which a rounding grows.
    layer.set_weights([rng.normal(0, 0.5, weight.shape) for weight in layer.get_weights()])
    weights = [variable.value for variable in layer.trainable_variables]
    others = [variable.value for variable in layer.non_trainable_variables]
    mask = np.arange(TIME) < rng.integers(1, TIME, (BATCH, 1))

    def loss(weights):
        outputs, _ = layer.stateless_call(weights, others, x, mask=mask, training=is_gpu)
        return (outputs**2).sum(), outputs

    step = jax.grad(loss, has_aux=True)
    device = mock.patch.object(jax, "default_backend", return_value="gpu")
    with device if is_gpu else nullcontext():
        [steps] = set(re.findall(r"unroll=(\d+)", str(jax.make_jaxpr(step)(weights))))
        return steps, jax.tree.leaves(step(weights))


if __name__ == "__main__":
    for name, make in LAYERS.items():
        (there, on_gpu), (here, on_cpu) = results(make(), True), results(make(), False)
        errors = [
            np.abs(a - b).max() / max(1, np.abs(b).max())
            for a, b in zip(on_gpu, on_cpu, strict=True)
        ]
        print(name, there, here, float(max(errors)))
