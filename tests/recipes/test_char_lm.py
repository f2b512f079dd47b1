"""The language model: how it is read, how it is asked to go on, and what it measures."""

import json
import math

import keras
import numpy as np
import pytest

import zoo
from tests.recipes.own_cells import MinGRU
from zoo.api import runtime
from zoo.hub.model_directory import load
from zoo.hub.registry import verified
from zoo.recipes import cells
from zoo.recipes.char_lm import names, ngrams, processing
from zoo.recipes.char_lm import recipe as char_lm
from zoo.training import streams

NAME = "char-lm-shakespeare"
TEXT = "ROMEO:\nBut, soft! what light through yonder window breaks?\nIt is the east, " * 4


@pytest.fixture(scope="module")
def shipped():
    return load(NAME)[1]


def test_blocks_with_carried_states_measure_what_one_pass_measures(shipped):
    whole = char_lm.nats_per_character(shipped, TEXT, steps=len(TEXT))
    for steps in (100, 7, 1):
        assert char_lm.nats_per_character(shipped, TEXT, steps) == pytest.approx(whole, abs=1e-5)


def test_the_same_seed_writes_the_same_text_and_another_another(shipped):
    def write(seed):
        return processing.pipeline(shipped, length=40, temperature=0.7, seed=seed)(["ROMEO:"])[0]

    assert write(1) == write(1) != write(2)
    assert write(1).startswith("ROMEO:")
    assert len(write(1)) == len("ROMEO:") + 40


def test_the_likeliest_character_alone_is_what_temperature_zero_takes(shipped):
    greedy = processing.pipeline(shipped, length=40, temperature=0)(["ROMEO:", ""])
    assert greedy == processing.pipeline(shipped, length=40, top_k=1, seed=3)(["ROMEO:", ""])


def test_a_text_comes_piece_by_piece(shipped):
    pieces = list(processing.stream(shipped, "To be", length=5, seed=1))
    assert pieces[0] == "To be"
    assert [len(piece) for piece in pieces[1:]] == [1] * 5


def test_the_step_graph_without_keras_writes_the_same_text(tmp_path, shipped):
    report = zoo.export(NAME, tmp_path / "lm.onnx", stateful=True)
    assert report.operators["LSTM"] == 2
    assert not {"Loop", "Scan"} & set(report.operators)
    write = runtime.pipeline(tmp_path / "lm.onnx", length=120, temperature=0)
    assert write("ROMEO:") == zoo.pipeline(NAME, length=120, temperature=0)("ROMEO:")


def test_a_graph_without_states_says_how_to_export_them(tmp_path):
    zoo.export(NAME, tmp_path / "lm.onnx")
    with pytest.raises(zoo.UserError, match="NAME --out FILE.onnx --stateful"):
        runtime.pipeline(tmp_path / "lm.onnx")("ROMEO:")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"temperature": -1}, "temperature=-1.0 does not fit; it takes 0 or more"),
        (
            {"length": "many"},
            r"length='many': .* a valid integer.*length \(int, 400\)",
        ),
        ({"temprature": 1}, "no such setting: temprature. Accepted, .*: length"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(settings, message):
    with pytest.raises(zoo.UserError, match=message):
        zoo.pipeline(NAME, **settings)("ROMEO:")


def test_a_character_that_the_model_never_saw_is_named():
    with pytest.raises(zoo.UserError, match=r"does not know 'ß', 'é'; it knows"):
        zoo.pipeline(NAME, length=1)("café ß")


@pytest.mark.parametrize("cell", [*cells.LAYERS, MinGRU])
def test_every_cell_makes_a_model_that_streams(cell):
    options = char_lm.Options(cell=cell, units=6, features=4, characters=3)
    assets = {processing.VOCABULARY: json.dumps(["a", "b", "c"])}
    trained = char_lm.RECIPE.trained(options, char_lm.model(options), assets)
    text = "abcab" * 5
    blocks = char_lm.nats_per_character(trained, text, steps=4)
    assert blocks == pytest.approx(char_lm.nats_per_character(trained, text, 25), abs=1e-5)


PLAY = """KING HENRY:
Where is Romeo, and where the king of France?

ROMEO:
Here, Henry. ROMEO

Servant:
Romeos and ROMEO'S, King."""


def test_speakers_are_named_in_capitals_and_nowhere_in_small_letters():
    assert names.speakers(PLAY) == ("HENRY", "ROMEO")


def test_a_speaker_has_one_new_name_wherever_he_is_named():
    assert names.renamed(PLAY, 1.0, np.random.default_rng(5)) == (
        PLAY.replace("HENRY", "HENMEO")
        .replace("Henry", "Henmeo")
        .replace("Romeo,", "Ronry,")
        .replace("ROMEO", "RONRY")
    )


def test_a_new_name_is_made_of_two_speakers_names():
    for seed in range(50):
        name = names.renamed("ABCDE:\nX", 1.0, np.random.default_rng(seed)).split(":")[0]
        heads = {"ABCDE"[:n] for n in range(2, 5)}
        tails = {"ABCDE"[n:] for n in range(1, 4)}
        assert name in {head + tail for head in heads for tail in tails}


@pytest.mark.parametrize(("text", "share"), [(PLAY, 0.0), ("nobody speaks here", 1.0)])
def test_a_text_stays_as_it_is_where_nobody_is_renamed(text, share):
    assert names.renamed(text, share, np.random.default_rng(0)) == text


def test_the_markov_model_is_smoothed_after_witten_and_bell():
    measured = ngrams.nats_per_character("aaab", "aab")
    assert list(measured) == [1, 2, 3, 4, 5, 6]
    assert measured[1] == pytest.approx(-(math.log(3 / 4) + math.log(1 / 4)) / 2)
    # After a: two kinds of characters in three cases, so that 2 / (2 + 3) is left to order one.
    a, b = 3 / 5 * 2 / 3 + 2 / 5 * 3 / 4, 3 / 5 * 1 / 3 + 2 / 5 * 1 / 4
    assert measured[2] == pytest.approx(-(math.log(a) + math.log(b)) / 2)


def test_the_model_directory_is_at_most_12_mb_and_the_model_4_million_parameters():
    directory, card = verified(NAME)
    assert sum(path.stat().st_size for path in directory.iterdir()) <= 12e6
    assert card.parameters <= 4_000_000


@pytest.mark.data
def test_the_shipped_model_measures_what_its_card_says_but_for_where_the_text_is_cut(shipped):
    """In 32 parts side by side; `zoo evaluate` reads the split in one, which takes minutes."""
    from zoo.recipes.data import shakespeare

    indices = processing.encode(shipped, shakespeare.text("dev"))
    total, run = [], shipped.stream()
    for inputs, targets in streams.blocks(indices[:-1], indices[1:], 32, 200).as_numpy_iterator():
        logits = run({"characters": inputs})["logits"]
        log_probs = keras.ops.log_softmax(logits)
        total.append(np.take_along_axis(log_probs.numpy(), targets[..., None], axis=-1))
    _, card = verified(NAME)
    assert -np.mean(total) == pytest.approx(card.metrics["dev"]["nats_per_character"], abs=0.02)
    assert -np.mean(total) <= 1.50


@pytest.mark.data
@pytest.mark.slow
def test_a_small_model_learns(tmp_path, monkeypatch):
    from zoo.api.train import train
    from zoo.recipes.data import shakespeare

    whole = shakespeare.text

    def short(split):
        return "".join(c for c in whole(split)[:20_000] if c.islower() or c == " ")

    monkeypatch.setattr(shakespeare, "text", short)
    small = {"units": 32, "layers": 1, "steps": 20, "streams_per_batch": 20, "epochs": 2}
    card = train("char-lm", tmp_path / "lm", small | {"dropout": 0, "learning_rate": 0.01})
    assert card.metrics["dev"]["nats_per_character"] < np.log(65) - 1
