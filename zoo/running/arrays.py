"""What runs a model, whatever the runtime: a function from named arrays to named arrays."""

from collections.abc import Callable, Mapping

import numpy as np

Run = Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]

NEXT = "_next"
"""Suffix that turns the name of an initial state into that of the final one."""

INITIAL_STATES = "initial_states"
"""What the metadata of an exported file call the states with which a stream begins, as JSON by
name; where they say nothing the states are zero."""


def carrying(step: Run, initial: Mapping[str, np.ndarray]) -> Run:
    """A run that hands each call's final states to the next call.

    Args:
        step: takes states by name beside the model's inputs, and gives each back with its name
            followed by `NEXT`.
        initial: the states of the first call, without the batch axis.
    """
    carried: dict[str, np.ndarray] = {}

    def run(batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        size = len(next(iter(batch.values())))
        for name, value in initial.items():
            carried.setdefault(name, np.repeat(value[None], size, axis=0))
        outputs = step({**batch, **carried})
        carried.update({name: outputs.pop(name + NEXT) for name in initial})
        return outputs

    return run
