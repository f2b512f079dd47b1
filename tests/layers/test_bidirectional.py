"""The bidirectional layer against two single layers put together by hand."""

import numpy as np
import pytest

from zoo.layers import LSTM, Bidirectional

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 5, 2)).astype("float32")
LENGTHS = [5, 3, 1]
MASK = np.arange(5) < np.array(LENGTHS)[:, None]


@pytest.mark.parametrize(
    ("merge_mode", "merge"),
    [
        ("concat", lambda h, z: np.concatenate([h, z], axis=-1)),
        ("sum", np.add),
        ("mul", np.multiply),
        ("ave", lambda h, z: (h + z) / 2),
    ],
)
def test_each_merge_mode_joins_both_directions_over_the_unpadded_sequence(merge_mode, merge):
    layer = Bidirectional(LSTM(4, return_sequences=True), merge_mode=merge_mode)
    found = np.array(layer(X, mask=MASK))
    for row, length in enumerate(LENGTHS):
        alone = X[row : row + 1, :length]
        h = np.array(layer.forward_layer(alone))
        z = np.array(layer.backward_layer(alone))[:, ::-1]
        np.testing.assert_allclose(found[row : row + 1, :length], merge(h, z), atol=1e-6)
        np.testing.assert_array_equal(found[row, length:], 0)


def test_without_a_merge_both_directions_are_returned():
    h, z = Bidirectional(LSTM(4, return_sequences=True), merge_mode=None)(X)
    assert h.shape == z.shape == (3, 5, 4)


def test_what_stands_in_the_padding_changes_nothing():
    layer = Bidirectional(LSTM(4, return_sequences=True))
    other = np.where(MASK[..., None], X, 99.0)
    np.testing.assert_array_equal(layer(X, mask=MASK), layer(other, mask=MASK))
