"""The memory of digits: what it restores, and how much a memory holds."""

import numpy as np
import pytest

import zoo
from zoo.hub.registry import verified
from zoo.recipes.hopfield_recall import glyphs, processing
from zoo.recipes.hopfield_recall import recipe as hopfield_recall

NAME = "hopfield-recall"


def test_a_drawing_is_a_pattern_and_a_pattern_a_drawing():
    for drawing in glyphs.DRAWINGS.values():
        assert glyphs.draw(glyphs.parse(drawing)) == drawing.strip()
    assert glyphs.patterns().shape == (6, glyphs.WIDTH * glyphs.HEIGHT)


def test_as_many_points_are_turned_over_as_is_said():
    patterns = np.ones((7, 120), "float32")
    turned = processing.corrupted(patterns, 0.2, np.random.default_rng(0))
    np.testing.assert_array_equal(np.sum(turned == -1, axis=1), [24] * 7)


@pytest.mark.parametrize("mode", processing.MODES)
def test_a_corrupted_digit_is_restored(mode):
    for digit in glyphs.DRAWINGS:
        shown = zoo.pipeline(NAME, mode=mode, flips=0.1)(digit).split("\n")
        corrupted, recalled = (
            "\n".join(column) for column in zip(*map(str.split, shown), strict=True)
        )
        assert recalled == glyphs.DRAWINGS[digit].strip() != corrupted


def test_a_drawing_of_ones_own_is_recalled_too():
    own = glyphs.draw(glyphs.patterns()[4]).replace("##......##", "#.......##", 1)
    recalled = zoo.pipeline(NAME, flips=0.0)(own)
    assert recalled.split("\n")[0] == "#.......##   ##......##"


def test_a_memory_holds_few_patterns_well_and_many_not_at_all():
    for mode in processing.MODES:
        assert hopfield_recall.restored(0.04, mode, "dev") == 1.0
        assert hopfield_recall.restored(0.20, mode, "dev") < 0.2


def test_the_shipped_memory_measures_what_its_card_says():
    metrics = zoo.evaluate(NAME)
    assert metrics == pytest.approx(verified(NAME)[1].metrics["test"])
    assert min(metrics[f"digits_{mode}"] for mode in processing.MODES) > 0.95


@pytest.mark.parametrize(
    ("settings", "text", "message"),
    [
        ({}, "8", "takes one of 0, 1, 2, 3, 4, 6, or a drawing of 12 lines of 10 pixels"),
        ({}, "##\n..", "drawing of 12 lines"),
        ({"flips": 2}, "1", "flips=2.0 does not fit"),
        ({"mode": "at once"}, "1", "no mode 'at once'; it takes asynchronous or synchronous"),
    ],
)
def test_what_does_not_fit_is_named(settings, text, message):
    with pytest.raises(zoo.UserError, match=message):
        zoo.pipeline(NAME, **settings)(text)
