"""A stack of layers against the layers chained by hand."""

import keras
import numpy as np
import pytest

from zoo.layers import GRU, LSTM, Stacked

X = np.random.default_rng(0).normal(size=(3, 6, 4)).astype("float32")
MASK = np.arange(6) < [[6], [2], [4]]


@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize("sequences", [True, False])
def test_a_stack_equals_its_layers_chained(mask, sequences):
    low = GRU(5, return_sequences=True, return_state=True)
    high = LSTM(2, return_sequences=sequences, return_state=True)
    rng = np.random.default_rng(1)
    start = [rng.normal(size=(3, units)).astype("float32") for units in (5, 2, 2)]
    found = Stacked([low, high])(X, initial_state=start, mask=mask)
    between, final = low(X, initial_state=start[:1], mask=mask)
    output, *final_high = high(between, initial_state=start[1:], mask=mask)
    for one, other in zip(found, [output, final, *final_high], strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_mask_travels_through_a_stack_that_returns_sequences():
    stack = Stacked([GRU(5, return_sequences=True), LSTM(2, return_sequences=True)])
    masked = keras.layers.Masking()(keras.Input((6, 4)))
    assert stack(masked)._keras_mask is not None
