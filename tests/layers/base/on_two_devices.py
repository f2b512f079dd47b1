"""Run by test_jax_loop.py in a process of its own: what two devices add up in a training step.

`KERAS_BACKEND=jax XLA_FLAGS=--xla_force_host_platform_device_count=2 python -m ...` prints a line a
layer: its name, and the operators that send data between devices inside a loop and outside of one.
"""

import os
import re

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from zoo.layers import GRU, LSTM, Elman

assert os.environ["KERAS_BACKEND"] == "jax"
UNITS, TIME, FEATURES = 8, 20, 3


def sends(kind: type) -> tuple[int, int]:
    """Operators between devices in the loops of a step, and outside of them."""
    layer = kind(UNITS)
    layer.build((None, TIME, FEATURES))
    devices = Mesh(np.array(jax.devices()), ("batch",))
    same = NamedSharding(devices, PartitionSpec())
    by_row = NamedSharding(devices, PartitionSpec("batch"))
    others = [variable.value for variable in layer.non_trainable_variables]

    def loss(weights, x):
        outputs, _ = layer.stateless_call(weights, others, x)
        return (outputs**2).sum()

    step = jax.jit(jax.grad(loss), in_shardings=(same, by_row), out_shardings=same)
    weights = [variable.value for variable in layer.trainable_variables]
    text = step.lower(weights, np.zeros((4, TIME, FEATURES), "float32")).compile().as_text()
    loops = set(re.findall(r"body=%?([\w.\-]+)", text))
    inside, outside, computation = 0, 0, ""
    for line in text.splitlines():
        if begins := re.match(r"(?:ENTRY )?%?([\w.\-]+) \(.*\{$", line):
            computation = begins[1]
        if re.search(r"= .* (all-reduce|all-gather|collective-permute)\S*\(", line):
            inside += computation in loops
            outside += computation not in loops
    assert loops
    return inside, outside


if __name__ == "__main__":
    for kind in (LSTM, GRU, Elman):
        print(kind.__name__, *sends(kind))
