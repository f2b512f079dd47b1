"""The loop: that on TensorFlow against the plain one."""

from functools import partial

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from zoo.layers import GRU, LEM, LSTM
from zoo.layers.base.scan import plain, unrolled
from zoo.layers.base.tensorflow import gated_loop

BATCH, FEATURES, UNITS = 3, 2, 4
LENGTHS = [1, 4, 7, 8, 13, 23]
kinds = pytest.mark.parametrize("kind", [LSTM, GRU, LEM])


def parts(kind, time):
    """A layer with random weights, a sequence in the loop's order of axes and a state."""
    rng = np.random.default_rng(0)
    layer = kind(UNITS, dtype="float64")
    layer.build((BATCH, time, FEATURES))
    layer.set_weights([rng.normal(size=weight.shape) for weight in layer.get_weights()])
    state = [tf.constant(rng.normal(size=(BATCH, UNITS))) for _ in layer.State._fields]
    return layer, tf.constant(rng.normal(size=(time, BATCH, FEATURES))), layer.State(*state)


def results_and_gradients(loop, layer, x, state, mask=None, dropped=None):
    weights = [weight.value for weight in layer.trainable_weights]
    with tf.GradientTape() as tape:
        tape.watch([x, *state])
        final, outputs = loop(
            layer.cell(training=True, recurrent_dropout_mask=dropped), x, state, mask
        )
        loss = ops.sum(ops.sin(outputs)) + ops.sum(ops.cos(final[-1]))
    gradients = tape.gradient(loss, [x, *state, *weights], unconnected_gradients="zero")
    return [*final, outputs, *gradients]


@kinds
@pytest.mark.parametrize("time", LENGTHS)
@pytest.mark.parametrize(("masked", "dropped"), [(True, False), (False, True)])
def test_the_loop_on_tensorflow_equals_the_plain_loop(kind, time, masked, dropped):
    layer, x, state = parts(kind, time)
    rng = np.random.default_rng(1)
    mask = tf.constant(rng.random((time, BATCH)) < 0.6) if masked else None
    drop = tf.constant(rng.random((BATCH, UNITS))) if dropped else None

    def traced(cell, *given):
        return tf.function(partial(gated_loop.run, cell), autograph=False)(*given)

    found, expected = (
        results_and_gradients(loop, layer, x, state, mask, drop) for loop in (traced, plain)
    )
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


@kinds
@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("own_gradients", [False, True])
def test_blocks_of_either_length_compute_the_same(kind, long, own_gradients, monkeypatch):
    monkeypatch.setattr(gated_loop, "LARGE", 1 if long else 10_000)
    layer, x, state = parts(kind, 23)
    tuned = partial(gated_loop.run, own_gradients=own_gradients)
    found, expected = (results_and_gradients(loop, layer, x, state) for loop in (tuned, unrolled))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


@kinds
@pytest.mark.parametrize("graph", [False, True])
def test_second_order_gradients_equal_those_of_the_loop_written_out(kind, graph):
    layer, x, state = parts(kind, 9)
    weights = [weight.value for weight in layer.trainable_weights]

    def second(loop):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                cell = layer.cell(training=True)
                loss = tf.reduce_sum(tf.sin(loop(cell, x, state, None)[1]))
            gradients = inner.gradient(loss, [x, *weights])
            length = sum(tf.reduce_sum(gradient**2) for gradient in gradients)
        return outer.gradient(length, [x, *weights])

    run = tf.function(second, autograph=False) if graph else second
    for found, expected in zip(run(gated_loop.run), second(unrolled), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9)
