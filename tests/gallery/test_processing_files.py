"""The page's JavaScript makes the same arrays of a thousand files of each kind as the Python."""

import json
import random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.gallery.compare import COUNT, agree, needs_node, predictor, python
from zoo.recipes import digit_images
from zoo.recipes.action_clips import processing as actions
from zoo.recipes.captioner.processing import resized
from zoo.recipes.clips import kinect
from zoo.recipes.gesture_phase import processing as gestures
from zoo.recipes.handwriting import ink
from zoo.recipes.handwriting.processing import decoder
from zoo.recipes.hopfield_recall import processing as hopfield

pytestmark = needs_node


def test_drawings_are_read_alike(call):
    chance = random.Random(3)
    sizes = chance.choices([(12, 10)] * 8 + [(11, 10), (12, 9)], k=COUNT)
    inputs = [
        "\n".join("".join(chance.choices("#." * 200 + "x", k=width)) for _ in range(height))
        for height, width in sizes
    ]
    outputs = call("hopfield-recall", "pattern", [[text] for text in inputs])
    for text, ours in zip(inputs, outputs, strict=True):
        agree(ours, python(hopfield._parse, text))


def test_images_of_digits_become_the_same_points(call, tmp_path):
    chance = random.Random(4)
    inputs, expected = [], []
    for _ in range(COUNT):
        image = _drawn(chance)
        image.save(tmp_path / "x.png")
        read = python(digit_images.read, tmp_path / "x.png")
        expected.append(read if isinstance(read, str) else read.ravel())
        inputs.append([list(image.convert("RGBA").tobytes()), *image.size])
    for ours, theirs in zip(call("images", "points", inputs), expected, strict=True):
        agree(ours, theirs)


def _drawn(chance):
    """Strokes on paper of any colour and size; one in ten is blank, some are transparent."""
    size = (28, 28) if chance.random() < 0.2 else (chance.randrange(5, 90), chance.randrange(5, 90))
    mode = chance.choice(["RGB", "RGBA", "L"])
    paper, ink = (tuple(chance.choices(range(256), k=len(mode))) for _ in range(2))
    if mode == "L":
        (paper,), (ink,) = paper, ink
    image = Image.new(mode, size, paper)
    for _ in range(0 if chance.random() < 0.1 else 3):
        ends = [(chance.randrange(size[0]), chance.randrange(size[1])) for _ in range(3)]
        ImageDraw.Draw(image).line(ends, fill=ink, width=3)
    return image


def test_photographs_become_the_same_points(call):
    chance = random.Random(6)
    inputs, expected = [], []
    for number in range(COUNT):
        side = 16 if number % 10 else 160
        image = _drawn(chance).convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        expected.append(resized(Image.alpha_composite(white, image).convert("RGB"), side))
        inputs.append([list(image.tobytes()), *image.size, side])
    for ours, theirs in zip(call("photographs", "squeezed", inputs), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs.ravel())


def test_strokes_become_the_same_steps(call):
    chance = random.Random(5)
    inputs = [_strokes(chance) for _ in range(COUNT)]
    outputs = call("ink", "steps", [[strokes] for strokes in inputs])
    for strokes, ours in zip(inputs, outputs, strict=True):
        arrays = [np.array(stroke).reshape(-1, 2) for stroke in strokes]
        agree(ours, python(ink.steps, arrays))


def _strokes(chance):
    """Up to three strokes to the right, at some of whose points the pen stands still."""
    return [
        [
            [chance.choice([x // 2, x + chance.random()]), chance.randrange(-9, 9)]
            for x in range(chance.randrange(20))
        ]
        for _ in range(chance.randrange(4))
    ]


@pytest.mark.slow
def test_log_probs_of_letters_become_the_same_words(call):
    model = predictor("handwriting-unipen")
    words = json.loads(model.assets["words.json"])
    decode = decoder(model, 12, 0.6)
    rng = np.random.default_rng(0)
    inputs = [
        rng.normal(size=(int(rng.integers(1, 20)), 55)) * rng.uniform(1, 6)
        + 3 * (np.arange(55) == 0)
        for _ in range(COUNT)
    ]
    each = [[logits.tolist()] for logits in inputs]
    outputs = call("handwriting", "word", each, words, model.options.alphabet)
    for logits, ours in zip(inputs, outputs, strict=True):
        assert ours == decode(logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True))


def test_joints_become_the_same_features(call, tmp_path):
    rng = np.random.default_rng(1)
    clips = [json.dumps(_clip(rng)) for _ in range(COUNT)]
    for clip, ours in zip(clips, call("joints", "clip", [[clip] for clip in clips]), strict=True):
        (tmp_path / "x.json").write_text(clip)
        agree(ours, python(lambda: actions.features(actions._read(tmp_path / "x.json"))))
    videos = [_video(rng) for _ in range(COUNT)]
    for video, ours in zip(
        videos, call("joints", "video", [[video] for video in videos]), strict=True
    ):
        (tmp_path / "x.csv").write_text(video)
        agree(ours, python(lambda: gestures.features(kinect.read(tmp_path / "x.csv")[0])))


def _clip(rng):
    """Frames of joints, one in ten not seen."""
    frames = rng.normal(size=(int(rng.integers(1, 12)), 15, 2)).round(3)
    return [[None if rng.random() < 0.1 else each.tolist() for each in frame] for frame in frames]


def _video(rng):
    """A table of joints, one cell in ten empty."""
    rows = rng.normal(size=(int(rng.integers(1, 12)), len(kinect.COLUMNS))).round(3)
    cells = [["" if rng.random() < 0.1 else f"{value}" for value in row] for row in rows]
    return "\n".join(",".join(row) for row in [kinect.COLUMNS, *cells])
