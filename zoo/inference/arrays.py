"""A model in any runtime: a function from arrays by name to arrays by name."""

from collections.abc import Callable, Collection, Mapping

import numpy as np

Run = Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]

NEXT = "_next"
"""Suffix that turns the name of an initial state into that of the final one."""

INITIAL_STATES = "initial_states"
"""Key in the metadata of an exported file: the initial states of a stream, as JSON by name. A state
that is not in it is zero."""


OUTPUTS_WITH_TIME = "outputs_with_time"
"""Key in the metadata of a graph of one time step: the outputs, as JSON, whose axis 1 is time; of
the others the last one counts."""


def equal(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where two arrays are equal, texts and NaN included."""
    return (one == other) | ((one != one) & (other != other))


def unroll(step: Run, timed: Collection[str], joined: Collection[str]) -> Run:
    """Makes a function over any number of time steps from one that computes a single step.

    Args:
        step: a graph of one time step, with its states as inputs and outputs.
        timed: the inputs whose axis 1, of length 1 in the graph, is time.
        joined: the outputs whose axis 1 is time; of the others, and of states, the last step's is
            returned.
    """
    sequences = {name for name in joined if not name.endswith(NEXT)}

    def run(batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        longer = {name for name in timed if name in batch and batch[name].shape[1] != 1}
        if not longer:
            return step(batch)
        others = {name: array for name, array in batch.items() if name not in longer}
        outputs: list[dict[str, np.ndarray]] = []
        for t in range(batch[next(iter(longer))].shape[1]):
            outputs.append(step({**others, **{n: batch[n][:, t : t + 1] for n in longer}}))
            others = {name: outputs[-1].get(name + NEXT, array) for name, array in others.items()}
        return {
            name: np.concatenate([o[name] for o in outputs], 1) if name in sequences else last
            for name, last in outputs[-1].items()
        }

    return run


def make_stateful(step: Run, initial_states: Mapping[str, np.ndarray]) -> Run:
    """Makes a function that passes the final states of each call to the next call.

    Args:
        step: takes states by name beside the model's inputs, and returns each with its name
            followed by `NEXT`.
        initial_states: those of the first call, without the batch axis.
    """
    states: dict[str, np.ndarray] = {}

    def run(batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        size = len(next(iter(batch.values())))
        for name, value in initial_states.items():
            states.setdefault(name, np.repeat(value[None], size, axis=0))
        outputs = step({**batch, **states})
        states.update({name: outputs.pop(name + NEXT) for name in initial_states})
        return outputs

    return run
