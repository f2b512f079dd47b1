"""The tagger: its figures on GUM, its raw input, and what it says to odd text."""

from types import SimpleNamespace

import numpy as np
import pytest

import zoo
from zoo import recipes
from zoo.hub.model_directory import load
from zoo.hub.registry import verified
from zoo.recipes.blstm_tagger import processing
from zoo.recipes.data import gum

NAME = "blstm-tagger-gum"


@pytest.fixture(scope="module")
def tagger():
    return zoo.pipeline(NAME)


def test_text_becomes_tokens_with_tags(tagger):
    assert tagger("The dog didn't bark.") == [
        ("The", "DET"),
        ("dog", "NOUN"),
        ("did", "AUX"),
        ("n't", "PART"),
        ("bark", "VERB"),
        (".", "PUNCT"),
    ]


def test_one_text_is_tagged_as_it_is_among_others(tagger):
    texts = ["Time flies.", "She sells sea shells by the sea shore, does she?", "Go!"]
    assert tagger(texts) == [tagger(text) for text in texts]


@pytest.mark.parametrize("text", ["", "   ", "\n\t\r", "\x00\x07\x1b"])
def test_a_text_without_words_has_no_tags(tagger, text):
    assert tagger(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Привет, мир!",
        "今日はいい天気です。",
        "مرحبا بالعالم",
        "a\x00b\x07c",
        "🙂👍🏽",
        "x" * 10_000,
        "\u200b",
    ],
)
def test_unknown_scripts_and_odd_characters_get_tags_of_the_set(tagger, text):
    for token, tag in tagger(text):
        assert token
        assert tag in processing.UNIVERSAL


def test_a_sentence_of_ten_thousand_tokens_is_tagged(tagger):
    assert len(tagger("the cat and " * 3333 + "dog")) == 10_000


def test_padding_changes_no_tag():
    _, trained = load(NAME)
    short, long = ["Go", "."], ("It is the longer one of the two " * 4).split()
    alone = processing.batch(trained, ["Go."])
    together = processing.batch(trained, ["Go.", " ".join(long)])
    expected = trained.run(alone)["tags"][0]
    padded = trained.run(together)["tags"][0, : len(short)]
    np.testing.assert_allclose(padded, expected, atol=1e-5)


def test_the_model_without_its_exported_file_is_at_most_8_mb():
    directory, _ = verified(NAME)
    files = [path for path in directory.iterdir() if path.suffix != ".onnx"]
    assert sum(path.stat().st_size for path in files) <= 8e6


def test_options_shape_the_model():
    small = zoo.create("blstm-tagger", units=4, layers=1, words=50, word_features=7)
    rows = {tuple(weight.shape) for weight in small.weights}
    assert {(50, 7), (4, 16), (8, len(processing.UNIVERSAL))} <= rows
    assert recipes.get("blstm-tagger").parse({"units": "4"}).units == 4


@pytest.mark.data
def test_gum_has_as_many_sentences_as_described_and_no_surface_rows():
    sizes = {split: len(gum.sentences(split)) for split in ("train", "dev", "test")}
    assert sizes == {"train": 10_330, "dev": 1_575, "test": 1_464}
    tags = {tag for sentence in gum.sentences("train") for tag in sentence.upos}
    assert tags == set(processing.UNIVERSAL)


@pytest.mark.data
def test_the_tokenizer_agrees_with_gold_tokens_on_dev():
    from zoo.recipes.blstm_tagger import english

    def spans(words):
        ends = np.cumsum([len(word.replace(" ", "")) for word in words]).tolist()
        return set(zip([0, *ends], ends, strict=False))

    shared = predicted = gold = 0
    for sentence in gum.sentences("dev"):
        ours = spans([word for words in english.sentences(sentence.text) for word in words])
        theirs = spans(sentence.words)
        shared += len(ours & theirs)
        predicted += len(ours)
        gold += len(theirs)
    assert 2 * shared / (predicted + gold) >= 0.99


@pytest.mark.data
def test_the_shipped_tagger_measures_what_its_card_says():
    _, card = verified(NAME)
    metrics = zoo.evaluate(NAME, "test")
    assert metrics["accuracy"] == pytest.approx(card.metrics["test"]["accuracy"], abs=2e-4)
    assert metrics["accuracy"] >= 0.960


@pytest.mark.data
@pytest.mark.slow
def test_a_small_tagger_learns_and_is_exported(tmp_path, monkeypatch):
    from zoo.api.train import train

    whole = gum.sentences
    few = {"train": 1500, "dev": 200, "test": 200}
    monkeypatch.setattr(gum, "sentences", lambda split: whole(split)[: few[split]])
    small = {"epochs": 2, "units": 16, "layers": 1, "character_units": 8, "words": 2000}
    card = train("blstm-tagger", tmp_path / "tagger", small | {"learning_rate": 0.01})
    assert card.metrics["dev"]["accuracy"] > 0.5
    zoo.export(tmp_path / "tagger", tmp_path / "tagger.onnx")


def test_a_missing_data_set_without_a_network_says_how_to_get_it(monkeypatch, tmp_path):
    import requests
    import tensorflow_datasets as tfds

    def offline(*_, **__):
        raise requests.ConnectionError("no network")

    missing = SimpleNamespace(
        name="x", data_path=tmp_path / "none", download_and_prepare=pytest.fail
    )
    monkeypatch.setattr(tfds, "builder", lambda _name: missing)
    monkeypatch.setattr(requests, "head", offline)
    gum.sentences.cache_clear()
    with pytest.raises(zoo.UserError, match=r"tfds build universal_dependencies/en_gum.*TFDS_DATA"):
        zoo.evaluate(NAME)
