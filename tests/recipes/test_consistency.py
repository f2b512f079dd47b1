"""Two passes over an example are drawn together, by as much as their predictions differ."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.recipes.consistency import Consistent, distances, twice

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(4, 3, 5)) * 2
TARGETS = RNG.integers(0, 5, (2, 3)).repeat(2, axis=0)


def chances(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def divergence(p, q):
    return np.sum(p * np.log(p / q), axis=-1)


def expected_distances():
    p, q = chances(LOGITS[::2]), chances(LOGITS[1::2])
    return np.repeat(divergence(p, q) + divergence(q, p), 2, axis=0)


def test_the_distance_is_the_divergence_both_ways():
    np.testing.assert_allclose(distances(LOGITS), expected_distances(), rtol=1e-6)


def test_a_row_without_a_copy_is_nowhere_far():
    found = np.asarray(distances(LOGITS[:3]))
    np.testing.assert_allclose(found[:2], expected_distances()[:2], rtol=1e-6)
    np.testing.assert_array_equal(found[2], np.zeros(3))


def test_the_loss_is_the_mean_of_both_passes_and_a_quarter_of_the_weighted_distance():
    right = np.take_along_axis(chances(LOGITS), TARGETS[..., None], axis=-1)[..., 0]
    weights = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0], [1, 0, 0]], "float32")
    each = -np.log(right) + 3 / 4 * expected_distances()
    expected = np.sum(each * weights) / np.sum(weights)
    loss = Consistent(keras.losses.SparseCategoricalCrossentropy(from_logits=True), weight=3.0)
    assert float(loss(TARGETS, LOGITS, weights)) == pytest.approx(expected, rel=1e-5)


def test_two_passes_that_agree_lose_what_one_does():
    alone = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    one = LOGITS[::2].repeat(2, axis=0)
    found = float(Consistent(alone, weight=3.0)(TARGETS, one))
    assert found == pytest.approx(float(alone(TARGETS[::2], LOGITS[::2])), rel=1e-6)


def test_every_row_of_a_batch_comes_twice():
    batch = {"x": np.arange(6).reshape(3, 2)}, np.array([7, 8, 9])
    [(x, y)] = twice(tf.data.Dataset.from_tensors(batch)).as_numpy_iterator()
    np.testing.assert_array_equal(x["x"], [[0, 1], [0, 1], [2, 3], [2, 3], [4, 5], [4, 5]])
    np.testing.assert_array_equal(y, [7, 7, 8, 8, 9, 9])
