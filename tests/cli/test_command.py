"""The command: documents on standard output, messages on standard error, exit status."""

import hashlib
import inspect
import io
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.cli import show, terminal
from zoo.errors import Refusal
from zoo.hub.registry import verified
from zoo.recipes import pipeline as pipelines


def test_list_shows_recipes_and_models_with_their_cards(zoo_command):
    status, out, _ = zoo_command("list", "elman*", "--json")
    [row] = json.loads(out)
    assert status == 0
    assert row["name"] == "elman-xor"
    assert row["card"]["metrics"]["test"]["third_bit_accuracy"] >= 0.999
    assert "blstm-tagger-gum" in zoo_command("list")[1].replace("\n", "")


def test_info_shows_the_card_and_the_options(zoo_command):
    status, out, _ = zoo_command("info", "elman-xor", "--json")
    document = json.loads(out)
    assert status == 0
    assert document["card"]["recipe"] == "elman-xor"
    assert document["options"]["units"]["type"] == "int"
    assert zoo_command("info", "elman-xor")[0] == 0


def test_info_names_the_values_that_there_are(zoo_command):
    document = json.loads(zoo_command("info", "ntm-sort", "--json")[1])
    assert document["options"]["controller"]["type"] == "both | lstm | feedforward"
    assert document["settings"]["controller"]["type"] == "best | lstm | feedforward"


def test_info_shows_how_a_training_went(zoo_command, small_xor):
    status, out, _ = zoo_command("info", small_xor, "--epochs", "--json")
    [rows] = json.loads(out).values()
    assert status == 0
    assert [row["epoch"] for row in rows] == [0, 1]
    assert {"loss", "val_loss"} <= rows[0].keys()
    assert f"{rows[1]['val_loss']:g}" in zoo_command("info", small_xor, "--epochs")[1]
    assert "keeps no epochs" in zoo_command("info", "elman-xor", "--epochs")[2]


def test_epochs_with_many_metrics_are_shown_whole_in_a_narrow_terminal(zoo_command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = zoo_command("info", "ntm-copy", "--epochs")
    [rows] = json.loads(zoo_command("info", "ntm-copy", "--epochs", "--json")[1]).values()
    assert "…" not in out
    assert all(f" {name} " in out for name in rows[0])
    assert all(f" {value:g} " in out for row in rows for value in row.values())


def test_info_shows_how_the_training_of_a_shipped_model_went(zoo_command):
    [rows] = json.loads(zoo_command("info", "ntm-copy", "--epochs", "--json")[1]).values()
    _, card = verified("ntm-copy")
    assert len(rows) == card.epochs
    assert rows[-1]["ntm_lstm_wrong_bits"] < 0.01 < rows[0]["ntm_lstm_wrong_bits"]


def test_predict_reads_arguments_or_lines_of_standard_input(zoo_command):
    status, out, _ = zoo_command("predict", "elman-xor", "1010", "--json")
    [document] = json.loads(out)
    assert status == 0
    assert document["input"] == "1010"
    assert [bit for bit, _ in document["output"]] == list("1010")
    _, out, _ = zoo_command("predict", "elman-xor", stdin=b"10\n01\n")
    assert len(out.splitlines()) == 2


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_line_of_standard_input_ends_where_a_text_editor_ends_it(monkeypatch, end):
    text = f"\ufeffone{end}two\u2028still two\x0cand still{end}{end}"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert terminal.standard_input() == ["one", "two\u2028still two\x0cand still", ""]


@pytest.mark.parametrize(
    "command",
    [
        ("predict", "elman-xor", "1010"),
        ("predict", "elman-xor", "1010", "--runtime", "keras"),
        ("predict", "{directory}", "1010"),
        ("info", "elman-xor"),
        ("info", "{directory}"),
        ("evaluate", "elman-xor", "--split", "dev"),
        ("export", "elman-xor", "--out", "{out}"),
    ],
)
def test_a_command_reads_each_file_of_a_model_for_its_hash_once(
    zoo_command, small_xor, tmp_path, monkeypatch, command
):
    digest, hashed = hashlib.file_digest, []

    def counted(file, name):
        hashed.append(file.name)
        return digest(file, name)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    paths = {"directory": small_xor, "out": tmp_path / "xor.onnx"}
    assert zoo_command(*(each.format(**paths) for each in command))[0] == 0
    assert any(Path(file).name == "model.keras" for file in hashed)
    assert len(hashed) == len(set(hashed))


def test_evaluate_prints_one_document(zoo_command):
    status, out, _ = zoo_command("evaluate", "elman-xor", "--json")
    document = json.loads(out)
    assert status == 0
    assert document["name"] == "elman-xor"
    assert set(document["metrics"]) == {"dev", "test"}
    assert set(document["metrics"]["test"]) == {"accuracy", "third_bit_accuracy"}
    alone = json.loads(zoo_command("evaluate", "elman-xor", "--split", "dev", "--json")[1])
    assert alone["metrics"] == {"dev": document["metrics"]["dev"]}


def test_predict_takes_settings_and_prints_pieces_as_they_come(zoo_command):
    command = ("predict", "char-lm-shakespeare", "ROMEO:", "--set", "length=20", "--set", "seed=1")
    status, out, _ = zoo_command(*command)
    assert status == 0
    assert len(out) == len("ROMEO:") + 20 + 1
    assert out == zoo_command(*command)[1]
    [document] = json.loads(zoo_command(*command, "--json")[1])
    assert document["output"] == out[:-1]


def test_info_shows_the_settings_of_predict(zoo_command):
    assert "zoo predict char-lm" in zoo_command("info", "char-lm")[1]
    assert "temperature" in zoo_command("info", "char-lm-shakespeare")[1]


@pytest.mark.parametrize("format", ["onnx", "saved_model"])
def test_export_prints_its_report(zoo_command, small_xor, tmp_path, format):
    out_path = tmp_path / "exported"
    arguments = ("export", small_xor, "--out", out_path, "--format", format, "--json")
    status, out, _ = zoo_command(*arguments)
    report = json.loads(out)
    assert status == 0
    assert report["format"] == format
    assert report["operators"]["MatMul"] >= 1
    status, out, err = zoo_command(*arguments)
    assert (status, out) == (2, "")
    assert "exists" in err


def test_a_file_that_keras_saved_is_exported(zoo_command, tmp_path):
    import keras

    layers = [keras.Input((None, 2)), keras.layers.LSTM(3)]
    keras.Sequential(layers).save(tmp_path / "mine.keras")
    command = ("export", tmp_path / "mine.keras", "--out", tmp_path / "mine.onnx", "--json")
    status, out, _ = zoo_command(*command)
    assert status == 0
    assert json.loads(out)["operators"]["LSTM"] == 1
    (tmp_path / "broken.h5").write_text("no model")
    status, out, err = zoo_command("export", tmp_path / "broken.h5", "--out", tmp_path / "b.onnx")
    assert (status, out) == (2, "")
    assert "broken.h5 cannot be loaded" in " ".join(err.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("predict", "elman-xorr", "1"), "Nearest: elman-xor"),
        (("predict", "elman-xor", "102"), "takes a string of 0 and 1"),
        (("predict", "elman-xor", "\udcff"), "is not UTF-8"),
        (("predict", "elman-xor", "1", "--set", "length=3"), "got no such setting: length"),
        (("export", "blstm-tagger-gum", "--out", "x", "--stateful"), "reads from the end"),
        (("info", "nothing-like-it"), "Unknown model or recipe"),
        (("evaluate", "elman-xor", "--split", "tests"), "Nearest: test"),
        (("train", "elman-xo", "--out", "x"), "Unknown recipe 'elman-xo'. Nearest: elman-xor"),
        (("train", "elman-xor", "--out", "x", "--set", "epochs"), "--set takes key=value"),
        (("train", "elman-xor", "--out", "x", "--set", "epoch=3"), "no such option: epoch"),
        (("train", "elman-xor", "--out", "x", "--set", "epochs=many"), "valid integer"),
        (("train", "elman-xor", "--out", "x", "--set", "learning_rate=inf"), "a finite number"),
        (("train", "elman-xor", "--out", "x", "--set", f"seed={10**23}"), "below 4,294,967,296"),
        (("export", "elman-xor", "--out", "x", "--format", "onx"), "Nearest: onnx"),
        (("export", "elman-xor", "--out", "no/such/x"), "There is no folder no/such; make it"),
        (("export", "elman-xor", "--out", "."), "exists and is a folder; name"),
        (("export", "none.keras", "--out", "x"), "none.keras cannot be loaded"),
        (("no-such-command",), "No such command"),
        (("info", "./nope"), "There is no directory ./nope of a model, and no folder of a recipe"),
        (("predict", "elman-xor", "1", "--import", "nothing_such"), "nothing_such cannot be imp"),
        (("predict", "elman-xor", "1", "--import", "./cells"), "is no name of a module"),
    ],
)
def test_a_users_mistake_ends_with_status_2_a_message_and_no_trace(zoo_command, arguments, message):
    status, out, err = zoo_command(*arguments)
    assert (status, out) == (2, "")
    assert message in " ".join(err.split())
    assert "Traceback" not in err


@pytest.mark.parametrize("name", inspect.signature(zoo.train).parameters)
def test_set_reaches_no_argument_of_a_training(zoo_command, small_xor, tmp_path, name):
    out = tmp_path / "xor"
    shutil.copytree(small_xor, out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    status, printed, err = zoo_command(
        "train", "elman-xor", "--out", out, "--set", f"{name}=false", "--set", "epochs=1"
    )
    assert (status, printed) == (2, "")
    assert f"no such option: {name}." in " ".join(err.split())
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


ARGUMENTS = [
    parameter.name
    for function in (zoo.pipeline, pipelines.pipeline, pipelines.stream)
    for parameter in inspect.signature(function).parameters.values()
]


@pytest.mark.parametrize("model", ["elman-xor", "char-lm-shakespeare"])
@pytest.mark.parametrize("name", sorted({*ARGUMENTS, "self", "predictor", "text", "texts"}))
def test_set_reaches_no_argument_of_a_prediction(zoo_command, model, name):
    status, printed, err = zoo_command("predict", model, "1", "--set", f"{name}=x")
    assert (status, printed) == (2, "")
    assert f"no such setting: {name}." in " ".join(err.split())


def test_standard_input_in_another_encoding_is_a_users_mistake(zoo_command):
    status, _, err = zoo_command("predict", "elman-xor", stdin=b"\xff\xfe")
    assert status == 2
    assert "Standard input is not UTF-8" in err


def test_info_reads_like_a_card_with_an_example_and_how_to_go_on(zoo_command, small_xor):
    shown = " ".join(zoo_command("info", "blstm-tagger-gum")[1].split())
    assert "zoo predict blstm-tagger-gum 'The old man the boats.'" in shown
    assert "boats/NOUN" in shown
    assert "zoo train blstm-tagger --from blstm-tagger-gum --out DIR" in shown
    own = zoo_command("info", str(small_xor))[1]
    assert "epochs=2" in own
    assert "example" not in own


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (0.5, "0.5"),
        (3, "3"),
        (None, "null"),
        (True, "true"),
        (np.float32(0.5), "0.5"),
        (np.array([[1, 2], [3, 4]]), "1/2 3/4"),
        (("yes", np.float64(0.25)), "yes 0.25"),
        ({"a": np.arange(2), "b": None}, '{"a": [0, 1], "b": null}'),
        ([{"start": 1}], '[{"start": 1}]'),
        (Refusal("too long"), "too long"),
        ([("old", "ADJ"), ("man", "NOUN")], "old/ADJ man/NOUN"),
        (["a b", "c"], "a b\nc"),
        ([[[1]]], "[[[1]]]"),
    ],
)
def test_any_output_of_a_recipe_is_shown(output, text):
    assert show.line(output) == text
    json.dumps(show.serializable(output))
