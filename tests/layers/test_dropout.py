"""Dropout of every layer with a recurrent kernel: what is dropped, and by one mask a sequence."""

from contextlib import nullcontext

import numpy as np
import pytest
import tensorflow as tf

from tests.layers import table
from tests.layers.test_gated_layers import BATCH, CASES, UNITS, every_layer, inputs, made, pair
from zoo import layers
from zoo.layers.base.recurrence import Recurrence
from zoo.layers.base.scan import plain, using

RECURRENT = sorted(
    name
    for name in table.public_layers() - table.ABSTRACT
    if issubclass(getattr(layers, name), Recurrence)
)
LOOPS = {"tuned": ({}, None), "unrolled": ({"unroll": True}, None), "plain": ({}, plain)}
loops = pytest.mark.parametrize("loop", LOOPS)


def by_form(loop):
    form = LOOPS[loop][1]
    return nullcontext() if form is None else using(form)


def a_mask():
    return np.random.default_rng(5).integers(0, 2, (BATCH, UNITS)) * 2.0


@every_layer
@loops
def test_recurrent_dropout_drops_rows_of_u_by_one_mask_a_sequence(name, loop, monkeypatch):
    x, states, _ = inputs(name, "no mask")
    layer = made(name, return_sequences=True, recurrent_dropout=0.5, **LOOPS[loop][0])
    mask = a_mask()
    monkeypatch.setattr(layer, "_dropout_mask", lambda *_: mask)
    with by_form(loop):
        hidden = layer(x, initial_state=states, training=True)
    kernel, recurrent_kernel, *others = layer.get_weights()
    for row in range(BATCH):
        thinned = mask[row][:, None] * recurrent_kernel
        start = [state[row] for state in states]
        expected, _ = CASES[name].loop(x[row], kernel, thinned, *others, *start)
        np.testing.assert_allclose(hidden[row], expected, atol=1e-12)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.stock])
def test_recurrent_dropout_is_that_of_the_stock_layer_with_the_same_mask(name, monkeypatch):
    x, states, _ = inputs(name, "no mask")
    ours, stock = pair(name, return_sequences=True, recurrent_dropout=0.5)
    stock.cell.implementation = 1  # The other one of Keras's GRU has no recurrent dropout.
    mask = tf.constant(a_mask())
    monkeypatch.setattr(ours, "_dropout_mask", lambda *_: mask)
    masks = [mask] * getattr(stock.cell, "dropout_mask_count", 0) or mask
    monkeypatch.setattr(stock.cell, "get_recurrent_dropout_mask", lambda _: masks)
    given = {"initial_state": [tf.constant(state) for state in states], "training": True}
    np.testing.assert_allclose(ours(x, **given), stock(x, **given), atol=1e-12)


@pytest.mark.parametrize("name", RECURRENT)
@loops
def test_where_all_is_dropped_the_outputs_do_not_follow_u(name, loop):
    sample = table.SAMPLES[name]
    layer = sample.make()
    layer.unroll = loop == "unrolled"

    def outputs():
        with by_form(loop):
            found = sample.called(layer, sample.inputs, training=True)
        return np.concatenate([np.ravel(part) for part in tf.nest.flatten(found)])

    before = outputs()
    kernel = layer.recurrent_kernel
    kernel.assign(kernel + 1.0)
    assert np.abs(outputs() - before).max() > 1e-3
    layer.recurrent_dropout = 1 - 1e-6
    moved = outputs()
    kernel.assign(kernel - 1.0)
    np.testing.assert_allclose(moved, outputs(), atol=1e-6)


@every_layer
@loops
def test_input_dropout_is_one_mask_a_sequence_the_same_at_all_steps(name, loop):
    x, states, _ = inputs(name, "no mask")
    layer = made(name, return_sequences=True, dropout=0.5, seed=3, **LOOPS[loop][0])
    with tf.GradientTape() as tape, by_form(loop):
        x = tf.constant(x)
        tape.watch(x)
        hidden = layer(x, initial_state=states, training=True)
        loss = tf.reduce_sum(tf.sin(hidden))
    # What is dropped has no gradient.
    dropped = tape.gradient(loss, x).numpy() == 0
    assert (dropped == dropped[:, :1]).all()
    assert len({tuple(row) for row in dropped[:, 0]}) > 1, "sequences have masks of their own"
    for row in range(BATCH):
        start = [state[row] for state in states]
        read = x[row].numpy() * np.where(dropped[row], 0, 2)
        expected, _ = CASES[name].loop(read, *layer.get_weights(), *start)
        np.testing.assert_allclose(hidden[row], expected, atol=1e-12)
