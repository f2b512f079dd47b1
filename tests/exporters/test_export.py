"""Exports: run elsewhere, compared, and kept only if right."""

import os
import subprocess
import sys

import keras
import numpy as np
import onnx
import pytest

import zoo
from zoo import recipes
from zoo.exporters import ExportError, saved_model
from zoo.exporters.onnx import onnx_format
from zoo.hub import model_directory
from zoo.hub.registry import examples
from zoo.layers import LSTM, Bidirectional, Elman


def masked_blstm() -> keras.Model:
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    states = keras.layers.Embedding(10, 4)(tokens)
    lstm = Bidirectional(LSTM(5, return_sequences=True))
    states = lstm(states, mask=keras.ops.not_equal(tokens, 0))
    return keras.Model(tokens, {"states": states, "last": Elman(3)(states)})


BATCHES = {
    "padded": np.array([[1, 2, 3, 0], [4, 0, 0, 0], [5, 6, 7, 8]], "int32"),
    "one step": np.array([[3]], "int32"),
    "longer than the export saw": np.random.default_rng(0).integers(1, 10, (2, 40)).astype("int32"),
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model, folder = masked_blstm(), tmp_path_factory.mktemp("export")
    formats = ("onnx", "saved_model")
    return model, {name: zoo.export(model, folder / name, name) for name in formats}, folder


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("format", ["onnx", "saved_model"])
def test_an_export_equals_the_model_on_every_length(exported, format, batch):
    model, _, folder = exported
    load = {"onnx": onnx_format.load, "saved_model": saved_model.load}[format]
    found = load(folder / format)({"tokens": BATCHES[batch]})
    expected = model(BATCHES[batch])
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-5)


def test_the_report_names_files_inputs_outputs_and_free_axes(exported):
    _, reports, folder = exported
    report = reports["onnx"]
    assert report.files == [str(folder / "onnx")]
    assert report.bytes == (folder / "onnx").stat().st_size
    assert [(i.name, i.dtype, i.shape) for i in report.inputs] == [
        ("tokens", "int32", ("batch", "time"))
    ]
    assert {o.name: o.shape for o in report.outputs} == {
        "states": ("batch", "time", 10),
        "last": ("batch", 3),
    }
    assert set(report.output_errors) == set(report.tolerances) == {"states", "last"}
    assert 0 < report.max_abs_error <= report.tolerance < 1e-4
    assert any(path.endswith("saved_model.pb") for path in reports["saved_model"].files)


def test_operators_are_counted_in_subgraphs_too(exported):
    _, reports, folder = exported
    counts = reports["onnx"].operators

    def every(graph):
        for node in graph.node:
            yield node
            for attribute in node.attribute:
                if attribute.type == onnx.AttributeProto.GRAPH:
                    yield from every(attribute.g)

    nodes = [node.op_type for node in every(onnx.load(folder / "onnx").graph)]
    assert counts == {op: nodes.count(op) for op in set(nodes)}


def test_an_export_over_tolerance_fails_and_leaves_no_file(tmp_path, monkeypatch):
    def wrong(batch):
        return {"states": np.full((*batch["tokens"].shape, 10), 2.0), "last": np.zeros((2, 3))}

    monkeypatch.setattr("zoo.exporters.onnx.onnx_format.load", lambda _path: wrong)
    with pytest.raises(ExportError, match="was not written"):
        zoo.export(masked_blstm(), tmp_path / "m.onnx")
    assert not any(tmp_path.iterdir())


def test_a_conversion_that_breaks_off_leaves_no_file(tmp_path, monkeypatch):
    def breaks(_source, path, **_):
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("zoo.exporters.onnx.onnx_format.write", breaks)
    with pytest.raises(zoo.UserError, match="cannot be written: No space left on device"):
        zoo.export(masked_blstm(), tmp_path / "m.onnx")
    assert not any(tmp_path.iterdir())


def test_a_path_that_exists_is_kept(tmp_path):
    (tmp_path / "m.onnx").write_text("mine")
    with pytest.raises(zoo.UserError, match="exists; name another path"):
        zoo.export(masked_blstm(), tmp_path / "m.onnx")
    assert (tmp_path / "m.onnx").read_text() == "mine"


def test_an_unknown_format_names_the_known_ones(tmp_path):
    with pytest.raises(zoo.UserError, match="Unknown format 'tflite'.*onnx, saved_model"):
        zoo.export(masked_blstm(), tmp_path / "m", format="tflite")


def test_a_sequential_model_with_inputs_by_position_is_exported(tmp_path):
    model = keras.Sequential([keras.Input((None, 2), name="x"), Elman(3), keras.layers.Dense(1)])
    report = zoo.export(model, tmp_path / "m.onnx")
    assert [info.name for info in report.inputs] == ["x"]


def test_an_export_is_run_in_every_runtime_that_is_installed(exported):
    _, reports, _ = exported
    errors = reports["onnx"].errors
    assert set(errors) == {"onnx.reference", "openvino"}
    assert max(errors.values()) <= reports["onnx"].tolerance
    assert reports["saved_model"].errors == {}


@pytest.mark.slow
def test_the_same_model_gives_the_same_bytes_in_every_process(tmp_path):
    code = """
import sys, keras, zoo
keras.utils.set_random_seed(0)
x = keras.Input((None,), dtype="int32", name="x")
e = keras.layers.Embedding(9, 4, mask_zero=True)(x)
h = zoo.layers.Bidirectional(zoo.layers.GRU(3, return_sequences=True))(e)
zoo.export(keras.Model(x, zoo.layers.LSTM(3)(h)), sys.argv[1])
"""
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        path = str(tmp_path / f"{seed}.onnx")
        subprocess.run([sys.executable, "-c", code, path], check=True, env=environment)
    assert (tmp_path / "1.onnx").read_bytes() == (tmp_path / "2.onnx").read_bytes()


def test_a_saved_model_is_served_by_plain_tensorflow(exported, tmp_path):
    model, _, folder = exported
    code = """
import sys, numpy as np, tensorflow as tf
serve = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
outputs = serve(tokens=tf.constant([[1, 2, 3, 0], [4, 0, 0, 0], [5, 6, 7, 8]]))
assert "zoo" not in sys.modules
np.savez(sys.argv[2], **{name: tensor.numpy() for name, tensor in outputs.items()})
"""
    found = tmp_path / "found.npz"
    arguments = [sys.executable, "-c", code, str(folder / "saved_model"), str(found)]
    subprocess.run(arguments, check=True, cwd=tmp_path)
    expected = model(BATCHES["padded"])
    for name, array in np.load(found).items():
        np.testing.assert_allclose(array, expected[name], atol=1e-5)


@pytest.mark.parametrize(
    ("how", "largest", "error"),
    [({"dtype": "float16"}, 0.6, 2e-3), ({"quantize": "int8"}, 0.45, 5e-2)],
)
def test_a_smaller_file_says_how_far_off_it_is(how, largest, error, tmp_path):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((None, 64), name="x"), LSTM(64), keras.layers.Dense(9)])
    whole = zoo.export(model, tmp_path / "whole.onnx")
    small = zoo.export(model, tmp_path / "small.onnx", **how)
    assert small.bytes < largest * whole.bytes
    assert whole.max_abs_error < small.max_abs_error < error
    assert small.tolerance is None


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"dtype": "bfloat16"}, "Unknown dtype 'bfloat16'.*float32, float16"),
        ({"quantize": "int4"}, "Unknown quantization 'int4'.*int8"),
        ({"quantize": "int8", "dtype": "float16"}, "int8 and float16 for onnx; .*one of them"),
        ({"quantize": "int8", "format": "saved_model"}, "int8 for saved_model; .*onnx alone"),
    ],
)
def test_ways_to_make_a_file_smaller_that_do_not_fit_are_named(how, message, tmp_path):
    with pytest.raises(zoo.UserError, match=message):
        zoo.export(masked_blstm(), tmp_path / "m", **how)


SEARCHING = {
    "captioner-flickr8k",
    "hopfield-recall",
    "translator-multi30k-de-en",
    "translator-multi30k-en-de",
    "translator-multi30k-en-fr",
}
"""Models that go on until nothing changes, or until every sentence has ended."""


def assert_gives_what_the_model_gives(run, name):
    """On the recipe's own examples, by another way than the export's verification."""
    card, trained = model_directory.load(name)
    recipe = recipes.get(card.recipe)
    batch = recipe.processing.batch(trained, examples(name))
    expected = trained.run(batch)
    found = run(batch)
    assert found.keys() == expected.keys()
    for output, array in expected.items():
        # Relative too: the nats of an image are hundreds.
        np.testing.assert_allclose(found[output], array, rtol=1e-5, atol=1e-4, err_msg=output)


WITHOUT_OPERATOR = {
    "draw-mnist",
    "jordan-serial",
    "ntm-copy",
    "ntm-ngrams",
    "ntm-recall",
    "ntm-repeat-copy",
    "ntm-sort",
    "seq-mnist",
    "seq-mnist-permuted",
}
"""Models with a layer that ONNX has no operator for."""


@pytest.mark.slow
@pytest.mark.parametrize("name", zoo.list_models(pretrained=True))
def test_every_shipped_model_is_exported_to_onnx_and_loops_to_search_or_for_want_of_an_operator(
    name, tmp_path
):
    loops = name in WITHOUT_OPERATOR
    report = zoo.export(name, tmp_path / "model", loops=loops)
    assert ("Loop" in report.operators) == (loops or name in SEARCHING)
    assert_gives_what_the_model_gives(onnx_format.load(tmp_path / "model"), name)


@pytest.mark.parametrize("name", zoo.list_models(pretrained=True))
@pytest.mark.slow
def test_every_shipped_model_is_exported_to_a_saved_model_by_name(name, tmp_path):
    zoo.export(name, tmp_path / "model", "saved_model")
    assert_gives_what_the_model_gives(saved_model.load(tmp_path / "model"), name)
