"""Every gated layer against the stock Keras layer and against the equations in NumPy."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers import witness
from zoo.layers import GRU, LEM, LSTM, LSTM1997, Bidirectional, Elman, Jordan, PeepholeLSTM


@dataclass(frozen=True)
class Case:
    """A layer, its loop in NumPy, and the stock layer where Keras has one."""

    ours: Callable[..., keras.layers.Layer]
    loop: Callable[..., Any]
    states: int
    stock: Callable[..., keras.layers.Layer] | None = None


CASES = {
    "Elman": Case(Elman, witness.elman, 1, keras.layers.SimpleRNN),
    "Jordan": Case(Jordan, witness.jordan, 2),
    "LSTM": Case(LSTM, witness.lstm, 2, keras.layers.LSTM),
    "GRU": Case(GRU, witness.gru, 1, keras.layers.GRU),
    "GRU reset before": Case(
        partial(GRU, reset_after=False),
        witness.gru_reset_before,
        1,
        partial(keras.layers.GRU, reset_after=False),
    ),
    "LSTM1997": Case(LSTM1997, witness.lstm1997, 2),
    "PeepholeLSTM": Case(PeepholeLSTM, witness.peephole_lstm, 2),
    "LEM": Case(partial(LEM, time_step=0.25), witness.lem, 2),
}
BATCH, TIME, FEATURES, UNITS = 4, 6, 3, 5
MASKS = {
    "no mask": None,
    "right-padded": [[1] * 6, [1] * 4 + [0] * 2, [1] + [0] * 5, [1] * 5 + [0]],
    "left-padded": [[1] * 6, [0] * 2 + [1] * 4, [0] * 5 + [1], [0] + [1] * 5],
    "gaps and all masked": [[1, 0, 1, 0, 1, 1], [0, 0, 1, 1, 0, 0], [0] * 6, [1] * 6],
}
OPTIONS = {
    "sequences": {"return_sequences": True},
    "last": {},
    "states": {"return_state": True, "return_sequences": True},
    "backwards": {"go_backwards": True, "return_sequences": True},
}

every_layer = pytest.mark.parametrize("name", CASES)
with_a_stock_layer = pytest.mark.parametrize("name", [n for n, c in CASES.items() if c.stock])
masks = pytest.mark.parametrize("mask", MASKS)


def made(name, dtype="float64", **options):
    """The zoo's layer with random weights."""
    layer = CASES[name].ours(UNITS, dtype=dtype, **options)
    layer.build((BATCH, TIME, FEATURES))
    rng = np.random.default_rng(1)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer


def pair(name, dtype="float64", bidirectional=False, **options):
    """A zoo layer and the stock one with the same random weights."""
    layers = [make(UNITS, dtype=dtype, **options) for make in (CASES[name].ours, CASES[name].stock)]
    if bidirectional:
        wrappers = (Bidirectional, keras.layers.Bidirectional)
        layers = [wrap(layer, dtype=dtype) for wrap, layer in zip(wrappers, layers, strict=True)]
    for layer in layers:
        layer.build((BATCH, TIME, FEATURES))
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=w.shape) for w in layers[1].get_weights()]
    for layer in layers:
        layer.set_weights(weights)
    return layers


def inputs(name, mask, directions=1):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(BATCH, TIME, FEATURES))
    states = [rng.normal(size=(BATCH, UNITS)) for _ in range(directions * CASES[name].states)]
    return x, states, None if MASKS[mask] is None else np.array(MASKS[mask], bool)


def outputs_and_gradients(layer, x, states, mask):
    x = tf.constant(x)
    states = [tf.constant(state) for state in states]
    with tf.GradientTape() as tape:
        tape.watch([x, *states])
        results = keras.tree.flatten(layer(x, initial_state=states, mask=mask))
        loss = sum(tf.reduce_sum(tf.sin(result)) for result in results)
    trainable = [weight.value for weight in layer.trainable_weights]
    return results, tape.gradient(loss, [x, *states, *trainable])


def assert_equal(ours, stock, tolerance):
    assert len(ours) == len(stock)
    for a, b in zip(ours, stock, strict=True):
        np.testing.assert_allclose(a, b, atol=tolerance, rtol=tolerance)


@with_a_stock_layer
@masks
@pytest.mark.parametrize("options", OPTIONS)
def test_outputs_states_and_gradients_equal_the_stock_layer_in_float64(name, mask, options):
    x, states, counts = inputs(name, mask)
    found, expected = (
        outputs_and_gradients(layer, x, states, counts) for layer in pair(name, **OPTIONS[options])
    )
    assert_equal(found[0], expected[0], 1e-10)
    assert_equal(found[1], expected[1], 1e-10)


@with_a_stock_layer
@masks
@pytest.mark.parametrize("options", ["sequences", "last", "states"])
def test_bidirectional_equals_the_stock_wrapper_in_float64(name, mask, options):
    x, states, counts = inputs(name, mask, directions=2)
    found, expected = (
        outputs_and_gradients(layer, x, states, counts)
        for layer in pair(name, bidirectional=True, **OPTIONS[options])
    )
    assert_equal(found[0], expected[0], 1e-10)
    assert_equal(found[1], expected[1], 1e-10)


@with_a_stock_layer
def test_outputs_equal_the_stock_layer_in_float32(name):
    x, _, _ = inputs(name, "no mask")
    ours, stock = pair(name, dtype="float32", return_sequences=True)
    assert_equal([ours(x)], [stock(x)], 1e-5)


@every_layer
@masks
def test_hidden_and_final_states_equal_a_numpy_loop_over_the_steps_that_count(name, mask):
    x, states, counts = inputs(name, mask)
    layer = made(name, return_sequences=True, return_state=True)
    hidden, *final = layer(x, initial_state=states, mask=counts)
    for row in range(BATCH):
        steps = np.ones(TIME, bool) if counts is None else counts[row]
        start = [state[row] for state in states]
        found, expected_final = CASES[name].loop(x[row][steps], *layer.get_weights(), *start)
        latest = np.concatenate([np.zeros((1, UNITS)), found.reshape(-1, UNITS)])
        np.testing.assert_allclose(hidden[row], latest[np.cumsum(steps)], atol=1e-12)
        assert_equal([part[row] for part in final], list(expected_final), 1e-12)


@every_layer
def test_weight_gradients_equal_central_differences(name):
    x, states, counts = inputs(name, "gaps and all masked")
    layer = made(name, return_sequences=True)
    _, gradients = outputs_and_gradients(layer, x, states, counts)

    def loss():
        return np.sin(layer(x, initial_state=states, mask=counts)).sum()

    step, rng = 1e-6, np.random.default_rng(3)
    weights = layer.trainable_weights
    for weight, gradient in zip(weights, gradients[-len(weights) :], strict=True):
        values = weight.numpy()
        for _ in range(5):
            place = tuple(rng.integers(0, size) for size in values.shape)
            nudge = np.zeros_like(values)
            nudge[place] = step
            weight.assign(values + nudge)
            above = loss()
            weight.assign(values - nudge)
            numeric = (above - loss()) / (2 * step)
            weight.assign(values)
            assert numeric == pytest.approx(float(gradient[place]), abs=1e-7)


@with_a_stock_layer
@pytest.mark.parametrize("length", [1, 2])
def test_a_short_sequence_is_read(name, length):
    x, _, _ = inputs(name, "no mask")
    ours, stock = pair(name, return_sequences=True)
    assert_equal([ours(x[:, :length])], [stock(x[:, :length])], 1e-10)


@every_layer
def test_a_sequence_of_length_zero_leaves_the_initial_state(name):
    _, states, _ = inputs(name, "no mask")
    layer = made(name, return_sequences=True, return_state=True)
    hidden, *final = layer(np.zeros((BATCH, 0, FEATURES)), initial_state=states)
    assert hidden.shape == (BATCH, 0, UNITS)
    assert_equal(final, states, 0)


@every_layer
@pytest.mark.parametrize("length", [0, 1, 3])
def test_one_traced_function_reads_every_batch_and_length(name, length):
    layer = made(name, return_sequences=True)
    signature = [tf.TensorSpec((None, None, FEATURES), "float64")]
    traced = tf.function(layer, input_signature=signature, autograph=False)
    x = np.random.default_rng(0).normal(size=(2, length, FEATURES))
    assert_equal([traced(x)], [layer(x)], 1e-12)


@every_layer
def test_fit_lowers_the_loss(name):
    keras.utils.set_random_seed(0)
    layer = CASES[name].ours(8, dropout=0.1, recurrent_dropout=0.1)
    model = keras.Sequential([keras.Input((TIME, FEATURES)), layer, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse", jit_compile=False)
    x = np.random.default_rng(0).normal(size=(64, TIME, FEATURES))
    losses = model.fit(x, x.sum((1, 2)), epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


@every_layer
def test_dropout_is_drawn_anew_for_each_batch_and_not_at_inference(name):
    layer = CASES[name].ours(UNITS, recurrent_dropout=0.5, return_sequences=True, seed=7)
    x = np.random.default_rng(0).normal(size=(BATCH, TIME, FEATURES)).astype("float32")
    assert not np.allclose(layer(x, training=True), layer(x, training=True))
    np.testing.assert_array_equal(layer(x), layer(x))


@every_layer
def test_regularizers_and_constraints_reach_their_weights_and_survive_saving(name):
    options = {
        "kernel_regularizer": keras.regularizers.L2(0.1),
        "recurrent_regularizer": keras.regularizers.L1(0.01),
        "bias_regularizer": "l2",
        "kernel_constraint": keras.constraints.MaxNorm(1.5),
        "recurrent_constraint": "non_neg",
        "activity_regularizer": keras.regularizers.L2(0.3),
    }
    layer = made(name, return_sequences=True, **options)
    loaded = type(layer).from_config(layer.get_config())
    loaded.build((BATCH, TIME, FEATURES))
    for one in (layer, loaded):
        assert float(one.kernel.regularizer.l2) == pytest.approx(0.1)
        assert float(one.recurrent_kernel.regularizer.l1) == pytest.approx(0.01)
        assert float(one.bias.regularizer.l2) == pytest.approx(0.01)
        assert one.kernel.constraint.max_value == 1.5
        assert isinstance(one.recurrent_kernel.constraint, keras.constraints.NonNeg)
    x, _, _ = inputs(name, "no mask")
    outputs = layer(x).numpy()
    weights = {weight.name: weight.numpy() for weight in layer.trainable_weights}
    expected = 0.1 * np.sum(weights["kernel"] ** 2) + 0.01 * np.sum(weights["bias"] ** 2)
    expected += 0.01 * np.sum(np.abs(weights["recurrent_kernel"]))
    expected += 0.3 * np.sum(outputs**2) / BATCH
    for extra, rate in (("output_kernel", 0.1), ("output_bias", 0.01)):
        expected += rate * np.sum(weights[extra] ** 2) if extra in weights else 0
    assert float(sum(layer.losses)) == pytest.approx(expected, rel=1e-6)


@every_layer
def test_a_layer_survives_config_saving_and_a_functional_model(name, tmp_path):
    sequences = keras.Input((None, FEATURES), name="sequences")
    layer = CASES[name].ours(UNITS, return_sequences=True, dropout=0.1, activation="relu")
    model = keras.Model(sequences, Bidirectional(layer, merge_mode="sum")(sequences))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(BATCH, TIME, FEATURES)).astype("float32")
    np.testing.assert_array_equal(model(x), loaded(x))
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()
