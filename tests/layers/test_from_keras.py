"""A model of stock Keras layers, rebuilt on the zoo's, gives the same output."""

import keras
import numpy as np
import pytest
from keras import layers as stock

import zoo.layers as zoo

X = np.random.default_rng(0).normal(size=(3, 7, 4)).astype("float32")
X[1, 4:] = 0
CASES = {
    "LSTM": lambda: stock.LSTM(5),
    "LSTM with hard gates": lambda: stock.LSTM(5, recurrent_activation="hard_sigmoid"),
    "GRU": lambda: stock.GRU(5, return_sequences=True),
    "GRU reset before": lambda: stock.GRU(5, reset_after=False),
    "SimpleRNN backwards": lambda: stock.SimpleRNN(5, go_backwards=True, return_sequences=True),
    "Bidirectional": lambda: stock.Bidirectional(stock.LSTM(5, return_sequences=True)),
    "Bidirectional of cells": lambda: stock.Bidirectional(stock.RNN(stock.GRUCell(5))),
    "RNN of a cell": lambda: stock.RNN(stock.LSTMCell(5), return_sequences=True),
    "stacked cells": lambda: stock.RNN(
        stock.StackedRNNCells([stock.LSTMCell(5), stock.GRUCell(3), stock.SimpleRNNCell(2)])
    ),
}


def stock_layers(model):
    kinds = (stock.LSTM, stock.GRU, stock.SimpleRNN, stock.RNN, stock.Bidirectional)
    return [layer for layer in model._flatten_layers() if isinstance(layer, kinds)]


def assert_same(model):
    rebuilt = zoo.from_keras(model)
    assert not stock_layers(rebuilt)
    for found, expected in zip(
        keras.tree.flatten(rebuilt(X)), keras.tree.flatten(model(X)), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("masked", [True, False])
def test_a_sequential_model_gives_the_same_output(name, masked):
    mask = [stock.Masking()] if masked else []
    assert_same(keras.Sequential([keras.Input((None, 4)), *mask, CASES[name](), stock.Dense(2)]))


def test_a_functional_model_with_states_handed_on_gives_the_same_output():
    sequences = keras.Input((None, 4))
    read, h, c = stock.LSTM(5, return_state=True, return_sequences=True)(sequences)
    written = stock.LSTM(5, return_sequences=True)(read, initial_state=[h, c])
    assert_same(keras.Model(sequences, [written, h]))


def test_stacked_cells_that_return_their_states_give_the_same_states():
    sequences = keras.Input((None, 4))
    cells = stock.StackedRNNCells([stock.LSTMCell(5), stock.LSTMCell(3)])
    output, *states = stock.RNN(cells, return_state=True)(sequences)
    assert_same(keras.Model(sequences, [output, *keras.tree.flatten(states)]))


def test_a_layer_inside_a_wrapper_and_a_nested_model_is_rebuilt():
    inner = keras.Sequential([keras.Input((None, 4)), stock.GRU(5)])
    outer = keras.Sequential(
        [keras.Input((7, 4)), stock.Reshape((1, 7, 4)), stock.TimeDistributed(inner)]
    )
    assert_same(outer)


def test_regularizers_and_constraints_stay_with_their_weights():
    layer = stock.LSTM(5, kernel_regularizer="l2", recurrent_constraint="unit_norm")
    model = keras.Sequential([keras.Input((None, 4)), layer])
    rebuilt = zoo.from_keras(model)
    np.testing.assert_allclose(rebuilt.losses, model.losses)
    ours = rebuilt.layers[0].recurrent_kernel.constraint
    theirs = layer.cell.recurrent_kernel.constraint
    assert type(ours) is type(theirs)
    assert ours.get_config() == theirs.get_config()


def test_zeros_at_padding_stay_zeros():
    layer = stock.LSTM(5, return_sequences=True, zero_output_for_mask=True)
    assert_same(keras.Sequential([keras.Input((None, 4)), stock.Masking(), layer]))


def test_a_recurrent_layer_that_the_zoo_has_none_for_stays_and_is_named():
    pair = stock.RNN([stock.LSTMCell(5), stock.GRUCell(3)], go_backwards=True, name="pair")
    model = keras.Sequential([keras.Input((None, 4)), pair])
    with pytest.warns(UserWarning, match=r"left '.*pair' \(of StackedRNNCells\)"):
        rebuilt = zoo.from_keras(model)
    assert stock_layers(rebuilt)
    np.testing.assert_allclose(rebuilt(X), model(X), atol=1e-6)


def test_a_model_never_built_is_refused():
    with pytest.raises(ValueError, match="never built; call it on a batch or give it"):
        zoo.from_keras(keras.Sequential([stock.LSTM(5)]))


MIRRORED = {
    "Bidirectional": lambda kind: stock.Bidirectional(kind(3, unroll=True, return_sequences=True)),
    "backwards": lambda kind: kind(
        3, unroll=True, go_backwards=True, return_sequences=True, zero_output_for_mask=True
    ),
    "last of backwards": lambda kind: kind(
        3, unroll=True, go_backwards=True, zero_output_for_mask=True
    ),
    "forward": lambda kind: kind(3, unroll=True, return_sequences=True, zero_output_for_mask=True),
    "last of both": lambda kind: stock.Bidirectional(kind(3, unroll=True)),
}


@pytest.mark.filterwarnings("ignore:from_keras left")
@pytest.mark.parametrize("name", MIRRORED)
@pytest.mark.parametrize("kind", [stock.LSTM, stock.GRU, stock.SimpleRNN])
def test_an_unrolled_layer_with_padding_gives_what_keras_gives(name, kind):
    model = keras.Sequential([keras.Input((7, 4)), stock.Masking(), MIRRORED[name](kind)])
    gaps = np.array(X)
    gaps[0, 2] = 0
    gaps[2, :3] = 0
    np.testing.assert_allclose(zoo.from_keras(model)(gaps), model(gaps), atol=1e-6)


@pytest.mark.parametrize("kind", [stock.LSTM, stock.GRU, stock.SimpleRNN])
def test_a_stateful_layer_goes_on_from_the_state_it_is_in(kind):
    x = keras.Input(batch_shape=(3, None, 4))
    model = keras.Model(x, kind(5, stateful=True)(x))
    model(X)
    rebuilt = zoo.from_keras(model)
    assert not stock_layers(rebuilt)
    for _ in range(2):
        np.testing.assert_allclose(rebuilt(X), model(X), atol=1e-6)
