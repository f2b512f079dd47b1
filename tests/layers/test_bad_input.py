"""A layer that gets what it cannot take names itself, what it got and what it takes."""

import keras
import numpy as np
import pytest

from zoo.layers import LSTM, Bidirectional, Elman, Jordan, Stacked

X = np.zeros((2, 3, 4), "float32")


@pytest.mark.parametrize("units", [0, -1, 2.5])
def test_units_that_are_no_positive_integer(units):
    with pytest.raises(ValueError, match=rf"LSTM 'gates' got units {units}; it takes an integer"):
        LSTM(units, name="gates")


@pytest.mark.parametrize("option", ["dropout", "recurrent_dropout"])
def test_a_dropout_of_one(option):
    with pytest.raises(ValueError, match=f"Elman 'e' got {option} 1; it takes a share"):
        Elman(3, name="e", **{option: 1})


def test_an_unbatched_input():
    with pytest.raises(ValueError, match=r"got an input of shape \(3, 4\); it takes \(batch, time"):
        LSTM(3)(X[0])


def test_initial_states_of_the_wrong_count():
    with pytest.raises(ValueError, match=r"numbering 1; it takes 2: h \(batch, 3\), c"):
        LSTM(3)(X, initial_state=[np.zeros((2, 3))])


def test_an_initial_state_of_the_wrong_shape():
    with pytest.raises(ValueError, match=r"initial state of shape \(2, 5\); it takes 1: h"):
        Elman(3)(X, initial_state=[np.zeros((2, 5))])


def test_an_unknown_activation():
    with pytest.raises(ValueError, match="tanhh"):
        LSTM(3, activation="tanhh")


def test_an_unknown_merge_mode():
    with pytest.raises(ValueError, match="got merge_mode 'add'; it takes one of 'concat'"):
        Bidirectional(LSTM(3), merge_mode="add")


def test_a_layer_that_is_not_of_the_zoo():
    with pytest.raises(ValueError, match="layer of type Dense; it takes a recurrent layer"):
        Bidirectional(keras.layers.Dense(3))


def test_two_layers_that_do_not_fit_together():
    with pytest.raises(ValueError, match="takes the same return_sequences in both layers"):
        Bidirectional(LSTM(3, return_sequences=True), backward_layer=LSTM(3, go_backwards=True))


@pytest.mark.parametrize("shape", [(2, 5), (3, 3), (2, 3, 1)])
def test_a_mask_of_another_shape_than_the_sequences(shape):
    with pytest.raises(ValueError, match=r"LSTM 'l' got a mask of shape .*; it takes \(batch, ti"):
        LSTM(3, name="l")(X, mask=np.ones(shape, bool))


def test_an_initial_state_of_another_batch():
    with pytest.raises(ValueError, match=r"initial state of shape \(5, 3\); it takes 1: h"):
        Elman(3)(X, initial_state=[np.zeros((5, 3))])


@pytest.mark.parametrize(("option", "value"), [("hidden_units", 0), ("decay", 1.5)])
def test_a_jordan_network_that_cannot_be(option, value):
    with pytest.raises(ValueError, match=f"Jordan 'j' got {option} {value}; it takes"):
        Jordan(3, name="j", **{option: value})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: [], "got no layers; it takes one or more"),
        (lambda: [LSTM(3), LSTM(3)], "takes return_sequences in every layer but the last"),
        (lambda: [keras.layers.LSTM(3)], "takes one or more recurrent layers of the zoo"),
        (
            lambda: [LSTM(3, return_sequences=True), LSTM(3, return_state=True)],
            "takes the same return_state",
        ),
    ],
)
def test_layers_that_do_not_stack(make, message):
    with pytest.raises(ValueError, match=message):
        Stacked(make())


def test_initial_states_of_another_number_than_the_stack_has():
    stack = Stacked([Elman(3, return_sequences=True), LSTM(3)])
    with pytest.raises(ValueError, match="numbering 2; it takes 3, the lowest layer's first"):
        stack(X, initial_state=[np.zeros((2, 3))] * 2)
