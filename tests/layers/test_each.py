"""A layer over each inner sequence."""

import numpy as np

from zoo.layers import LSTM, Each


def test_each_inner_sequence_is_read_as_if_alone():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 3, 5, 4)).astype("float32")
    mask = rng.random((2, 3, 5)) < 0.7
    layer = Each(LSTM(6))
    found = layer(x, mask=mask)
    assert found.shape == (2, 3, 6)
    for batch in range(2):
        for outer in range(3):
            one = slice(outer, outer + 1)
            alone = layer.layer(x[batch, one], mask=mask[batch, one])
            np.testing.assert_allclose(found[batch, one], alone, atol=1e-6)
