"""A recurrent layer that one vector accompanies."""

import numpy as np
import pytest

from tests.layers import witness
from zoo.layers import Conditioned, Elman


def test_the_vector_enters_every_step_as_the_equation_has_it():
    rng = np.random.default_rng(0)
    x, v = rng.normal(size=(2, 6, 4)).astype("float32"), rng.normal(size=(2, 3)).astype("float32")
    layer = Conditioned(Elman(5, return_sequences=True))
    found = layer(x, v)
    kernel, U, b = layer.get_weights()
    W_xh, W_ih = kernel[:4], kernel[4:]
    for sequence, vector, ours in zip(x, v, found, strict=True):
        expected, _ = witness.elman(sequence, W_xh, U, b + vector @ W_ih, np.zeros(5))
        np.testing.assert_allclose(ours, expected, atol=1e-6)


def test_what_it_does_not_take_is_named():
    with pytest.raises(ValueError, match="takes a recurrent layer of the zoo"):
        Conditioned(lambda x: x)
    layer = Conditioned(Elman(3))
    with pytest.raises(ValueError, match=r"condition of shape \(2, 5, 3\)"):
        layer(np.zeros((2, 5, 4)), np.zeros((2, 5, 3)))
