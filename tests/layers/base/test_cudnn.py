"""Where there is a GPU, cuDNN gets of our layers what it gets of Keras's own, weights and all.

No GPU is needed: the operator is put into graphs that are not run, and what it is given is caught.
"""

from importlib import import_module

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.layers import GRU, LSTM, PeepholeLSTM

UNITS, TIME, FEATURES = 4, 5, 3
PADDED = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0]], bool)
GAP = np.array([[1, 1, 1, 1, 1], [1, 0, 1, 0, 0]], bool)


@pytest.fixture(autouse=True)
def gpu(monkeypatch):
    # The module, whose name in its package is that of a function in it.
    rnn = import_module("keras.src.backend.tensorflow.rnn")
    monkeypatch.setattr(rnn, "_is_gpu_available", lambda: True)


@pytest.fixture
def caught(monkeypatch):
    """What each call of the operator is given; it answers with numbers that tell steps apart."""
    calls = []

    def operator(**given):
        calls.append({name: np.array(value) for name, value in given.items()})
        batch, time, _ = given["input"].shape
        outputs = tf.reshape(tf.range(batch * time * UNITS, dtype=tf.float32), (batch, time, UNITS))
        lengths = np.array(given["sequence_lengths"])
        outputs *= tf.sequence_mask(lengths, time, tf.float32)[:, :, None]
        last = tf.gather(outputs, lengths - 1, batch_dims=1)[:, None]
        return outputs, last, last + 0.5, None, None

    monkeypatch.setattr(tf.raw_ops, "CudnnRNNV3", operator)
    return calls


def sequences():
    return np.random.default_rng(0).normal(size=(2, TIME, FEATURES)).astype("float32")


def operators(layer, mask=None):
    """Of the graph of a layer, those in conditions and loops included."""

    @tf.function
    def run(x):
        return layer(x, mask=mask)

    graph = run.get_concrete_function(tf.TensorSpec([None, None, FEATURES])).graph.as_graph_def()
    nodes = [*graph.node, *(node for each in graph.library.function for node in each.node_def)]
    return {node.op for node in nodes}


@pytest.mark.parametrize("mask", [None, PADDED])
@pytest.mark.parametrize(("ours", "stock"), [(LSTM, keras.layers.LSTM), (GRU, keras.layers.GRU)])
def test_it_is_given_what_keras_gives_it(ours, stock, mask, caught):
    ours, stock = (kind(UNITS, return_sequences=True) for kind in (ours, stock))
    for layer in (ours, stock):
        layer.build((None, None, FEATURES))
    rng = np.random.default_rng(1)
    stock.set_weights([rng.normal(size=w.shape) for w in stock.get_weights()])
    ours.set_weights(stock.get_weights())
    found, expected = ours(sequences(), mask=mask), stock(sequences(), mask=mask)
    given, wanted = caught
    assert given.keys() == wanted.keys()
    for name in given:
        np.testing.assert_array_equal(given[name], wanted[name], err_msg=name)
    counts = np.ones((2, TIME), bool) if mask is None else mask
    np.testing.assert_array_equal(np.array(found)[counts], np.array(expected)[counts])


def test_beyond_its_end_a_sequence_has_its_last_output(caught):
    outputs, h, c = LSTM(UNITS, return_sequences=True, return_state=True)(sequences(), mask=PADDED)
    np.testing.assert_array_equal(outputs[1, 2:], [outputs[1, 1]] * 3)
    np.testing.assert_array_equal(h[1], outputs[1, 1])
    np.testing.assert_array_equal(c, h + 0.5)


@pytest.mark.parametrize("mask", [GAP, np.zeros((2, TIME), bool)])
def test_padding_elsewhere_is_left_to_our_loop(mask, caught):
    layer = LSTM(UNITS)
    layer(sequences(), mask=mask)
    assert caught == []


@pytest.mark.parametrize("mask", [None, PADDED])
@pytest.mark.parametrize("layer", [LSTM(UNITS), GRU(UNITS), LSTM(UNITS, go_backwards=True)])
def test_the_operator_is_in_the_graph(layer, mask):
    assert "CudnnRNNV3" in operators(layer, mask)
    assert not layer.supports_jit


@pytest.mark.parametrize(
    "layer",
    [
        PeepholeLSTM(UNITS),
        LSTM(UNITS, activation="relu"),
        LSTM(UNITS, use_bias=False),
        GRU(UNITS, reset_after=False),
    ],
)
def test_what_cudnn_does_not_have_runs_in_our_loop(layer):
    assert "CudnnRNNV3" not in operators(layer)


def test_recurrent_dropout_runs_in_our_loop_while_it_drops(caught):
    layer = LSTM(UNITS, recurrent_dropout=0.5)
    layer(sequences(), training=True)
    assert caught == []
    layer(sequences())
    assert len(caught) == 1
