"""What runs a model, whatever the runtime: named arrays to named arrays."""

from collections.abc import Callable, Mapping

import numpy as np

Run = Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]

NEXT = "_next"
"""What the name of a final state has more than that of the initial state."""


def carrying(step: Run, sizes: Mapping[str, int]) -> Run:
    """A run that begins with states of zero and hands each call's final states to the next.

    Args:
        step: takes states by name beside the model's inputs, and gives each back with its name
            followed by `NEXT`.
        sizes: units of each state; a state is (batch, units).
    """
    carried: dict[str, np.ndarray] = {}

    def run(batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        batch_size = len(next(iter(batch.values())))
        for name, units in sizes.items():
            carried.setdefault(name, np.zeros((batch_size, units), "float32"))
        outputs = step({**batch, **carried})
        carried.update({name: outputs.pop(name + NEXT) for name in sizes})
        return outputs

    return run
