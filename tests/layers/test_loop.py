"""The loop: the form on TensorFlow against the plain one."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from zoo.layers import LSTM, tensorflow_loop
from zoo.layers.loop import plain
from zoo.layers.lstm import LSTMState


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("dropped", [True, False])
def test_the_loop_on_tensorflow_equals_the_plain_loop(masked, dropped):
    rng = np.random.default_rng(0)
    time, batch, units = 5, 3, 4
    x = tf.constant(rng.normal(size=(time, batch, 4 * units)))
    kernel = tf.constant(rng.normal(size=(units, 4 * units)))
    start = LSTMState(*[tf.constant(rng.normal(size=(batch, units))) for _ in "hc"])
    counts = tf.constant(rng.random((time, batch, 1)) < 0.6) if masked else None
    kept = tf.constant(rng.random((batch, units))) if dropped else None
    step = LSTM(units, dtype="float64").step

    results = []
    for loop in (plain, tensorflow_loop.run):
        with tf.GradientTape() as tape:
            tape.watch([x, kernel, *start])
            final, hidden = loop(step, x, kernel, start, counts, kept)
            loss = ops.sum(ops.sin(hidden)) + ops.sum(final.c)
        results.append([*final, hidden, *tape.gradient(loss, [x, kernel, *start])])
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)
