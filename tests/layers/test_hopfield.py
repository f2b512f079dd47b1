"""The associative memory: storage, recall, energy, capacity."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.layers import Hopfield

UNITS = 100


def memory(count, mode="asynchronous", seed=0, **options):
    """A layer that stores random patterns, and the patterns."""
    patterns = np.random.default_rng(seed).choice([-1.0, 1.0], (count, UNITS))
    layer = Hopfield(mode=mode, **options)
    layer.store(patterns)
    return layer, patterns.astype("float32")


def recall(layer, states):
    """What the layer makes of the states, in a graph."""
    return tf.function(layer, autograph=False)(tf.constant(states)).numpy()


def corrupted(patterns, share, seed=1):
    flips = np.argsort(np.random.default_rng(seed).random(patterns.shape), axis=1)
    return np.where(flips < share * UNITS, -patterns, patterns)


def test_the_kernel_is_the_hebbian_sum_with_a_zero_diagonal():
    layer, patterns = memory(3)
    kernel = np.zeros((UNITS, UNITS))
    for pattern in patterns:
        for i in range(UNITS):
            for j in range(UNITS):
                if i != j:
                    kernel[i, j] += pattern[i] * pattern[j] / UNITS
    np.testing.assert_allclose(layer.kernel, kernel, atol=1e-6)


@pytest.mark.parametrize("mode", ["synchronous", "asynchronous"])
def test_ten_patterns_of_a_hundred_units_are_restored_from_a_tenth_of_flipped_bits(mode):
    layer, patterns = memory(10, mode)
    np.testing.assert_array_equal(recall(layer, corrupted(patterns, 0.1)), patterns)


def test_one_sweep_equals_a_numpy_loop_over_the_units():
    units = 128  # a power of two, so that the sums are exact and ties are ties
    rng = np.random.default_rng(3)
    layer = Hopfield(sweeps=1)
    layer.store(rng.choice([-1, 1], (20, units)))
    states = rng.choice([-1.0, 1.0], (5, units)).astype("float32")
    expected, kernel = states.copy(), layer.kernel.numpy()
    for unit in np.random.default_rng(0).permuted(np.arange(units)[None], axis=1)[0]:
        expected[:, unit] = np.where(expected @ kernel[:, unit] >= 0, 1, -1)
    np.testing.assert_array_equal(recall(layer, states), expected)


def test_energy_never_rises_in_the_asynchronous_mode_and_recall_ends_at_a_fixed_point():
    layer, _ = memory(30, sweeps=1)
    states = np.random.default_rng(2).choice([-1.0, 1.0], (20, UNITS)).astype("float32")
    energy = np.array(layer.energy(states))
    step = tf.function(layer, autograph=False)
    for _ in range(30):
        states = step(states).numpy()
        after = np.array(layer.energy(states))
        assert (after <= energy + 1e-4).all()
        energy = after
    np.testing.assert_array_equal(step(states), states)


def test_recall_fails_above_the_capacity_and_not_far_below_it():
    def errors(count):
        layer, patterns = memory(count)
        return np.mean(recall(layer, patterns) != patterns)

    assert errors(round(0.08 * UNITS)) < 0.01
    assert errors(round(0.5 * UNITS)) > 0.1


def test_a_memory_is_saved_with_what_it_stores(tmp_path):
    layer, patterns = memory(5)
    inputs = keras.Input((UNITS,))
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "memory.keras")
    loaded = keras.saving.load_model(tmp_path / "memory.keras")
    np.testing.assert_array_equal(recall(loaded, corrupted(patterns, 0.1)), patterns)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Hopfield(mode="parallel"), "got mode 'parallel'; it takes one of"),
        (lambda: Hopfield(sweeps=0), "got sweeps 0; it takes 1 or more"),
        (lambda: Hopfield()(np.ones(3)), r"got patterns of shape \(3,\); it takes \(batch, units"),
        (lambda: Hopfield().store([[0, 1]]), r"stores patterns of \+1 and -1 only"),
    ],
)
def test_what_does_not_fit_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
