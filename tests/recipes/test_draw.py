"""The drawing network: its bound, its figures on data, what it makes up, its exports."""

import os
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest
from PIL import Image

import zoo
from zoo.recipes.data import binarized_mnist
from zoo.recipes.draw_mnist import processing, recipe

TINY = {"epochs": 3, "glimpses": 4, "units": 24, "latents": 6, "images_per_batch": 20}
TINY |= {"learning_rate": 0.01}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Bars across at one of four heights, in the form of the real files."""
    place = tmp_path_factory.mktemp("binarized")
    rng = np.random.default_rng(0)
    for file, count in (("train.npz", 400), ("valid.npz", 60), ("test.npz", 60)):
        images = np.zeros((count, 28, 28), "uint8")
        for image, height in zip(images, rng.integers(0, 4, count), strict=True):
            image[6 * height + 3 : 6 * height + 6, 4:24] = 1
        np.savez(place / file, images=np.packbits(images.reshape(count, -1), axis=1))
    return place


@pytest.fixture(scope="module")
def drawn(folder, tmp_path_factory):
    """A small network that draws bars."""
    out = tmp_path_factory.mktemp("draw") / "tiny"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(binarized_mnist.FOLDER, str(folder))
        binarized_mnist.images.cache_clear()
        card = zoo.train("draw-mnist", out, options=TINY)
        binarized_mnist.images.cache_clear()
    return out, card


def test_the_parts_of_the_bound_are_its_definition():
    options = recipe.Options(**TINY)
    network = recipe.model(options)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 2, (3, 28, 28)).astype("float32")
    noise = rng.normal(size=(3, 4, 6)).astype("float32")
    inputs = {"images": images, "noise": noise, "posterior": np.ones((3, 1), "float32")}
    outputs = {name: np.array(value, "float64") for name, value in network(inputs).items()}
    probabilities = outputs["canvases"][:, -1]
    nats = -np.log(np.where(images == 1, probabilities, 1 - probabilities)).sum(axis=(1, 2))
    np.testing.assert_allclose(outputs["image_nats"], nats, rtol=1e-5)
    generated = network({**inputs, "posterior": np.zeros((3, 1), "float32")})
    np.testing.assert_allclose(generated["latent_nats"], 0, atol=1e-6)
    np.testing.assert_allclose(generated["evidence"], -np.array(generated["image_nats"]), rtol=1e-6)


def test_it_learns_bars_and_its_figures_agree_with_one_another(drawn):
    _, card = drawn
    metrics = card.metrics["test"]
    assert metrics["nats"] == pytest.approx(metrics["image_nats"] + metrics["latent_nats"])
    assert metrics["importance_weighted_nats"] < metrics["nats"] < 350
    assert metrics["latent_nats"] > 0


def test_digits_are_generated_into_a_file_and_an_animation(drawn, tmp_path):
    out, _ = drawn
    [path] = zoo.pipeline(out, count=5, seed=1)([str(tmp_path / "x.png")])
    with Image.open(path) as image:
        assert image.size == ((3 * 30 + 2) * 3, (2 * 30 + 2) * 3)
        first = np.asarray(image)
    zoo.pipeline(out, count=5, seed=1)(str(tmp_path / "y.png"))
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "y.png")), first)
    zoo.pipeline(out, count=5, seed=1, film=True)(str(tmp_path / "animation.png"))
    with Image.open(tmp_path / "animation.png") as animation:
        assert animation.n_frames == TINY["glimpses"]
        animation.seek(animation.n_frames - 1)
        np.testing.assert_array_equal(np.asarray(animation.convert("L")), first)


def test_it_goes_out_and_draws_the_same(drawn, tmp_path):
    out, _ = drawn
    zoo.export(out, tmp_path / "draw.onnx", loops=True)
    zoo.runtime.pipeline(tmp_path / "draw.onnx", count=4)(str(tmp_path / "x.png"))
    zoo.pipeline(out, count=4)(str(tmp_path / "y.png"))
    ours, theirs = (np.asarray(Image.open(tmp_path / name), int) for name in ("x.png", "y.png"))
    assert np.abs(ours - theirs).max() <= 1


def test_the_decoder_alone_makes_images_of_noise(drawn, tmp_path):
    out, _ = drawn
    report = zoo.export(out, tmp_path / "decoder.onnx", part="decoder", loops=True)
    assert report.operators["Loop"] == 1
    run = zoo.load(out)
    noise = np.random.default_rng(2).normal(size=(3, 4, 6)).astype("float32")
    blank, prior = np.zeros((3, 28, 28), "float32"), np.zeros((3, 1), "float32")
    whole = run({"images": blank, "noise": noise, "posterior": prior})["canvases"][:, -1]
    decoder = onnxruntime.InferenceSession(tmp_path / "decoder.onnx")
    np.testing.assert_allclose(decoder.run(["images"], {"noise": noise})[0], whole, atol=1e-5)


def test_what_does_not_fit_is_named(drawn, tmp_path, monkeypatch):
    out, _ = drawn
    with pytest.raises(zoo.UserError, match="count is from 1 to 10,000"):
        zoo.pipeline(out, count=0)
    with pytest.raises(zoo.UserError, match="does not end in .png"):
        zoo.pipeline(out)(str(tmp_path / "x.jpg"))
    with pytest.raises(zoo.UserError, match="cannot be written: .*No such file"):
        zoo.pipeline(out)(str(tmp_path / "none" / "x.png"))
    monkeypatch.delenv(binarized_mnist.FOLDER, raising=False)
    binarized_mnist.images.cache_clear()
    with pytest.raises(zoo.UserError, match="BINARIZED_MNIST_DIR is not set"):
        binarized_mnist.images("train")


@pytest.mark.slow
def test_the_command_writes_a_file_if_nothing_is_said(drawn, tmp_path):
    out, _ = drawn
    command = [sys.executable, "-m", "zoo", "predict", str(out), "--runtime", "keras"]
    command += ["--set", "count=4"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == processing.WRITTEN
    assert (tmp_path / processing.WRITTEN).is_file()


@pytest.mark.slow
def test_without_attention_it_learns_too(folder, tmp_path, monkeypatch):
    monkeypatch.setenv(binarized_mnist.FOLDER, str(folder))
    binarized_mnist.images.cache_clear()
    card = zoo.train("draw-mnist", tmp_path / "out", options=TINY, read=0, write=0)
    binarized_mnist.images.cache_clear()
    assert card.metrics["test"]["nats"] < 350


@pytest.mark.skipif(binarized_mnist.FOLDER not in os.environ, reason="the data are not at hand")
def test_the_data_are_the_official_numbers_of_digits():
    sizes = {split: len(binarized_mnist.images(split)) for split in binarized_mnist.SPLITS}
    assert sizes == {"train": 50_000, "dev": 10_000, "test": 10_000}
    binarized_mnist.images.cache_clear()
