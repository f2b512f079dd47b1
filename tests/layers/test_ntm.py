"""The neural Turing machine against loops from its equations, one head and one row at a time."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from zoo.layers import NTM, addressing
from zoo.layers.ntm import CONTROLLERS, write

BATCH, TIME, FEATURES, UNITS, ROWS, COLUMNS, HEADS = 2, 4, 3, 5, 6, 4, 2
RNG = np.random.default_rng(0)
X = RNG.normal(size=(BATCH, TIME, FEATURES))


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def softplus(a):
    return np.log1p(np.exp(a))


def softmax(a):
    return np.exp(a - a.max()) / np.exp(a - a.max()).sum()


def by_content(memory, key, strength):
    """Eq. 5 and 6 of one head."""

    def norm(vector):
        return np.sqrt(vector @ vector + 1e-6)

    similarity = [key @ row / (norm(key) * norm(row)) for row in memory]
    return softmax(strength * np.array(similarity))


def shifted(weights, by):
    """Eq. 8 of one head, term by term."""
    rows, reach = len(weights), len(by) // 2
    return np.array(
        [
            sum(weights[(i - k) % rows] * by[k + reach] for k in range(-reach, reach + 1))
            for i in range(rows)
        ]
    )


def random_weights(size, heads=HEADS):
    values = RNG.random((size, heads, ROWS)) + 0.01
    return values / values.sum(-1, keepdims=True)


def test_content_is_a_softmax_of_cosine_similarities():
    memory, key = RNG.normal(size=(BATCH, ROWS, COLUMNS)), RNG.normal(size=(BATCH, HEADS, COLUMNS))
    strength = RNG.random((BATCH, HEADS, 1)) * 5
    found = addressing.content(memory.mT, key, strength)
    for n in range(BATCH):
        for h in range(HEADS):
            expected = by_content(memory[n], key[n, h], strength[n, h])
            np.testing.assert_allclose(found[n, h], expected, atol=1e-10)


@pytest.mark.parametrize("size", [0.0, 1e-20, 1e-12, 1e-6])
def test_a_row_near_zero_has_a_gradient_below_a_thousand_times_the_strength(size):
    rows = RNG.normal(size=(1, ROWS, COLUMNS)).astype("float32")
    rows[:, 1] *= size
    memory, key = tf.constant(rows.mT), tf.constant(RNG.normal(size=(1, 1, COLUMNS)), "float32")

    @tf.function(jit_compile=True)
    def gradient():
        with tf.GradientTape() as tape:
            tape.watch(memory)
            looks = addressing.content(memory, key, tf.ones((1, 1, 1)))[0, 0, 1]
        return tape.gradient(looks, memory)

    assert np.abs(gradient()).max() < 1000


def test_interpolation_is_between_content_and_where_the_head_was():
    new, old, gate = random_weights(BATCH), random_weights(BATCH), RNG.random((BATCH, HEADS, 1))
    found = addressing.interpolate(new, old, gate)
    np.testing.assert_allclose(found, gate * new + (1 - gate) * old, atol=1e-10)


@pytest.mark.parametrize("reach", [0, 1, 2])
def test_a_shift_is_a_circular_convolution(reach):
    weights, by = random_weights(BATCH), RNG.random((BATCH, HEADS, 2 * reach + 1))
    found = addressing.shift(weights, by)
    for n in range(BATCH):
        for h in range(HEADS):
            expected = shifted(weights[n, h], by[n, h])
            np.testing.assert_allclose(found[n, h], expected, atol=1e-10)


def test_a_shift_by_one_goes_from_the_last_row_to_the_first():
    last = np.zeros((1, 1, ROWS))
    last[..., -1] = 1
    found = addressing.shift(last, np.array([[[0.0, 0.0, 1.0]]]))
    np.testing.assert_array_equal(found[0, 0], np.eye(ROWS)[0])


def test_sharpening_raises_to_a_power_and_sums_to_one():
    weights, exponent = random_weights(BATCH), 1 + RNG.random((BATCH, HEADS, 1)) * 9
    found = addressing.sharpen(weights, exponent)
    power = weights**exponent
    np.testing.assert_allclose(found, power / power.sum(-1, keepdims=True), atol=1e-10)


def test_sharpening_even_weights_by_a_large_exponent_stays_a_number_with_a_gradient():
    even = tf.constant(np.full((1, 1, 128), 1 / 128, "float32"))
    exponent = tf.constant([[[21.0]]])
    with tf.GradientTape() as tape:
        tape.watch([even, exponent])
        found = addressing.sharpen(even, exponent)
        loss = tf.reduce_sum(found * tf.range(128.0))
    np.testing.assert_allclose(found, even, rtol=1e-5)
    assert all(np.isfinite(part).all() for part in tape.gradient(loss, [even, exponent]))


@settings(max_examples=60, deadline=None)
@given(
    start=arrays.arrays("float64", (1, ROWS, COLUMNS), elements=st.floats(-1, 1)),
    erase=arrays.arrays("float64", (1, HEADS, COLUMNS), elements=st.floats(0, 1)),
    add=arrays.arrays("float64", (1, HEADS, COLUMNS), elements=st.floats(-1, 1)),
    seed=st.integers(0, 1000),
)
def test_a_row_changes_by_no_more_than_erase_and_add_allow(start, erase, add, seed):
    values = np.random.default_rng(seed).random((1, HEADS, ROWS))
    weights = values / values.sum(-1, keepdims=True)
    after = np.asarray(write(start.mT, weights, erase, add)).mT
    added = np.einsum("bhr,bhc->brc", weights, np.abs(add))
    assert np.all(np.abs(after) <= np.abs(start) + added + 1e-12)
    untouched = np.einsum("bhr->br", weights) == 0
    np.testing.assert_array_equal(after[untouched], start[untouched])


def made(controller, **options):
    keras.utils.set_random_seed(1)
    options = {"return_sequences": True, "return_state": True, "dtype": "float64", **options}
    layer = NTM(UNITS, ROWS, COLUMNS, heads=HEADS, controller=controller, **options)
    layer.build((None, None, FEATURES))
    for weight in layer.weights:
        weight.assign(weight.numpy() + RNG.normal(size=weight.shape) * 0.3)
    return layer


def numpy_loop(layer, x, mask=None):
    """The equations of `NTM`, one sequence, one step and one head after the other."""
    w = {weight.path.split("/", 1)[-1]: weight.numpy() for weight in layer.weights}
    outputs, finals = [], []
    for n in range(len(x)):
        memory = np.full((ROWS, COLUMNS), 1e-6)
        reading = [softmax(row) for row in w["first_read_weights"]]
        writing = [softmax(row) for row in w["first_write_weights"]]
        read_vectors, h, c = w["first_read_vectors"], np.zeros(UNITS), np.zeros(UNITS)
        y = np.zeros(UNITS + HEADS * COLUMNS)
        ys = []
        for t in range(x.shape[1]):
            if mask is not None and not mask[n, t]:
                ys.append(y)
                continue
            given = np.concatenate([x[n, t], read_vectors.ravel()])
            if layer.controller == "lstm":
                a = given @ w["controller/kernel"] + h @ w["controller/recurrent_kernel"]
                i, f, g, o = np.split(a + w["controller/bias"], 4)
                c = np.tanh(g) * sigmoid(i) + c * sigmoid(f)
                h = np.tanh(c) * sigmoid(o)
            else:
                h = np.tanh(given @ w["controller/kernel"] + w["controller/bias"])
            said = np.clip(h @ w["heads_kernel"] + w["heads_bias"], -20, 20)
            where = said[: 2 * HEADS * (COLUMNS + 6)].reshape(2 * HEADS, COLUMNS + 6)
            what = said[where.size :].reshape(HEADS, 2 * COLUMNS)
            new = []
            for head, before in zip(where, [*reading, *writing], strict=True):
                key, (beta, gamma, gate) = head[:COLUMNS], head[COLUMNS : COLUMNS + 3]
                content = by_content(memory, np.tanh(key), softplus(beta))
                gated = sigmoid(gate) * content + (1 - sigmoid(gate)) * before
                power = shifted(gated, softmax(head[COLUMNS + 3 :])) ** (1 + softplus(gamma))
                new.append(power / power.sum())
            reading, writing = new[:HEADS], new[HEADS:]
            for weights, row in zip(writing, what, strict=True):
                memory = memory * (1 - np.outer(weights, sigmoid(row[:COLUMNS])))
            for weights, row in zip(writing, what, strict=True):
                memory = memory + np.outer(weights, np.tanh(row[COLUMNS:]))
            read_vectors = np.array([weights @ memory for weights in reading])
            y = np.concatenate([h, read_vectors.ravel()])
            ys.append(y)
        outputs.append(ys)
        finals.append((memory.T, np.array(reading), np.array(writing), read_vectors))
    return np.array(outputs), [np.array(part) for part in zip(*finals, strict=True)]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("controller", CONTROLLERS)
def test_outputs_and_states_equal_a_numpy_loop(controller, masked):
    layer = made(controller)
    mask = np.array([[1, 0, 1, 1], [1, 1, 1, 0]], bool) if masked else None
    outputs, *states = layer(X, mask=mask)
    expected, finals = numpy_loop(layer, X, mask)
    np.testing.assert_allclose(outputs, expected, atol=1e-10)
    for found, final in zip(states, finals, strict=False):
        np.testing.assert_allclose(found, final, atol=1e-10)
    assert len(states) == (6 if controller == "lstm" else 4)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("controller", CONTROLLERS)
def test_every_gradient_equals_a_numeric_one(controller, training):
    layer = made(controller, return_state=False)
    aim = RNG.normal(size=(BATCH, TIME, UNITS + HEADS * COLUMNS))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(X, training=training) * aim)
    gradients = tape.gradient(loss, [weight.value for weight in layer.trainable_weights])
    for weight, gradient in zip(layer.trainable_weights, gradients, strict=True):
        value = weight.numpy()
        for place in np.random.default_rng(2).integers(0, value.size, 4):
            nudge = np.zeros(value.size)
            nudge[place] = 1e-6
            losses = []
            for sign in (1, -1):
                weight.assign(value + sign * nudge.reshape(value.shape))
                losses.append(float(np.sum(numpy_loop(layer, X)[0] * aim)))
            weight.assign(value)
            numeric = (losses[0] - losses[1]) / 2e-6
            assert np.ravel(gradient)[place] == pytest.approx(numeric, abs=1e-5, rel=1e-5), (
                weight.path
            )


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_a_stream_in_blocks_gives_what_one_pass_gives(controller):
    layer = made(controller)
    whole, *final = layer(X)
    first, *state = layer(X[:, :1])
    rest, *after = layer(X[:, 1:], initial_state=state)
    np.testing.assert_allclose(np.concatenate([first, rest], 1), whole, atol=1e-12)
    for one, other in zip(final, after, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_what_stays_of_a_long_sequence_is_finite_and_weightings_sum_to_one(controller):
    layer = made(controller, dtype="float32")
    x = np.random.default_rng(0).normal(size=(2, 300, FEATURES)).astype("float32") * 30
    outputs, memory, reading, writing, *_ = layer(x)
    assert np.isfinite(outputs).all()
    assert np.isfinite(memory).all()
    np.testing.assert_allclose(np.sum(reading, -1), 1, atol=1e-5)
    np.testing.assert_allclose(np.sum(writing, -1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"heads": 7}, "heads 7; it takes up to memory_size=6"),
        ({"heads": 0}, "heads 0; it takes an integer above 0"),
        ({"shift_range": 3}, "shift_range 3; it takes an integer with 2 shift_range"),
        ({"shift_range": -1}, "shift_range -1"),
        ({"controller": "gru"}, "controller 'gru'; it takes lstm or feedforward"),
        ({"word_size": 2.5}, "word_size 2.5; it takes an integer above 0"),
    ],
)
def test_what_does_not_fit_is_named(options, message):
    arguments = {"units": 4, "memory_size": ROWS, "word_size": 3, **options}
    with pytest.raises(ValueError, match=message):
        NTM(**arguments)
