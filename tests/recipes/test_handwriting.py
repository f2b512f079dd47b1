"""Handwriting: ink, spelling, the network's padding, files of users."""

import json
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from zoo.inference.padding import padded
from zoo.recipes import get
from zoo.recipes.handwriting import files, ink, lines, processing, spelling

HAS_UNIPEN = pytest.mark.skipif("UNIPEN_DIR" not in os.environ, reason="UNIPEN_DIR names no folder")
NAME = "handwriting-unipen"


def circle(points=40, middle=(0.0, 0.0), radius=10.0):
    angle = np.linspace(0, 2 * np.pi, points)
    return np.array(middle) + radius * np.column_stack([np.cos(angle), np.sin(angle)])


def test_steps_are_of_one_length_on_paper_and_point_where_the_pen_went():
    strokes = [circle(), circle(middle=(30, 0))]
    steps = ink.steps(strokes)
    in_air = steps[:, 3] == 1
    assert in_air.sum() == 1
    on_paper = steps[1:][~in_air[1:], 2]
    np.testing.assert_allclose(on_paper, ink.STEP, rtol=0.05)
    np.testing.assert_allclose(np.hypot(steps[:, 0], steps[:, 1]), 1, rtol=1e-6)
    # The way walked ends where the ink ends.
    walked = np.cumsum(steps[:, :2] * steps[:, 2:3], axis=0)[-1]
    scale = (strokes[1][-1] - strokes[0][0]) / walked
    assert scale[0] == pytest.approx(10 / np.sqrt(2), rel=0.05)


@settings(max_examples=30, deadline=None)
@given(
    size=st.floats(0.01, 1e4),
    x=st.floats(-1e4, 1e4),
    y=st.floats(-1e4, 1e4),
    points=st.integers(60, 400),
)
def test_neither_size_nor_place_nor_speed_of_the_pen_changes_the_steps(size, x, y, points):
    expected = ink.steps([circle(200), circle(200, (25, 3))])
    moved = [
        (circle(points, radius=10) * size) + (x, y),
        (circle(points, (25, 3)) * size) + (x, y),
    ]
    found = ink.steps(moved)
    assert abs(len(found) - len(expected)) <= 1
    if len(found) == len(expected):
        np.testing.assert_allclose(found, expected, atol=0.1)


def test_distortion_of_no_strength_changes_nothing_and_a_seed_draws_the_same():
    strokes = [circle(), circle(9, (30, 4))]
    still = ink.distorted(strokes, np.random.default_rng(1), 0.0)
    np.testing.assert_allclose(np.concatenate(still), np.concatenate(strokes), atol=1e-9)
    one, other = (ink.distorted(strokes, np.random.default_rng(1), 1.0) for _ in range(2))
    np.testing.assert_array_equal(np.concatenate(one), np.concatenate(other))
    assert [len(stroke) for stroke in one] == [40, 9]


@pytest.mark.parametrize(
    ("strokes", "message"),
    [
        ([], "no points"),
        ([np.empty((0, 2))], "no points"),
        ([np.array([[0, np.nan], [1, 1]])], "no finite numbers"),
        ([np.random.default_rng(0).normal(size=(100_000, 2))], "longest words"),
    ],
)
def test_ink_that_is_no_word_is_refused(strokes, message):
    with pytest.raises(zoo.UserError, match=message):
        ink.steps(strokes)


def test_one_point_a_dash_and_a_slow_pen_are_read():
    assert ink.steps([np.array([[3.0, 4.0]])]).shape == (1, ink.FEATURES)
    assert np.isfinite(ink.steps([np.array([[0.0, 0.0], [50.0, 0.0]])])).all()
    slow = circle(100_000)
    assert len(ink.steps([slow])) < 100


def test_the_spelling_prefers_words_it_knows_and_knows_every_letter():
    log_prob = spelling.language(["hello", "help", "hallo"], "abcdefghijklmnopqrstuvwxyz")
    word = tuple("abcdefghijklmnopqrstuvwxyz".index(letter) + 1 for letter in "hel")
    log_probs = {letter: log_prob((*word, letter)) for letter in range(1, 27)}
    assert max(log_probs, key=log_probs.get) in (12, 16)
    assert sum(np.exp([*log_probs.values(), log_prob((*word, 0))])) == pytest.approx(1, abs=0.03)


def small(**options):
    recipe = get("handwriting")
    given = {"units": 8, "layers": 1, "features": 4, **options}
    chosen = recipe.resolve(recipe.parse(given))
    return recipe, chosen, recipe.model(chosen)


@pytest.mark.parametrize("data", ["words", "digits"])
def test_padding_changes_nothing_and_says_the_blank(data):
    _, _, model = small(data=data)
    features = model.input_shape[-1]
    rng = np.random.default_rng(0)
    alone = [rng.normal(size=(n, features)).astype("float32") for n in (9, 30, 31, 40, 1)]
    together = model(padded([{"points": each} for each in alone])["points"])["logits"].numpy()
    for each, row in zip(alone, together, strict=True):
        expected = model(each[None])["logits"].numpy()[0]
        assert len(expected) == -(-len(each) // 4)
        np.testing.assert_allclose(row[: len(expected)], expected, atol=1e-5)
        assert (row[len(expected) :].argmax(axis=-1) == 0).all()


def test_loss_of_a_padded_batch_is_the_mean_of_the_words_alone():
    import keras

    _, _, model = small()
    rng = np.random.default_rng(0)
    points = [rng.normal(size=(n, 5)).astype("float32") for n in (60, 33)]
    labels = [np.array([1, 2, 2], "int32"), np.array([5], "int32")]
    loss = keras.losses.CTC()
    alone = [
        float(loss(label[None], model(each[None])["logits"]))
        for each, label in zip(points, labels, strict=True)
    ]
    both = padded([{"p": p, "l": label} for p, label in zip(points, labels, strict=True)])
    assert float(loss(both["l"], model(both["p"])["logits"])) == pytest.approx(
        np.mean(alone), rel=1e-4
    )


def write(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


INKML = """<ink xmlns="http://www.w3.org/2003/InkML"><!-- a comment -->
<traceFormat><channel name="X"/><channel name="Y"/><channel name="T"/></traceFormat>
<trace>0 10 1, 5 0 2</trace><trace>2 5 3, 8 5 4</trace></ink>"""


def test_json_and_inkml_say_the_same(tmp_path):
    strokes = [[[0, 10, 1], [5, 0]], [[2, 5], [8, 5]]]
    ours = files.read(write(tmp_path / "a.json", strokes))
    theirs = files.read(write(tmp_path / "a.inkml", INKML))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(ours[0], [[0, -10], [5, 0]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("hello", "is no ink"),
        ({"strokes": []}, "is no ink"),
        ([[[1]]], "fewer than two"),
        ([[["a", 1]]], "is no ink"),
        ([], "no points"),
        ([[]], "no points"),
        ("<ink><trace>1 2, 3</trace></ink>", "two numbers"),
        ("<ink><trace>'1 \"2, !3 4</trace></ink>", "two numbers"),
        ("<ink><trace>", "is no InkML"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><ink/>', "document type"),
        ("<ink/>", "no points"),
    ],
)
def test_a_file_that_is_no_ink_is_refused_with_a_sentence(content, message, tmp_path):
    file = write(tmp_path / "word.json", content)
    with pytest.raises(zoo.UserError, match=message):
        ink.steps(files.read(file))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(zoo.UserError, match="missing.json"):
        files.read(tmp_path / "missing.json")


def test_a_line_of_digits_is_read_from_an_image_of_any_size(tmp_path):
    from PIL import Image

    picture = np.full((90, 400), 250, "uint8")
    picture[30:70, 40:60] = picture[30:70, 200:210] = 20
    Image.fromarray(picture).save(tmp_path / "line.png")
    columns = lines.read(tmp_path / "line.png")
    assert columns.shape[1] == lines.SIDE
    assert (columns != 0).any(axis=1).all()
    # Two strokes with paper between them.
    inked = (columns.max(axis=1) > 0.5).astype(int)
    assert (np.diff(inked) == 1).sum() == 2


def test_a_distorted_digit_is_the_same_digit_moved_and_without_strength_the_very_same():
    digit = np.zeros((lines.SIDE, lines.SIDE), "float32")
    digit[8:20, 12:15] = 1
    still = lines.distorted(digit, np.random.default_rng(0), 0.0)
    np.testing.assert_allclose(still, digit, atol=1e-5)
    for seed in range(20):
        changed = lines.distorted(digit, np.random.default_rng(seed), 1.0)
        assert 0.4 < changed.sum() / digit.sum() < 2.0
        place = [np.average(np.arange(lines.SIDE), weights=changed.sum(axis=a)) for a in (0, 1)]
        assert np.abs(np.array(place) - (13, 13.5)).max() < 6


@HAS_UNIPEN
@pytest.mark.data
def test_no_writer_is_in_two_splits_and_all_words_are_there():
    from zoo.recipes.data import unipen

    words = {split: unipen.words(split) for split in unipen.SPLITS}
    assert [len(words[split]) for split in unipen.SPLITS] == [21_034, 2_241, 3_085]
    writers = {split: {word.writer for word in found} for split, found in words.items()}
    assert [len(writers[split]) for split in unipen.SPLITS] == [53, 6, 6]
    assert len(set().union(*writers.values())) == 65


@HAS_UNIPEN
@pytest.mark.data
def test_every_word_has_steps_enough_for_its_letters():
    from zoo.recipes.data import unipen

    for word in unipen.words("dev"):
        twice = sum(a == b for a, b in zip(word.label, word.label[1:], strict=False))
        assert -(-len(ink.steps(word.strokes)) // 4) >= len(word.label) + twice


def test_without_the_data_training_says_where_it_is_from(monkeypatch, tmp_path):
    monkeypatch.delenv("UNIPEN_DIR", raising=False)
    from zoo.recipes.data import unipen

    unipen.words.cache_clear()
    with pytest.raises(zoo.UserError, match=r"UNIPEN_DIR.*zenodo"):
        zoo.train("handwriting", tmp_path / "x", epochs=1)


@pytest.mark.slow
@HAS_UNIPEN
@pytest.mark.data
def test_a_small_network_trains_goes_out_and_reads_alike_without_keras(monkeypatch, tmp_path):
    from zoo.recipes.data import unipen
    from zoo.recipes.handwriting import examples

    whole = unipen.words
    monkeypatch.setattr(unipen, "words", lambda split: whole(split)[:96])
    examples._words.cache_clear()
    small = {"epochs": 2, "units": 8, "layers": 1, "features": 4, "examples_per_batch": 16}
    card = zoo.train("handwriting", tmp_path / "small", options=small)
    assert set(card.metrics["dev"]) == {
        f"{way}{what}_error" for way in ("", "beam_", "spelled_") for what in ("character", "word")
    }
    examples._words.cache_clear()
    report = zoo.export(tmp_path / "small", tmp_path / "small.onnx")
    # Ink has padding: an operator for each direction.
    assert report.operators["LSTM"] == 2
    for way in ({}, {"width": 1, "language": 0}):
        ours = zoo.pipeline(tmp_path / "small", **way)
        theirs = zoo.runtime.pipeline(tmp_path / "small.onnx", **way)
        assert ours(list(processing.EXAMPLES)) == theirs(list(processing.EXAMPLES))
    with pytest.raises(zoo.UserError, match="width=0"):
        zoo.pipeline(tmp_path / "small", width=0)


@pytest.mark.data
def test_lines_of_digits_are_drawn_from_their_own_split_and_a_batch_holds_like_lengths():
    from zoo.recipes.handwriting import examples

    source = examples.Lines(1.0)
    one, again = (source.split("dev")[:5] for _ in range(2))
    for ours, theirs in zip(one, again, strict=True):
        np.testing.assert_array_equal(ours.points, theirs.points)
    assert all(3 <= len(example.label) <= 10 for example in source.split("dev"))
    number, batches = examples.batches(source, 50, np.random.default_rng(1))
    assert number == 400
    lengths = [len(example.label) for example in next(batches)]
    assert max(lengths) - min(lengths) <= 3


@HAS_UNIPEN
@pytest.mark.data
def test_an_alphabet_that_lacks_letters_of_the_data_is_refused(tmp_path):
    with pytest.raises(zoo.UserError, match="lacks 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'"):
        zoo.train("handwriting", tmp_path / "x", alphabet="abcdefghijklmnopqrstuvwxyz")


def test_the_shipped_model_reads_one_point_and_a_letter_that_it_never_saw(tmp_path):
    read = zoo.runtime.pipeline(NAME)
    assert isinstance(read(str(write(tmp_path / "dot.json", [[[3, 4]]]))), str)
    seven = [[[0, 0], [10, 0], [3, 20]]]
    assert isinstance(read(str(write(tmp_path / "seven.json", seven))), str)
    assert read(str(processing.FOLDER / "wrong.json")) == "wrong"
    assert [name for name, _ in read(str(processing.FOLDER))] == sorted(
        path.name for path in processing.FOLDER.iterdir()
    )
    (tmp_path / "empty").mkdir()
    with pytest.raises(zoo.UserError, match="has no ink in it"):
        read(str(tmp_path / "empty"))
