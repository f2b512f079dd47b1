"""Images as raw input: brought to MNIST's form, or refused with what is wrong."""

import numpy as np
import pytest
from PIL import Image

import zoo
import zoo.recipes as recipes
from zoo.errors import UserError
from zoo.inference.predictor import Predictor
from zoo.recipes import digit_images as images


def drawn(path, size, ink, paper, mode="RGB"):
    """An image with a seven of two strokes in it, off its middle."""
    image = Image.new(mode, size, paper)
    width, height = size
    for x in range(width // 2, width * 9 // 10):
        for y in range(height // 10, height // 10 + height // 20 + 1):
            image.putpixel((x, y), ink)
    for y in range(height // 10, height * 6 // 10):
        for x in range(width * 8 // 10, width * 9 // 10):
            image.putpixel((x, y), ink)
    image.save(path)
    return path


def same_seven(a, b):
    return np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.9


@pytest.fixture(scope="module")
def seven(tmp_path_factory):
    path = tmp_path_factory.mktemp("seven") / "7.png"
    return images.read(drawn(path, (200, 200), (255, 255, 255), (0, 0, 0)))


def test_a_digit_fills_a_box_of_20_points_about_its_centre_of_mass(seven):
    assert seven.shape == (28, 28)
    assert (seven.min(), seven.max()) == (0, 1)
    rows, columns = (np.flatnonzero(seven.max(axis=axis) > 0.1) for axis in (1, 0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    y, x = (np.sum(np.arange(28) * seven.sum(axis=1 - a)) / seven.sum() for a in (0, 1))
    assert (y, x) == (pytest.approx(13.5, abs=0.6), pytest.approx(13.5, abs=0.6))


@pytest.mark.parametrize(
    ("size", "ink", "paper", "mode"),
    [
        ((200, 200), (0, 0, 0), (255, 255, 255), "RGB"),
        ((60, 60), (200, 30, 30), (250, 250, 220), "RGB"),
        ((3000, 3000), (0, 0, 90), (255, 255, 255), "RGB"),
        ((100, 100), (0, 0, 0, 255), (0, 0, 0, 0), "RGBA"),
        ((100, 100), 30, 240, "L"),
    ],
)
def test_size_colour_and_paper_do_not_matter(seven, tmp_path, size, ink, paper, mode):
    path = drawn(tmp_path / "x.png", size, ink, paper, mode)
    assert same_seven(images.read(path), seven)


def test_an_image_in_mnists_form_is_read_as_it_is(tmp_path):
    pixels = np.zeros((28, 28), "uint8")
    pixels[4:20, 10:12] = 200
    Image.fromarray(pixels).save(tmp_path / "1.png")
    np.testing.assert_allclose(images.read(tmp_path / "1.png"), pixels / 255, atol=1e-6)


def test_a_wide_scene_is_read_as_it_is_and_any_other_digit_is_put_in_its_middle(tmp_path):
    options = recipes.get("glimpse-mnist").parse({"scene": "cluttered"})
    wide = np.zeros((60, 60), "uint8")
    wide[4:20, 50:52] = 200
    Image.fromarray(wide).save(tmp_path / "a.png")
    drawn(tmp_path / "b.png", (50, 50), (0, 0, 0), (255, 255, 255))
    batch = recipes.processing("glimpse-mnist").batch(
        Predictor(options, {}, None, None), [str(tmp_path)]
    )
    np.testing.assert_allclose(batch["images"][0], wide / 255, atol=1e-6)
    expected = np.zeros((60, 60))
    expected[16:44, 16:44] = images.read(tmp_path / "b.png")
    np.testing.assert_array_equal(batch["images"][1], expected)


def test_a_folder_gives_a_digit_for_each_image_in_it(tmp_path):
    for name in ("b.png", "a.png"):
        drawn(tmp_path / name, (50, 50), (0, 0, 0), (255, 255, 255))
    (tmp_path / "notes.txt").write_text("x")

    def always_seven(batch):
        return {"digits": np.eye(10)[[7] * len(batch["images"])]}

    tell = images.pipeline(Predictor(None, {}, always_seven, pytest.fail))
    assert tell([str(tmp_path), str(tmp_path / "a.png")]) == [
        [("a.png", "7"), ("b.png", "7")],
        "7",
    ]


def test_what_is_no_image_is_refused_by_name(tmp_path):
    (tmp_path / "text.png").write_text("no image")
    whole = drawn(tmp_path / "whole.png", (90, 90), (0, 0, 0), (255, 255, 255)).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    Image.new("L", (40, 40), 255).save(tmp_path / "blank.png")
    (tmp_path / "empty").mkdir()
    for name, message in {
        "text.png": "cannot be read as an image",
        "cut.png": "cannot be read as an image",
        "blank.png": "is blank",
        "none.png": "There is no file",
        "empty": "has no image in it",
    }.items():
        with pytest.raises(UserError, match=f"{name}.*{message}|{message}.*{name}"):
            images.batch(None, [str(tmp_path / name)])


def test_a_huge_image_is_refused_before_it_is_unpacked(tmp_path):
    Image.new("1", (9000, 9000)).save(tmp_path / "huge.png")
    with pytest.raises(UserError, match=r"9000 by 9000 pixels; at most 50,000,000"):
        images.read(tmp_path / "huge.png")


@pytest.mark.parametrize("name", ["glimpse-mnist", "seq-mnist"])
def test_the_examples_fit_the_models(name):
    digits = zoo.pipeline(name)(list(images.EXAMPLES))
    assert len(digits) == len(images.EXAMPLES)
    assert set("".join(digits)) <= set("0123456789")
