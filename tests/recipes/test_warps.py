"""Images warped at random: each kind of change on its own."""

import numpy as np
import pytest
import tensorflow as tf

from zoo.recipes.data.warps import Warps, warped

STILL = {"shift": 0.0, "turn": 0.0, "zoom": 0.0, "bend": 0.0, "changed": 1.0}
SIDE = 28


def blob(y, x, width=2.0):
    """A round spot of ink with its centre at a point."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * width**2)).astype("float32")


def centres(images):
    mass = images.sum((1, 2))
    line = np.arange(SIDE)
    return np.stack([images.sum(2) @ line / mass, images.sum(1) @ line / mass], axis=1)


def change(images, seed=(1, 2), **changes):
    return warped(images, tf.constant(seed), **{**STILL, **changes}).numpy()


def test_an_image_that_no_change_is_asked_of_stays_as_it_is():
    images = np.random.default_rng(0).random((3, SIDE, SIDE)).astype("float32")
    np.testing.assert_allclose(change(images), images, atol=2e-3)


def test_a_share_of_the_images_is_changed_and_the_others_keep_their_pixels():
    images = np.random.default_rng(0).random((1000, SIDE, SIDE)).astype("float32")
    outputs = change(images, shift=0.1, changed=0.3)
    unchanged = [np.array_equal(*pair) for pair in zip(images, outputs, strict=True)]
    assert np.mean(unchanged) == pytest.approx(0.7, abs=0.05)


def test_changes_that_are_half_as_large_are_still_of_as_many_images():
    whole = Warps(shift=0.1, turn=0.05, zoom=0.2, bend=1.0, changed=0.3)
    assert whole.times(0.5) == Warps(shift=0.05, turn=0.025, zoom=0.1, bend=0.5, changed=0.3)


def test_a_shift_moves_by_the_share_of_the_side_at_most_and_each_image_by_itself():
    moved = centres(change(np.stack([blob(13, 14)] * 500), shift=0.1)) - (13, 14)
    assert np.abs(moved).max() <= 2.8 + 0.01
    assert np.abs(moved).max(axis=0) == pytest.approx([2.8, 2.8], abs=0.1)
    assert abs(np.corrcoef(moved.T)[0, 1]) < 0.15


def test_a_turn_is_about_the_middle_and_by_the_share_of_a_full_turn_at_most():
    places = centres(change(np.stack([blob(13.5, 19.5)] * 500), turn=0.05)) - 13.5
    np.testing.assert_allclose(np.hypot(*places.T), 6, atol=0.05)
    angles = np.arctan2(*places.T) / (2 * np.pi)
    assert (angles.min(), angles.max()) == (
        pytest.approx(-0.05, abs=2e-3),
        pytest.approx(0.05, abs=2e-3),
    )


def test_a_zoom_draws_nearer_or_moves_away_from_the_middle():
    places = centres(change(np.stack([blob(13.5, 19.5)] * 500), zoom=0.2))
    np.testing.assert_allclose(places[:, 0], 13.5, atol=0.01)
    away = places[:, 1] - 13.5
    assert (away.min(), away.max()) == (
        pytest.approx(6 / 1.2, abs=0.1),
        pytest.approx(6 / 0.8, abs=0.1),
    )


def test_a_bend_moves_neighbours_alike_and_far_points_each_by_itself():
    spots = [blob(6, 6, 1), blob(6, 8, 1), blob(21, 21, 1)]
    moved = [centres(change(np.stack([spot] * 500), bend=1.0)) for spot in spots]
    near = np.corrcoef(moved[0][:, 0], moved[1][:, 0])[0, 1]
    far = np.corrcoef(moved[0][:, 0], moved[2][:, 0])[0, 1]
    assert near > 0.8
    assert abs(far) < 0.2


def test_the_same_seed_draws_the_same_changes():
    images = np.stack([blob(10, 10)] * 4)
    every = {"shift": 0.1, "turn": 0.1, "zoom": 0.1, "bend": 1.0}
    one, same, other = (change(images, seed, **every) for seed in ((1, 2), (1, 2), (1, 3)))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
