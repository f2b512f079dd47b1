"""Elman's exclusive or: the streams, the published figures, and raw input."""

import numpy as np
import pytest

import zoo
from zoo.recipes.elman_xor import xor


def test_every_third_bit_is_the_xor_of_the_two_before():
    bits = xor.streams(50, 300, seed=0)
    assert set(np.unique(bits)) == {0, 1}
    np.testing.assert_array_equal(bits[:, 2::3], bits[:, 0::3] ^ bits[:, 1::3])
    assert abs(bits[:, 0::3].mean() - 0.5) < 0.02


def test_the_splits_share_no_stream_with_training():
    seen = {row.tobytes() for seed in range(5) for row in xor.streams(100, 300, (1, seed))}
    for split in xor.SPLITS:
        assert not seen & {row[:300].tobytes() for row in xor.split(split)}


def test_the_shipped_network_knows_every_third_bit_and_no_more():
    metrics = zoo.evaluate("elman-xor")
    assert metrics["third_bit_accuracy"] >= 0.999
    assert 0.663 <= metrics["accuracy"] <= 0.670


def test_bits_are_read_with_spaces_and_an_empty_text_is_an_empty_answer():
    predict = zoo.pipeline("elman-xor")
    assert predict("1 0 1\n0 1") == predict("10101")
    assert predict("") == []


@pytest.mark.parametrize("text", ["2", "10a", "１０", "-1"])
def test_what_is_no_bit_is_named(text):
    with pytest.raises(zoo.UserError, match="takes a string of 0 and 1"):
        zoo.pipeline("elman-xor")(text)
