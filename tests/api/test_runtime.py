"""Exported models from raw input to raw output, without TensorFlow."""

import json
import subprocess
import sys

import keras
import pytest

import zoo
from zoo.api import runtime


@pytest.fixture(scope="module")
def xor(tmp_path_factory):
    path = tmp_path_factory.mktemp("runtime") / "xor.onnx"
    zoo.export("elman-xor", path)
    return path


def test_an_exported_model_predicts_what_the_model_does(xor):
    ours, theirs = runtime.pipeline(xor), zoo.pipeline("elman-xor")
    for text in ("101000011", ""):
        assert [bit for bit, _ in ours(text)] == [bit for bit, _ in theirs(text)]
        assert [p for _, p in ours(text)] == pytest.approx([p for _, p in theirs(text)], abs=1e-5)
    assert ours(["101", "000"]) == [ours("101"), ours("000")]


def test_the_file_says_what_it_is(xor):
    import onnx

    metadata = {entry.key: entry.value for entry in onnx.load(xor).metadata_props}
    assert metadata["name"] == "elman-xor"
    assert metadata["licence"] == "Apache-2.0"
    assert json.loads(metadata["metrics"])["test"]["third_bit_accuracy"] == 1.0
    assert "Elman" in json.loads(metadata["sources"])[0]


def test_importing_the_runtime_imports_neither_keras_nor_tensorflow(xor):
    code = (
        "import sys; from zoo import runtime; runtime.pipeline(sys.argv[1])('101');"
        "print({'keras', 'tensorflow', 'onnx'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(xor)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_the_command_predicts_with_an_exported_file(xor):
    command = [sys.executable, "-m", "zoo", "predict", str(xor), "101", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    [answer] = json.loads(done.stdout)
    assert [bit for bit, _ in answer["output"]] == ["1", "0", "1"]


def test_a_file_that_is_no_model_is_named(tmp_path):
    (tmp_path / "no.onnx").write_text("no model")
    for path in (tmp_path / "no.onnx", tmp_path / "nowhere.onnx"):
        with pytest.raises(zoo.UserError, match=r"no\w*.onnx is no ONNX model that can be read"):
            runtime.pipeline(path)


def test_a_file_without_a_recipe_is_named(tmp_path):
    model = keras.Sequential([keras.Input((None, 2)), zoo.layers.Elman(2)])
    zoo.export(model, tmp_path / "m.onnx")
    with pytest.raises(zoo.UserError, match="does not say which recipe it is of"):
        runtime.pipeline(tmp_path / "m.onnx")


def test_an_unknown_setting_names_those_there_are(xor):
    with pytest.raises(
        zoo.UserError, match=r"no such setting: length. Accepted, with type and default: none"
    ):
        runtime.pipeline(xor, length=3)
