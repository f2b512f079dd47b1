"""The captioner: its features, its figures, its three forms on small data, its raw input."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from nltk.translate.bleu_score import corpus_bleu
from PIL import Image

import zoo
from tests.recipes.processes import finished, started
from zoo.errors import Refusal
from zoo.inference.vocabulary import BEGIN, END, UNKNOWN
from zoo.recipes.captioner import examples, features, networks, processing, recipe
from zoo.recipes.captioner.efficientnet import efficientnet_lite0, load_published
from zoo.recipes.captioner.options import Options
from zoo.recipes.data import flickr8k, imagenet

pytestmark = pytest.mark.skipif("IMAGENET_DIR" not in os.environ, reason="IMAGENET_DIR is not set")

TINY = {"side": 32, "enlarged": 64, "words": 20, "embedding": 16, "places": 16, "units": 32}
TINY |= {"epochs": 12, "captions_per_batch": 8, "learning_rate": 0.01}
TINY |= {"label_smoothing": 0, "dropout": 0, "recurrent": 0}
COLOURS = {"red": (210, 20, 20), "green": (20, 180, 30), "blue": (20, 30, 220)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Photographs of walls, in the form of the official Flickr8k."""
    place = tmp_path_factory.mktemp("flickr8k")
    images, texts = place / flickr8k.IMAGES, place / flickr8k.TEXTS
    images.mkdir()
    texts.mkdir()
    captions = []
    for split, count in {"train": 16, "dev": 4, "test": 4}.items():
        names = []
        for colour, rgb in COLOURS.items():
            for number in range(count):
                shade = tuple(min(255, value + 3 * number) for value in rgb)
                names.append(f"{split}-{colour}-{number}.jpg")
                Image.new("RGB", (40, 30), shade).save(images / names[-1])
                caption = f"A {colour} wall stands high ."
                captions += [f"{names[-1]}#{turn}\t{caption}" for turn in range(2)]
        (texts / f"Flickr_8k.{split}Images.txt").write_text("\n".join(names) + "\n")
    (texts / "Flickr8k.token.txt").write_text("\n".join(captions) + "\n")
    return place


@pytest.fixture
def data(folder, monkeypatch):
    monkeypatch.setenv(flickr8k.FOLDER, str(folder))
    flickr8k.photographs.cache_clear()
    flickr8k._captions.cache_clear()
    yield folder
    flickr8k.photographs.cache_clear()
    flickr8k._captions.cache_clear()


@pytest.fixture(scope="module")
def captioner(folder, tmp_path_factory):
    """A captioner with attention, trained on three colours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(flickr8k.FOLDER, str(folder))
        flickr8k.photographs.cache_clear()
        flickr8k._captions.cache_clear()
        out = tmp_path_factory.mktemp("captioner") / "tiny"
        card = zoo.train("captioner", out, options=TINY)
        flickr8k.photographs.cache_clear()
        flickr8k._captions.cache_clear()
    return out, card


def test_the_features_are_those_that_pytorch_computes_of_the_published_weights():
    network = efficientnet_lite0(224)
    load_published(network, imagenet.efficientnet_lite0())
    images = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3)).astype("float32")
    outputs = np.array(network(images))
    # Printed by the package efficientnet-lite-pytorch 0.1.0 with PyTorch 2.13.0.
    assert outputs.mean() == pytest.approx(0.1237188, abs=1e-6)
    assert outputs.std() == pytest.approx(0.527495, abs=1e-5)
    expected = [4.761800, 4.292100, 4.139100]
    np.testing.assert_allclose(outputs[1, 3, 3, [434, 1079, 778]], expected, atol=2e-4)


def test_any_network_of_keras_gives_features_and_is_saved_with_them(tmp_path):
    options = Options(**TINY | {"features": "MobileNetV2"})
    model = networks.model(options)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    batch = {"images": np.ones((1, 32, 32, 3)), "words": np.array([[BEGIN, 5]])}
    np.testing.assert_allclose(again(batch)["logits"], model(batch)["logits"], atol=1e-5)
    for name in ("ResNet50", "EfficientNetB0", "VGG16"):
        assert features.network(name, 32, 64).output_shape[0] is None


def test_a_network_that_there_is_not_and_weights_that_are_not_at_hand_are_named(monkeypatch):
    with pytest.raises(zoo.UserError, match=r"Unknown network.*Nearest: MobileNet"):
        features.network("MobileNetV9", 32, 64)
    monkeypatch.delenv(imagenet.FOLDER)
    network = features.network(features.LITE, 32, 64)
    with pytest.raises(zoo.UserError, match=r"IMAGENET_DIR is not set.*pip install torch"):
        features.load_weights(network, features.LITE)


def test_a_data_set_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv(flickr8k.FOLDER, raising=False)
    flickr8k.photographs.cache_clear()
    with pytest.raises(zoo.UserError, match="FLICKR8K_DIR is not set"):
        flickr8k.photographs("train")


@pytest.mark.skipif("FLICKR8K_DIR" not in os.environ, reason="FLICKR8K_DIR is not set")
def test_flickr8k_has_its_official_splits():
    sizes = {split: len(flickr8k.photographs(split)) for split in flickr8k.SPLITS}
    assert sizes == {"train": 6000, "dev": 1000, "test": 1000}
    assert {len(captions) for _, captions in flickr8k.photographs("test")} == {5}


def test_bleu_is_that_of_nltk():
    predictions = [
        "A dog runs on the grass.",
        "Two men sit in a small boat.",
        "A man in a red shirt.",
    ]
    captions = [
        ("A dog runs through grass .", "the brown dog is on the grass"),
        ("Two men are sitting in a boat .", "Men sit in a boat on the sea ."),
        ("A woman in a red shirt stands .", "A man wears a shirt of red ."),
    ]
    scores = recipe.scores(predictions, captions)
    references = [[processing.plain(text) for text in each] for each in captions]
    for order in range(1, 5):
        weights = [1 / order] * order
        expected = corpus_bleu(references, [processing.plain(t) for t in predictions], weights)
        assert scores[f"bleu_{order}"] == pytest.approx(expected, abs=1e-9)


def test_words_follow_a_beginning_and_unknown_ones_do_not_count():
    options = Options(**TINY)
    captions = [("A red wall .", "a zebra"), ("Red !", "The wall")]
    words = ["a", "red", "wall"]
    grid = np.arange(2 * 2 * 3 * 4).reshape(2, 2, 3, 4).astype("float16")
    [(inputs, targets, weights)] = examples.batches(grid, captions, words, options, None)
    a, red, wall = END + 1, END + 2, END + 3
    expected = [
        [a, red, wall, END],
        [a, UNKNOWN, END, 0],
        [red, END, 0, 0],
        [UNKNOWN, wall, END, 0],
    ]
    np.testing.assert_array_equal(targets["logits"], expected)
    np.testing.assert_array_equal(inputs["words"][0], [BEGIN, a, red, wall])
    np.testing.assert_array_equal(weights["logits"][1], [1, 0, 1, 0])
    np.testing.assert_array_equal(inputs["grid"], grid[[0, 0, 1, 1], 0])


def test_in_training_images_are_mirrored_as_often_as_not():
    options = Options(**TINY)
    grid = np.zeros((40, 2, 1, 1), "float16")
    grid[:, 1] = 1
    captions = [("a",) * 5] * 40
    versions = [batch[0]["grid"] for batch in examples.batches(grid, captions, ["a"], options, 0)]
    assert 0.4 < np.mean(np.concatenate(versions)) < 0.6


def test_features_are_computed_once(tmp_path):
    network = features.network(features.LITE, 32, 64)
    images = [np.full((32, 32, 3), value) for value in range(3)]
    images[2][:, :16] = 255
    grids = examples.grids(network, images, 3, tmp_path / "x.npy", mirrored=True)
    expected = network.predict_on_batch(np.stack(images)[:, :, ::-1].astype("float32"))
    np.testing.assert_allclose(grids[:, 1], expected, atol=1e-3)
    again = examples.grids(network, [], 3, tmp_path / "x.npy", mirrored=True)
    np.testing.assert_array_equal(again, grids)


def test_coco_is_read_as_tensorflow_datasets_has_it(monkeypatch):
    import tensorflow_datasets as tfds

    from zoo.recipes.data import coco

    def builder(name, _):
        return tfds.builder(name)

    monkeypatch.setattr(coco, "builder", builder)
    with tfds.testing.mock_data(num_examples=3):
        captions = examples.captions("coco", "dev")
        photographs = list(examples.photographs("coco", "dev", 32))
    assert len(captions) == len(photographs) == 3
    assert all(isinstance(text, str) for each in captions for text in each)
    assert {image.shape for image in photographs} == {(32, 32, 3)}


@pytest.mark.slow
def test_it_trains_on_jax(data, tmp_path):
    [(stderr, status)] = finished(started("captioner", tmp_path / "out", TINY | {"epochs": 1}))
    assert status == 0, stderr


def test_it_learns_three_colours(captioner, data):
    out, card = captioner
    assert card.metrics["test"]["bleu_4"] > 0.9
    assert card.metrics["test"]["different_sentences"] >= 3
    predict = zoo.pipeline(out)
    path = data / flickr8k.IMAGES / "test-blue-1.jpg"
    assert predict(str(path)) == "A blue wall stands high."


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "elman"])
def test_the_other_forms_learn_it_too(cell, data, tmp_path):
    card = zoo.train("captioner", tmp_path / "out", options=TINY, cell=cell)
    assert card.metrics["test"]["bleu_4"] > 0.9


@pytest.mark.parametrize("cell", ["attention", "lstm", "elman"])
def test_it_goes_out_whole_from_image_to_sentence(cell, captioner, tmp_path):
    out, _ = captioner
    model = networks.model(Options(**TINY, cell=cell))
    report = zoo.export(out if cell == "attention" else model, tmp_path / "x.onnx", loops=True)
    assert report.max_abs_error <= report.tolerance
    if cell == "attention":
        assert zoo.runtime.pipeline(tmp_path / "x.onnx")(processing.EXAMPLES[0]) == zoo.pipeline(
            out
        )(processing.EXAMPLES[0])


def test_its_halves_go_out_alone(captioner, tmp_path):
    out, _ = captioner
    for part in ("encoder", "decoder"):
        zoo.export(out, tmp_path / f"{part}.onnx", part=part, loops=True)


def test_images_of_any_size_and_mode_are_described(captioner, tmp_path):
    out, _ = captioner
    predict = zoo.pipeline(out)
    for mode in ("RGB", "RGBA", "L", "P", "CMYK", "1", "I;16"):
        path = tmp_path / f"{mode.replace(';', '')}.{'jpg' if mode == 'CMYK' else 'png'}"
        Image.new(mode, (17, 301)).save(path)
        assert predict(str(path)).endswith(".")


def test_one_that_cannot_be_read_in_a_folder_does_not_stop_the_others(captioner, data, tmp_path):
    out, _ = captioner
    (tmp_path / "bad.png").write_text("no image")
    Image.new("RGB", (9, 9), (210, 20, 20)).save(tmp_path / "good.png")
    [(bad, why), (good, sentence)] = zoo.pipeline(out)(str(tmp_path))
    assert (bad, good) == ("bad.png", "good.png")
    assert isinstance(why, Refusal)
    assert "cannot be read as an image" in why
    assert "red" in sentence
    with pytest.raises(zoo.UserError, match="cannot be read as an image"):
        zoo.pipeline(out)(str(tmp_path / "bad.png"))


@pytest.mark.slow
def test_the_command_says_that_one_of_a_folder_failed(captioner, tmp_path):
    out, _ = captioner
    (tmp_path / "bad.png").write_text("no image")
    Image.new("RGB", (9, 9), (210, 20, 20)).save(tmp_path / "good.png")
    command = [sys.executable, "-m", "zoo", "predict", str(out), str(tmp_path)]
    command += ["--runtime", "keras"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "good.png\t" in done.stdout
    assert "1 of the inputs could not be read" in done.stderr
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    [[_, bad], [_, good]] = json.loads(done.stdout)[0]["output"]
    assert "cannot be read" in bad["error"]
    assert isinstance(good, str)


def test_an_image_of_too_many_pixels_is_refused_at_once(captioner, tmp_path):
    out, _ = captioner
    Image.new("1", (20_000, 20_000)).save(tmp_path / "x.png")
    with pytest.raises(zoo.UserError, match="too many pixels; at most 50,000,000"):
        zoo.pipeline(out)(str(tmp_path / "x.png"))


def test_settings_out_of_range_are_named(captioner):
    out, _ = captioner
    with pytest.raises(zoo.UserError, match="width is from 1 to 100"):
        zoo.pipeline(out, width=0)
