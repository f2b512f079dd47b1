"""Properties of every gated layer over drawn shapes, masks and options, and over precisions."""

from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras import ops

from tests.layers import witness
from tests.layers.test_gated_layers import CASES, Case
from zoo.layers import HiddenState, Recurrence


class MGU(Recurrence):
    """Minimal gated unit (Zhou et al. 2016), its candidate gate after U:

    f_t = σ(W_f x_t + U_f h_{t-1} + b_f)
    g_t = φ(W_h x_t + f_t ⊙ U_h h_{t-1} + b_h)
    h_t = (1 - f_t) ⊙ h_{t-1} + f_t ⊙ g_t
    """

    gates = ("f", "h")
    State = HiddenState
    separate_projections = True

    def step(self, a, state):
        (x_f, x_h), (u_f, u_h) = a
        f = ops.sigmoid(x_f + u_f)
        g = self.activation(x_h + f * u_h)
        return HiddenState((1 - f) * state.h + f * g)


ALL = {**CASES, "a layer of one's own": Case(MGU, witness.mgu, 1)}
every_layer = pytest.mark.parametrize("name", ALL)
few = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


class Drawn(NamedTuple):
    """A layer with random weights, what it reads, and where it starts."""

    layer: Recurrence
    x: np.ndarray
    states: list[np.ndarray]
    counts: np.ndarray | None


@st.composite
def runs(draw, name):
    batch, time = draw(st.integers(1, 3)), draw(st.integers(1, 13))
    features, units = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    kind = draw(st.sampled_from(["none", "right", "left", "gaps", "all masked"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    lengths = rng.integers(0, time + 1, (batch, 1))
    counts = {
        "none": None,
        "right": np.arange(time) < lengths,
        "left": np.arange(time) >= lengths,
        "gaps": rng.random((batch, time)) < 0.5,
        "all masked": np.zeros((batch, time), bool),
    }[kind]
    layer = ALL[name].ours(
        units,
        dtype="float64",
        return_sequences=True,
        return_state=True,
        go_backwards=draw(st.booleans()),
    )
    layer.build((batch, time, features))
    layer.set_weights([rng.normal(size=weight.shape) for weight in layer.get_weights()])
    states = [rng.normal(size=(batch, units)) for _ in range(ALL[name].states)]
    return Drawn(layer, rng.normal(size=(batch, time, features)), states, counts)


def flat(results):
    return np.concatenate([np.ravel(part) for part in results])


@every_layer
@few
@given(st.data())
def test_outputs_and_states_equal_the_numpy_loop(name, data):
    layer, x, states, counts = data.draw(runs(name))
    hidden, *final = layer(x, initial_state=states, mask=counts)
    batch, time, _ = x.shape
    for row in range(batch):
        steps = np.ones(time, bool) if counts is None else counts[row]
        order = slice(None, None, -1) if layer.go_backwards else slice(None)
        read, steps = x[row][order], steps[order]
        start = [state[row] for state in states]
        expected, expected_final = np.zeros((0, layer.units)), start
        if steps.any():
            expected, expected_final = ALL[name].loop(read[steps], *layer.get_weights(), *start)
        latest = np.concatenate([np.zeros((1, layer.units)), expected])
        np.testing.assert_allclose(hidden[row], latest[np.cumsum(steps)], atol=1e-10)
        np.testing.assert_allclose(
            flat([part[row] for part in final]), flat(expected_final), atol=1e-10
        )


@every_layer
@few
@given(st.data())
def test_every_gradient_equals_a_numeric_one(name, data):
    layer, x, states, counts = data.draw(runs(name))
    weights = [weight.numpy() for weight in layer.trainable_weights]
    values = [x, *states, *weights]
    rng = np.random.default_rng(0)
    way = [rng.normal(size=value.shape) for value in values]

    def loss(values):
        x, states = values[0], values[1 : 1 + len(layer.State._fields)]
        layer.set_weights([np.array(value) for value in values[1 + len(states) :]])
        results = layer(x, initial_state=list(states), mask=counts)
        return sum(tf.reduce_sum(tf.sin(part)) for part in results)

    watched = [tf.constant(value) for value in values]
    with tf.GradientTape() as tape:
        tape.watch(watched[: 1 + len(states)])
        value = loss(watched)
    sources = [*watched[: 1 + len(states)], *[w.value for w in layer.trainable_weights]]
    gradients = tape.gradient(value, sources, unconnected_gradients="zero")
    analytic = sum(np.sum(g * w) for g, w in zip(gradients, way, strict=True))
    step = 1e-6
    above = loss([v + step * w for v, w in zip(values, way, strict=True)])
    below = loss([v - step * w for v, w in zip(values, way, strict=True)])
    numeric = (above - below) / (2 * step)
    np.testing.assert_allclose(analytic, numeric, rtol=1e-6, atol=1e-6)


@every_layer
@pytest.mark.parametrize(
    ("policy", "tolerance"), [("float32", 1e-5), ("mixed_bfloat16", 0.1), ("mixed_float16", 0.02)]
)
def test_lower_precision_is_near_to_float64(name, policy, tolerance):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 11, 4))
    exact = ALL[name].ours(6, dtype="float64", return_sequences=True)
    rough = ALL[name].ours(6, dtype=keras.DTypePolicy(policy), return_sequences=True)
    for layer in (exact, rough):
        layer.build(x.shape)
    rough.set_weights(exact.get_weights())
    with tf.GradientTape() as tape:
        found = rough(x)
        loss = tf.reduce_sum(tf.cast(found, "float32") ** 2)
    gradients = tape.gradient(loss, [weight.value for weight in rough.trainable_weights])
    assert found.dtype == rough.compute_dtype
    assert all(gradient.dtype == "float32" for gradient in gradients)
    np.testing.assert_allclose(tf.cast(found, "float64"), exact(x), atol=tolerance)


@pytest.mark.slow
@every_layer
def test_fit_gives_the_same_losses_however_it_is_compiled(name):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 9, 3)), rng.normal(size=(32, 4))
    losses = []
    for jit in ("auto", True, False):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((9, 3)), ALL[name].ours(4)])
        model.compile("sgd", "mse", jit_compile=jit)
        history = model.fit(x, y, epochs=2, batch_size=16, shuffle=False, verbose=0).history
        losses.append(history["loss"])
    np.testing.assert_allclose(losses[1:], losses[:1] * 2, rtol=1e-5)
