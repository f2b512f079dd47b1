"""What runs a model, whatever the runtime: a function from named arrays to named arrays."""

from collections.abc import Callable, Collection, Mapping

import numpy as np

Run = Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]

NEXT = "_next"
"""Suffix that turns the name of an initial state into that of the final one."""

INITIAL_STATES = "initial_states"
"""What the metadata of an exported file call the states with which a stream begins, as JSON by
name; where they say nothing the states are zero."""


def step_by_step(step: Run, timed: Collection[str]) -> Run:
    """A run over any number of time steps, by a graph of one step with its states in and out.

    Args:
        timed: the inputs whose axis 1, of length 1 in the graph, is time.
    """

    def run(batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        longer = {name for name in timed if name in batch and batch[name].shape[1] != 1}
        if not longer:
            return step(batch)
        carried = {name: array for name, array in batch.items() if name not in longer}
        found: list[dict[str, np.ndarray]] = []
        for t in range(batch[next(iter(longer))].shape[1]):
            found.append(step({**carried, **{n: batch[n][:, t : t + 1] for n in longer}}))
            carried = {name: found[-1].get(name + NEXT, part) for name, part in carried.items()}
        return {
            name: last if name.endswith(NEXT) else np.concatenate([f[name] for f in found], 1)
            for name, last in found[-1].items()
        }

    return run


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
