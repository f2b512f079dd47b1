"""A tagger on a user's own treebank: what its card says, and a new head for other tags."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.hub.card import Card
from zoo.training import loop

SIZE = {"units": 8, "layers": 1, "word_features": 12, "character_units": 4, "words": 60}
TRAINING = {"patience": 20, "word_dropout": 0, "dropout": 0, "learning_rate": 0.03}


def treebank(path, tags):
    """A CoNLL-U file of 60 sentences in which a word's tag is its first letter's."""
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(60):
        for place, word in enumerate(rng.integers(0, 30, rng.integers(3, 9)), 1):
            form = f"{'abc'[word % 3]}{word}"
            upos, xpos = tags[word % 3], f"X{word % 2}"
            rows.append(f"{place}\t{form}\t{form}\t{upos}\t{xpos}\t_\t0\troot\t_\t_")
        rows.append("")
    path.write_text("\n".join(rows) + "\n")
    return str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tagger")


@pytest.fixture(scope="module")
def universal(folder):
    """A tagger trained on a file with tags of Universal Dependencies."""
    file = treebank(folder / "universal.conllu", ("NOUN", "VERB", "ADJ"))
    zoo.train("blstm-tagger", folder / "first", options=SIZE | TRAINING, treebank=file, epochs=8)
    return folder / "first"


@pytest.fixture(scope="module")
def other(folder, universal):
    """One trained from its weights on a file with other tags."""
    file = treebank(folder / "other.conllu", ("N", "V", "A"))
    options = {"treebank": file, "tags": "treebank", "epochs": 8, **SIZE, **TRAINING}
    zoo.train("blstm-tagger", folder / "second", init_from=universal, options=options)
    return folder / "second"


def test_the_card_names_the_users_file_and_claims_no_licence(universal):
    card = Card.read(universal)
    assert card.data["name"] == "universal.conllu"
    assert card.data["licence"] == card.licence == "not stated"
    assert card.data["version"].startswith("SHA-256 ")
    assert "GUM" not in json.dumps(card.data)


@pytest.mark.slow
def test_a_new_head_learns_the_tags_of_the_file(other):
    card = Card.read(other)
    assert card.options["tags"] == "A N V"
    assert card.metrics["test"]["accuracy"] > 0.9
    assert card.init_from["name"] == "first"
    assert {tag for _, tag in zoo.pipeline(other)("a3 b4 c5")} <= {"A", "N", "V"}


@pytest.mark.slow
def test_its_export_has_the_tags_too(other, tmp_path):
    zoo.export(other, tmp_path / "tagger.onnx")
    texts = ["a3 b4 c5", "b1 b7"]
    assert zoo.runtime.pipeline(tmp_path / "tagger.onnx")(texts) == zoo.pipeline(other)(texts)


def test_in_python_all_but_the_head_has_the_trained_weights(universal):
    trained = zoo.load(universal)
    model = zoo.create("blstm-tagger", init_from=universal, options=SIZE, tags="A B C D")
    assert model.output["tags"].shape[-1] == 4
    for ours, theirs in zip(model.weights, trained.weights, strict=True):
        if "logits" not in ours.path:
            np.testing.assert_array_equal(ours, theirs)


def test_the_tags_may_stand_in_the_other_column(folder, universal):
    file = str(folder / "universal.conllu")
    model = zoo.create("blstm-tagger", options=SIZE, treebank=file, column="xpos", tags="treebank")
    assert model.output["tags"].shape[-1] == 2


def test_options_that_make_another_shape_than_the_start_are_refused(universal):
    with pytest.raises(zoo.UserError, match=r"another shape than .*'units': 8"):
        zoo.create("blstm-tagger", init_from=universal, options=SIZE | {"units": 9})


@pytest.mark.slow
def test_a_treebank_of_one_column_alone_is_learned(tmp_path):
    file = tmp_path / "upos.conllu"
    text = Path(treebank(file, ("NOUN", "VERB", "ADJ"))).read_text()
    file.write_text(re.sub(r"\tX\d\t_\t0\troot\t", "\t_\t_\t0\t_\t", text))
    options = {"treebank": str(file), "epochs": 2, **SIZE, **TRAINING}
    card = zoo.train("blstm-tagger", tmp_path / "out", options=options)
    assert card.metrics["dev"]["accuracy"] > 0


@pytest.mark.slow
def test_a_treebank_that_changed_is_noticed(tmp_path, monkeypatch):
    file = Path(treebank(tmp_path / "own.conllu", ("NOUN", "VERB", "ADJ")))
    options = {"treebank": str(file), "epochs": 1, **SIZE, **TRAINING}
    out = tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr(loop, "fit", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            zoo.train("blstm-tagger", out, options=options)
    text = file.read_text()
    file.write_text(text.replace("NOUN", "ADJ"))
    with pytest.raises(zoo.UserError, match=r"own.conllu has changed since \S+ was trained on it"):
        zoo.train("blstm-tagger", out, resume=True)
    file.write_text(text)
    # A training of which nothing was kept blocks no other.
    card = zoo.train("blstm-tagger", out, options=options)
    assert zoo.evaluate(out, "dev") == card.metrics["dev"]
    zoo.export(out, tmp_path / "x.onnx")
    file.write_text(text.replace("NOUN", "ADJ"))
    for model, runtime in ((out, "keras"), (tmp_path / "x.onnx", "onnx")):
        with pytest.raises(zoo.UserError, match=f"SHA-256.* was {card.data['version']}. Put the"):
            zoo.evaluate(model, "dev", runtime=runtime)
    file.unlink()
    with pytest.raises(zoo.UserError, match=r"own.conllu cannot be read: No such file"):
        zoo.evaluate(out)
