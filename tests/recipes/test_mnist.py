"""The two readers of MNIST: their data, their training, and their figures."""

import keras
import numpy as np
import pytest

import zoo
from zoo import recipes
from zoo.hub.registry import verified

pytestmark = pytest.mark.data

BARS = {
    "glimpse-mnist": ("error", 0.0080),
    "glimpse-mnist-cluttered": ("error", 0.0404),
    "seq-mnist": ("accuracy", 0.992),
    "seq-mnist-permuted": ("accuracy", 0.955),
}


def test_dev_is_cut_from_train_and_shares_no_image_with_it():
    from zoo.recipes.data import mnist

    splits = {split: mnist.digits(split) for split in mnist.SPLITS}
    sizes = {split: images.shape for split, (images, _) in splits.items()}
    assert sizes == {
        "train": (55_000, 28, 28),
        "dev": (5_000, 28, 28),
        "test": (10_000, 28, 28),
    }
    train, dev = ({image.tobytes() for image in splits[name][0]} for name in ("train", "dev"))
    assert not train & dev


@pytest.mark.parametrize("scene", ["translated", "cluttered"])
def test_a_wide_scene_holds_each_digit_somewhere(scene):
    from zoo.recipes.data import mnist
    from zoo.recipes.glimpse_mnist import scenes

    wide, labels = scenes.digits("test", scene)
    digits, expected = mnist.digits("test")
    assert wide.shape == (10_000, 60, 60)
    np.testing.assert_array_equal(labels, expected)
    sums = wide.reshape(len(wide), -1).sum(axis=1, dtype="int64")
    of_digits = digits.reshape(len(digits), -1).sum(axis=1, dtype="int64")
    assert np.all(sums == of_digits) if scene == "translated" else np.mean(sums > of_digits) > 0.9
    assert np.std([np.flatnonzero(image.max(axis=1))[0] for image in wide]) > 5


@pytest.mark.parametrize("scene", ["translated", "cluttered"])
def test_wide_scenes_to_learn_from_are_drawn_anew_by_a_seed(scene):
    from zoo.recipes.glimpse_mnist import scenes

    def first(scene, seed):
        return next(iter(scenes.augmented(scene, 64, seed, lambda images, seed: images)))[0].numpy()

    digits, wide, other = first("plain", 1), first(scene, 1), first(scene, 2)
    np.testing.assert_array_equal(wide, first(scene, 1))
    assert not np.array_equal(wide, other)
    assert wide.shape == (64, 60, 60)
    inked = [np.count_nonzero(images, axis=(1, 2)) for images in (digits, wide)]
    more = np.mean(inked[0] < inked[1])
    assert np.all(inked[0] == inked[1]) if scene == "translated" else more > 0.9
    for digit, image in zip(digits, wide, strict=True):
        views = np.lib.stride_tricks.sliding_window_view(image, (28, 28))
        assert np.any(np.all(views >= digit - 1e-6, axis=(2, 3)))


@pytest.mark.parametrize("name", BARS)
def test_the_shipped_model_measures_what_its_card_says_and_meets_the_bar(name):
    _, card = verified(name)
    metric, bar = BARS[name]
    measured = zoo.evaluate(name, "test")[metric]
    assert measured == pytest.approx(card.metrics["test"][metric], abs=2e-4)
    assert measured <= bar if metric == "error" else measured >= bar


def test_glimpses_are_at_most_7_of_8_by_8():
    _, card = verified("glimpse-mnist")
    assert card.options["glimpses"] <= 7
    assert card.options["size"] == 8


def test_the_reward_of_a_location_is_the_mean_probability_of_the_digit_from_it_on():
    from zoo.recipes.glimpse_mnist.recipe import HybridLoss

    logits = np.zeros((1, 3, 10), "float32")
    logits[0, range(3), [4, 2, 4]] = 5
    log_probs, baselines = np.array([[-1.0, -2.0]]), np.array([[0.2, 0.3]])
    outputs = np.concatenate([logits.reshape(1, 30), log_probs, baselines], axis=1)
    _, second, last = right = np.exp([5, 0, 5]) / (9 + np.exp(5))
    advantages = np.array([(second + last) / 2 - 0.2, last - 0.3])
    expected = -np.log(right).mean() + 0.1 * (
        -np.sum(log_probs * advantages) + np.sum(advantages**2)
    )
    loss = HybridLoss(0.1, predictions=3)(np.array([4]), outputs.astype("float32"))
    assert float(loss) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("cell", ["lstm", "lem"])
@pytest.mark.parametrize("permuted", [True, False])
def test_a_permuted_order_is_one_order_of_the_same_pixels(permuted, cell):
    recipe = recipes.get("seq-mnist")
    options = recipe.parse({"permuted": permuted, "cell": cell, "units": 3})
    network = recipe.model(options)
    recurrent = next(layer for layer in network.layers if cell in layer.name)
    recurrent_input = keras.Model(network.input, recurrent.input)
    images = np.random.default_rng(0).random((2, 28, 28)).astype("float32")
    pixels = np.array(recurrent_input(images))[..., 0] * 0.3081 + 0.1307
    in_rows = images.reshape(2, 784)
    np.testing.assert_allclose(np.sort(pixels), np.sort(in_rows), atol=1e-5)
    assert np.allclose(pixels, in_rows, atol=1e-5) != options.permuted
    restored = keras.Model.from_config(network.get_config())
    restored.set_weights(network.get_weights())
    np.testing.assert_array_equal(restored(images)["digits"], network(images)["digits"])


@pytest.mark.slow
def test_a_small_glimpse_network_learns(tmp_path, monkeypatch):
    from zoo.api.train import train
    from zoo.recipes.data import mnist

    few = {split: tuple(part[:2000] for part in mnist.digits(split)) for split in mnist.SPLITS}
    monkeypatch.setattr(mnist, "digits", few.get)
    quick = {"epochs": 3, "units": 64, "hidden_units": 32, "glimpses": 4, "copies": 2}
    quick |= {"learning_rate": 3e-3, "scales": 2, "images_per_batch": 32}
    card = train("glimpse-mnist", tmp_path / "g", quick)
    assert card.metrics["dev"]["error"] < 0.5
