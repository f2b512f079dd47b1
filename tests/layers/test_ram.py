"""The recurrent attention model: crops against slices, REINFORCE against a sum by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from zoo.layers import RAM, Chrono, GlimpseSensor, HiddenState
from zoo.layers.ram import reinforce

IMAGES = np.random.default_rng(0).random((3, 12, 16, 2)).astype("float32")


def sliced(image, x, y, size, pooled):
    """A crop by slicing: `size` blocks a side, each the mean of pooled by pooled points."""
    height, width, channels = image.shape
    wide = size * pooled
    room = np.pad(image, ((wide, wide), (wide, wide), (0, 0)))
    top = int(np.round((y + 1) / 2 * height - wide / 2)) + wide
    left = int(np.round((x + 1) / 2 * width - wide / 2)) + wide
    crop = room[top : top + wide, left : left + wide]
    return crop.reshape(size, pooled, size, pooled, channels).mean(axis=(1, 3))


@pytest.mark.parametrize("place", [(0.0, 0.0), (-1.0, 1.0), (0.37, -0.81), (1.0, 1.0)])
def test_each_crop_is_a_slice_averaged_to_the_size(place):
    locations = np.array([place] * 3, "float32")
    found = GlimpseSensor(4, scales=3)(IMAGES, locations).numpy().reshape(3, 3, 4, 4, 2)
    for row, image in enumerate(IMAGES):
        for k in range(3):
            expected = sliced(image, *place, 4, 2**k)
            np.testing.assert_allclose(found[row, k], expected, atol=1e-6)


def test_images_of_a_batch_are_cropped_each_at_its_own_place():
    locations = np.array([[0.5, 0.5], [-0.5, 0.0], [0.0, -0.25]], "float32")
    found = GlimpseSensor(5)(IMAGES[..., 0], locations).numpy().reshape(3, 5, 5)
    for row in range(3):
        expected = sliced(IMAGES[row, :, :, :1], *locations[row], 5, 1)[..., 0]
        np.testing.assert_allclose(found[row], expected, atol=1e-6)


def test_the_gradient_of_reinforce_is_the_sum_over_two_arms_by_hand():
    """Two arms with p = softmax(θ), rewards 1 and 0.25, baseline 0.5: weigh both by their p."""
    theta, rewards, baseline = tf.Variable([0.3, -0.4]), [1.0, 0.25], 0.5
    p = tf.nn.softmax(theta).numpy()
    with tf.GradientTape() as tape:
        log_p = tf.nn.log_softmax(theta)
        losses = reinforce(log_p[:, None], tf.fill([2, 1], baseline), tf.constant(rewards)[:, None])
        expected_loss = tf.reduce_sum(p * losses)
    found = tape.gradient(expected_loss, theta).numpy()
    by_hand = [
        -sum(p[a] * (rewards[a] - baseline) * ((a == k) - p[k]) for a in range(2)) for k in range(2)
    ]
    np.testing.assert_allclose(found, by_hand, atol=1e-6)


def test_the_baseline_learns_the_reward_and_the_policy_does_not_move_it():
    baselines = tf.Variable([[0.2, 0.9]])
    with tf.GradientTape() as tape:
        alike = reinforce(tf.constant([[-1.0, -2.0]]), baselines, tf.constant([[1.0]]))
    np.testing.assert_allclose(tape.gradient(alike, baselines), [[2 * -0.8, 2 * -0.1]], atol=1e-6)
    with tf.GradientTape() as tape:
        each = reinforce(tf.constant([[-1.0, -2.0]]), baselines, tf.constant([[1.0, 0.0]]))
    np.testing.assert_allclose(tape.gradient(each, baselines), [[2 * -0.8, 2 * 0.9]], atol=1e-6)


@pytest.fixture(scope="module")
def ram():
    keras.utils.set_random_seed(2)
    return RAM(6, 4, size=4, hidden_units=5, deviation=0.3, seed=1)


def test_it_looks_at_the_means_in_inference_and_about_them_in_training(ram):
    first, second = ram(IMAGES), ram(IMAGES)
    np.testing.assert_array_equal(first.locations, second.locations)
    np.testing.assert_array_equal(first.locations[:, 0], np.zeros((3, 2)))
    drawn = ram(IMAGES, training=True)
    assert not np.allclose(drawn.locations[:, 1], first.locations[:, 1])
    g = ram.glimpse(IMAGES, drawn.locations[:, 0])
    h, _ = ram.core.advance(g, HiddenState(np.zeros((3, 6), "float32")))
    np.testing.assert_allclose(drawn.states[:, 0], h, atol=1e-6)
    np.testing.assert_array_equal(drawn.states[:, -1], drawn.h)
    mean = ram.location(h)
    distance = np.sum((drawn.locations[:, 1] - mean.numpy()) ** 2, axis=1)
    density = np.exp(-distance / (2 * 0.3**2)) / (2 * np.pi * 0.3**2)
    np.testing.assert_allclose(np.exp(drawn.log_probs[:, 0]), density, rtol=1e-4)


def test_no_gradient_passes_a_location_or_enters_the_state_from_the_baseline(ram):
    with tf.GradientTape(persistent=True) as tape:
        seen = ram(IMAGES, training=True)
        told, expected = tf.reduce_sum(seen.h), tf.reduce_sum(seen.baselines)
    assert all(tape.gradient(told, w) is None for w in ram.location.trainable_weights)
    others = [w for w in ram.trainable_weights if "baseline" not in w.path]
    assert all(tape.gradient(expected, w) is None for w in others)
    assert all(tape.gradient(expected, w) is not None for w in ram.baseline.trainable_weights)


@pytest.mark.parametrize("dtype", ["float64", "mixed_float16", "mixed_bfloat16"])
def test_all_of_it_computes_in_the_type_that_it_is_given(dtype):
    layer = RAM(4, 3, size=2, hidden_units=5, dtype=dtype)
    images = np.random.default_rng(0).random((2, 6, 6))
    policy = keras.DTypePolicy(dtype)
    assert {part.dtype.name for part in layer(images)} == {policy.compute_dtype}
    assert {weight.dtype for weight in layer.trainable_weights} == {policy.variable_dtype}


def test_it_is_the_same_after_saving(tmp_path):
    images = keras.Input((12, 16, 2))
    model = keras.Model(images, RAM(6, 3, size=4, scales=2)(images)[0])
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(model.predict(IMAGES), loaded.predict(IMAGES))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GlimpseSensor(0), "size=0"),
        (lambda: GlimpseSensor(8, scales=0), "scales=0"),
        (lambda: RAM(4, 0), "glimpses=0"),
        (lambda: RAM(4, 2, deviation=0), "deviation=0"),
        (lambda: GlimpseSensor(4)(IMAGES[0, 0], np.zeros((1, 2))), "batch, height, width"),
        (lambda: Chrono(2), "longest=2"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_chrono_spreads_the_forget_gates_over_the_sequence():
    i, f, c, o = np.split(np.array(Chrono(784, seed=3)((4000,))), 4)
    np.testing.assert_array_equal(i, -f)
    spans = np.exp(f)
    assert spans.min() >= 1
    assert spans.max() <= 783
    assert np.mean(spans) == pytest.approx(392, rel=0.1)
    assert not c.any()
    assert not o.any()


@pytest.mark.parametrize("layer", [zoo.layers.LSTM, zoo.layers.PeepholeLSTM])
@pytest.mark.parametrize("unit_forget_bias", [True, False])
def test_chrono_is_the_bias_of_a_layer_whatever_its_forget_bias(layer, unit_forget_bias):
    start = Chrono(784, seed=3)
    built = layer(6, bias_initializer=start, unit_forget_bias=unit_forget_bias)
    built(np.zeros((1, 2, 3), "float32"))
    np.testing.assert_array_equal(built.bias, start((24,)))
