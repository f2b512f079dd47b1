"""A core of the test's own: its state is a matrix, and its output is no part of the state."""

from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

import zoo
from zoo.inference import onnx_session
from zoo.inference.arrays import make_stateful
from zoo.layers import Bidirectional, Core
from zoo.layers.base import scan

BATCH, TIME, FEATURES, UNITS = 3, 7, 4, 5


@keras.saving.register_keras_serializable(package="tests")
class FastWeights(Core):
    """A_t = 0.9 A_{t-1} + x_t x_tᵀ, A_0 = 0.1; y_t = tanh(W A_t x_t) (after Ba et al. 2016)."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, sequences_shape, initial_state_shape=None):
        features = sequences_shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=(features, self.units))
        self.state_shape, self.output_shape = (features, features), (self.units,)
        super().build(sequences_shape)

    def initial_state(self, batch):
        return 0.1 + super().initial_state(batch)

    def step(self, x, state):
        state = 0.9 * state + x[:, :, None] * x[:, None, :]
        seen = ops.matmul(state, x[:, :, None])[:, :, 0]
        return ops.tanh(ops.matmul(seen, self.kernel)), state

    def get_config(self):
        return {**super().get_config(), "units": self.units}


RNG = np.random.default_rng(0)
X = RNG.normal(size=(BATCH, TIME, FEATURES)).astype("float32")
MASK = np.array([[1] * 7, [1, 0, 1, 1, 0, 0, 1], [0, 0, 1, 1, 1, 0, 0]], bool)


def by_hand(kernel, mask=None, start=None):
    """Outputs and final state, one sequence and one step after the other."""
    outputs, final = np.zeros((BATCH, TIME, UNITS)), []
    for n in range(BATCH):
        state = np.full((FEATURES, FEATURES), 0.1) if start is None else start[n]
        y = np.zeros(UNITS)
        for t in range(TIME):
            if mask is None or mask[n, t]:
                state = 0.9 * state + np.outer(X[n, t], X[n, t])
                y = np.tanh(state @ X[n, t] @ kernel)
            outputs[n, t] = y
        final.append(state)
    return outputs, np.array(final)


def made(**options):
    keras.utils.set_random_seed(1)
    layer = FastWeights(UNITS, name="fast", **options)
    layer.build((BATCH, TIME, FEATURES))
    return layer


@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize("loop", [scan.tuned, scan.plain, scan.unrolled])
def test_outputs_and_state_equal_a_numpy_loop_by_every_loop(mask, loop):
    layer = made(return_sequences=True, return_state=True)
    with scan.using(loop):
        outputs, state = layer(X, mask=mask)
    expected, final = by_hand(layer.kernel.numpy(), mask)
    np.testing.assert_allclose(outputs, expected, atol=1e-5)
    np.testing.assert_allclose(state, final, atol=1e-5)


def test_the_last_output_is_that_of_the_last_step_that_is_no_padding():
    layer = made()
    np.testing.assert_allclose(
        layer(X, mask=MASK), by_hand(layer.kernel, MASK)[0][:, -1], atol=1e-5
    )


def test_it_starts_from_a_state_that_is_given_and_refuses_one_that_does_not_fit():
    layer = made(return_sequences=True)
    start = RNG.normal(size=(BATCH, FEATURES, FEATURES)).astype("float32")
    expected, _ = by_hand(layer.kernel.numpy(), start=start)
    np.testing.assert_allclose(layer(X, initial_state=start), expected, atol=1e-5)
    with pytest.raises(ValueError, match=r"takes 1: state \(batch, 4, 4\)"):
        layer(X, initial_state=start[:, :2])


def test_blocks_with_a_carried_state_give_what_one_pass_gives_until_it_is_reset():
    layer = made(return_sequences=True, stateful=True)
    expected, _ = by_hand(layer.kernel.numpy())
    for _ in range(2):
        found = np.concatenate([layer(X[:, :3]), layer(X[:, 3:])], axis=1)
        np.testing.assert_allclose(found, expected, atol=1e-5)
        layer.reset_state()


@pytest.mark.parametrize("compiled", [False, True])
def test_the_gradient_equals_a_numeric_one(compiled):
    layer = made(dtype="float64")

    def loss(kernel):
        return float(np.sum(by_hand(kernel, MASK)[0][:, -1]))

    @tf.function(autograph=False, jit_compile=compiled)
    def gradient():
        with tf.GradientTape() as tape:
            total = ops.sum(layer(X, mask=MASK))
        return tape.gradient(total, layer.kernel.value)

    found, kernel = gradient().numpy(), layer.kernel.numpy()
    for place in [(0, 0), (2, 3), (3, 4)]:
        nudge = np.zeros_like(kernel)
        nudge[place] = 1e-6
        numeric = (loss(kernel + nudge) - loss(kernel - nudge)) / 2e-6
        assert found[place] == pytest.approx(numeric, abs=1e-6)


def model(mask=False):
    x = keras.Input((None, FEATURES), name="x")
    given = keras.layers.Masking()(x) if mask else x
    y = made(return_sequences=True)(given)
    return keras.Model(x, {"y": keras.layers.Dense(2)(y)})


def test_it_is_saved_and_loaded(tmp_path):
    saved = model()
    saved.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(
        loaded.predict(X, verbose=0)["y"], saved.predict(X, verbose=0)["y"]
    )


def test_it_runs_both_ways():
    both = Bidirectional(made(return_sequences=True))
    assert both(X).shape == (BATCH, TIME, 2 * UNITS)
    np.testing.assert_allclose(both(X)[..., :UNITS], both.forward_layer(X), atol=1e-6)


@pytest.mark.parametrize("mask", [False, True])
def test_it_is_exported_as_a_loop_and_along_a_stream_from_its_initial_state(mask, tmp_path):
    network = model(mask)
    with pytest.raises(zoo.UserError, match="no operator for FastWeights"):
        zoo.export(network, tmp_path / "m.onnx")
    report = zoo.export(network, tmp_path / "whole.onnx", loops=True)
    assert report.operators["Loop"] == 1
    zoo.export(network, tmp_path / "steps.onnx", loops=True, stateful=True)
    session = onnx_session.open_session(tmp_path / "steps.onnx")
    assert {name: value.shape for name, value in onnx_session.initial_states(session).items()} == {
        "fast_output": (UNITS,),
        "fast_state": (FEATURES, FEATURES),
    }
    x = np.where(MASK[:, :, None], X, 0) if mask else X
    step = make_stateful(onnx_session.runner(session), onnx_session.initial_states(session))
    found = np.concatenate([step({"x": x[:, t : t + 1]})["y"] for t in range(TIME)], axis=1)
    np.testing.assert_allclose(found, network.predict(x, verbose=0)["y"], atol=1e-5)


class Pair(NamedTuple):
    """A state of two parts."""

    total: tuple
    counter: dict


class Nested(Core):
    """Sums its input and counts the steps; returns both."""

    state_shape = Pair((FEATURES,), {"steps": ()})
    output_shape = ((FEATURES,), ())

    def step(self, x, state):
        total, steps = state.total + x, state.counter["steps"] + 1
        return (total, steps), Pair(total, {"steps": steps})


@pytest.mark.parametrize("options", [{}, {"unroll": True}, {"go_backwards": True}])
def test_states_and_outputs_may_be_nests(options):
    layer = Nested(return_sequences=True, return_state=True, **options)
    (totals, steps), total, count = layer(X, mask=MASK)
    np.testing.assert_allclose(total, np.sum(X * MASK[:, :, None], axis=1), atol=1e-5)
    np.testing.assert_array_equal(count, MASK.sum(1))
    assert totals.shape == (BATCH, TIME, FEATURES)
    np.testing.assert_array_equal(steps[:, -1], MASK.sum(1))
