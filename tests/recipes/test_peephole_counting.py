"""Counting: the strings, networks that learn side by side, and how far they count."""

import keras
import numpy as np
import pytest

import zoo
from zoo.hub.registry import verified
from zoo.layers import PeepholeLSTM
from zoo.recipes.peephole_counting import choice, counting
from zoo.recipes.peephole_counting.crowd import constrain, member

NAME = "peephole-counting"


def test_the_strings_say_which_symbols_may_come_next():
    symbols, may_follow = counting.strings("anbncn", [1, 2])
    names = np.array(list(".abc"))

    def read(row):
        steps = zip(symbols[row], may_follow[row], strict=True)
        return [
            (names[symbol], "".join(names[may == 1]))
            for symbol, may in steps
            if counting.PADDING not in may
        ]

    assert read(0) == [(".", "a"), ("a", "ab"), ("b", "c"), ("c", ".")]
    after_two_a = [("b", "b"), ("b", "c"), ("c", "c"), ("c", ".")]
    assert read(1) == [(".", "a"), ("a", "ab"), ("a", "ab"), *after_two_a]


def test_networks_in_a_crowd_learn_as_they_would_alone():
    """One step of plain gradient descent of a crowd, and of each of its members by itself."""
    many, units = 3, 2
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 5, 3)).astype("float32")
    y = rng.normal(size=(4, many * units)).astype("float32")

    def network(width):
        model = keras.Sequential([keras.Input((None, 3)), PeepholeLSTM(width)])
        model.compile(optimizer=keras.optimizers.SGD(0.1), loss=lambda t, p: (t - p) ** 2)
        return model

    crowd = network(many * units)
    constrain(crowd.layers[0], many, {"recurrent_kernel": (units, units)})
    alone = [network(units) for _ in range(many)]

    def part(number, like):
        return [
            member(wide, number, many, narrow, units)
            for wide, narrow in zip(crowd.get_weights(), like.get_weights(), strict=True)
        ]

    for number, single in enumerate(alone):
        single.set_weights(part(number, single))
        mine = y[:, number * units : (number + 1) * units]
        # The mean over outputs is one over the width in each loss.
        single.optimizer.learning_rate = 0.1 / many
        single.train_on_batch(x, mine)
    crowd.train_on_batch(x, y)
    for number, single in enumerate(alone):
        for ours, theirs in zip(part(number, single), single.get_weights(), strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_the_limit_is_the_first_string_that_is_wrong():
    _, may_follow = counting.strings("anbn", range(1, 5))
    logits = np.repeat(np.where(may_follow == 1, 1.0, -1.0)[:, :, None], 2, axis=2)
    logits[2, 3, 1] *= -1
    limits = choice.limits(choice.margins(may_follow, logits))
    np.testing.assert_array_equal(limits, [4, 2])


@pytest.mark.parametrize(
    ("margins", "chosen"),
    [(([9, 9, 9, -1], [1, 1, 1, 0.1]), 1), (([9, 8, 7, 6], [5, 5, 5, 5]), 0)],
    ids=["right first", "then sure"],
)
def test_the_candidate_is_chosen_that_has_the_most_strings_right_then_the_surest(margins, chosen):
    _, may_follow = counting.strings("anbn", range(1, 5))
    signs = np.where(may_follow == 1, 1.0, -1.0)[:, :, None]
    logits = signs * np.array(margins).T[:, None, :, None]
    assert choice.furthest(may_follow, logits) == chosen


@pytest.mark.slow
def test_a_small_training_puts_the_best_network_of_each_kind_into_the_model(tmp_path):
    from zoo.api.train import train

    small = {"epochs": 1, "batches": 3, "candidates": 2, "units": 2}
    card = train(NAME, tmp_path / "counting", small)
    assert set(card.metrics["dev"]) == {
        f"{network}_{language}"
        for network in ("PeepholeLSTM", "LSTM", "Elman")
        for language in ("anbn", "anbncn")
    }


def test_the_shipped_peephole_networks_count_far_beyond_their_training():
    metrics = zoo.evaluate(NAME, "test")
    # At which string a counter that drifts goes wrong, the last digit of a number may decide.
    assert metrics == pytest.approx(verified(NAME)[1].metrics["test"], abs=2)
    assert metrics["PeepholeLSTM_anbn"] == 1000
    assert metrics["PeepholeLSTM_anbncn"] == 1000
    assert metrics["PeepholeLSTM_anbncn"] > metrics["LSTM_anbncn"] > metrics["Elman_anbncn"]


def test_symbols_that_may_come_next_are_told_for_each_read():
    assert zoo.pipeline(NAME)("aabb") == [
        *[(".", "a"), ("a", "ab"), ("a", "ab"), ("b", "b"), ("b", ".")]
    ]
    assert zoo.pipeline(NAME, language="anbncn")("abc")[-2:] == [("b", "c"), ("c", ".")]


@pytest.mark.parametrize(
    ("settings", "text", "message"),
    [
        ({}, "aabd", "takes a string of a, b and c.*got 'd'"),
        ({"language": "an"}, "a", "no 'an' here; it takes anbn, anbncn"),
        ({"network": "GRU"}, "a", "no 'GRU' here; it takes first, PeepholeLSTM, LSTM, Elman"),
    ],
)
def test_what_does_not_fit_is_named(settings, text, message):
    with pytest.raises(zoo.UserError, match=message):
        zoo.pipeline(NAME, **settings)(text)
