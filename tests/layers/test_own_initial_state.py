"""Layers with a state of their own to start from: zeros at padding before it, and nowhere else."""

import numpy as np
import pytest

from tests.layers.test_dropout import LOOPS, by_form, loops
from tests.layers.test_gated_layers import (
    BATCH,
    CASES,
    FEATURES,
    MASKS,
    TIME,
    UNITS,
    every_layer,
    inputs,
)
from zoo.layers import Core

FIRST = 0.7
PADDED = [mask for mask, rows in MASKS.items() if rows is not None]


def with_own_state(kind):
    """A subclass that starts from another state than zeros."""

    def initial_state(self, batch):
        return type(self.state_shape)(*[part + FIRST for part in kind.initial_state(self, batch)])

    return type(f"{kind.__name__}WithState", (kind,), {"initial_state": initial_state})


def outputs_and_finals(step_loop, x, mask, start):
    """Outputs of all steps and final states, by a loop over one sequence without its padding."""
    outputs, finals = [], []
    for row in range(BATCH):
        results, final = step_loop(x[row][mask[row]], start)
        latest = np.concatenate([np.zeros((1, UNITS)), np.reshape(results, (-1, UNITS))])
        outputs.append(latest[np.cumsum(mask[row])])
        finals.append(final)
    return np.array(outputs), [np.array(part) for part in zip(*finals, strict=True)]


@every_layer
@pytest.mark.parametrize("mask", PADDED)
@pytest.mark.parametrize("stateful", [False, True])
@loops
def test_a_gated_layer_with_a_state_of_its_own_equals_a_loop_in_numpy(name, mask, stateful, loop):
    x, _, mask = inputs(name, mask)
    make = CASES[name].ours
    kind = with_own_state(getattr(make, "func", make))
    options = {**getattr(make, "keywords", {}), **LOOPS[loop][0], "stateful": stateful}
    rng = np.random.default_rng(1)
    weights = None
    for return_sequences in (True, False):
        layer = kind(
            UNITS, dtype="float64", return_state=True, return_sequences=return_sequences, **options
        )
        layer.build((BATCH, TIME, FEATURES))
        weights = weights or [rng.normal(size=each.shape) for each in layer.trainable_weights]
        for variable, value in zip(layer.trainable_weights, weights, strict=True):
            variable.assign(value)
        start = [np.full(UNITS, FIRST)] * CASES[name].states
        outputs, finals = outputs_and_finals(
            lambda x, start, w=weights: CASES[name].loop(x, *w, *start), x, mask, start
        )
        with by_form(loop):
            found, *states = layer(x, mask=mask)
        np.testing.assert_allclose(
            found, outputs if return_sequences else outputs[:, -1], atol=1e-12
        )
        for one, other in zip(states, finals, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-12)
        if stateful:
            layer.reset_state()
            np.testing.assert_array_equal(layer.state_variables[0], np.full((BATCH, UNITS), FIRST))


class Sums(Core):
    """Adds up what it reads, from a number of its own on."""

    state_shape = output_shape = (FEATURES,)

    def initial_state(self, batch):
        return super().initial_state(batch) + FIRST

    def step(self, x, state):
        return state + x, state + x


@pytest.mark.parametrize("mask", PADDED)
@pytest.mark.parametrize("stateful", [False, True])
@loops
def test_a_core_with_a_state_of_its_own_equals_a_sum_in_numpy(mask, stateful, loop):
    x, _, mask = inputs("Elman", mask)
    sums = FIRST + np.cumsum(x * mask[..., None], axis=1)
    is_begun = np.cumsum(mask, axis=1)[..., None] > 0
    options = {**LOOPS[loop][0], "stateful": stateful, "return_state": True, "dtype": "float64"}
    with by_form(loop):
        every, state = Sums(return_sequences=True, **options)(x, mask=mask)
        last, _ = Sums(**options)(x, mask=mask)
    np.testing.assert_allclose(every, np.where(is_begun, sums, 0), atol=1e-6)
    np.testing.assert_allclose(last, np.where(is_begun, sums, 0)[:, -1], atol=1e-6)
    np.testing.assert_allclose(state, sums[:, -1], atol=1e-6)
