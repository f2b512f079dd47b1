"""Exports: run elsewhere, compared, and kept only if right."""

import os
import subprocess
import sys

import keras
import numpy as np
import onnx
import pytest
import tensorflow as tf

import zoo
from zoo.exporter import ExportError, onnx_format
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
    from zoo.exporter import saved_model

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
    assert 0 <= report.max_abs_error <= report.tolerance
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

    monkeypatch.setattr("zoo.exporter.onnx_format.load", lambda _path: wrong)
    with pytest.raises(ExportError, match="was not written"):
        zoo.export(masked_blstm(), tmp_path / "m.onnx")
    assert not any(tmp_path.iterdir())


def test_a_conversion_that_breaks_off_leaves_no_file(tmp_path, monkeypatch):
    def breaks(_source, path, **_):
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("zoo.exporter.onnx_format.write", breaks)
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


def test_a_model_whose_inputs_are_not_known_says_so(tmp_path):
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(zoo.UserError, match=r"not known: it was never called.*inputs=\[keras.In"):
        zoo.export(Own(), tmp_path / "m.onnx")
    assert not any(tmp_path.iterdir())


def test_a_sequential_model_with_inputs_by_position_is_exported(tmp_path):
    model = keras.Sequential([keras.Input((None, 2), name="x"), Elman(3), keras.layers.Dense(1)])
    report = zoo.export(model, tmp_path / "m.onnx")
    assert [info.name for info in report.inputs] == ["x"]
    assert report.max_abs_error <= report.tolerance


def test_an_export_is_run_in_every_runtime_that_is_installed(exported):
    _, reports, _ = exported
    errors = reports["onnx"].errors
    assert set(errors) == {"onnx.reference", "openvino"}
    assert max(errors.values()) <= reports["onnx"].tolerance
    assert reports["saved_model"].errors == {}


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


@pytest.mark.parametrize("dtype", ["float64", "float16", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("kind", [LSTM, keras.layers.LSTM])
@pytest.mark.parametrize("format", ["onnx", "saved_model"])
def test_a_model_of_another_type_goes_out_in_float32_and_the_report_says_so(
    dtype, kind, format, tmp_path
):
    x = keras.Input((None, 2), name="x")
    layer = kind(3, dtype=dtype, recurrent_initializer="glorot_uniform")
    model = keras.Model(x, {"y": layer(x)})
    report = zoo.export(model, tmp_path / "m", format)
    assert report.types == [dtype.removeprefix("mixed_")]
    assert report.outputs[0].dtype == "float32"
    assert report.output_errors["y"] <= 1e-6
    assert report.rounding["y"] <= {"float64": 1e-6, "float16": 2e-3}.get(report.types[0], 2e-2)
    assert layer.compute_dtype == report.types[0], "the model is as it was"


def test_rounding_that_its_type_does_not_explain_is_an_error(tmp_path, monkeypatch):
    x = keras.Input((None, 2), name="x")
    model = keras.Model(x, LSTM(3, dtype="mixed_float16")(x))
    monkeypatch.setattr("zoo.exporter.precision.ROUNDINGS", 1e-4)
    with pytest.raises(ExportError, match="differs from the model in float16"):
        zoo.export(model, tmp_path / "m.onnx")
    assert not any(tmp_path.iterdir())


def test_a_path_that_cannot_be_written_is_named_before_anything_is_done(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    for path, message in (
        ("file/m.onnx", "no folder .*file; make it first"),
        ("missing/m.onnx", "no folder .*missing; make it first"),
        ("folder", "folder exists and is a folder; name another path"),
    ):
        with pytest.raises(zoo.UserError, match=message):
            zoo.export(masked_blstm(), tmp_path / path)
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder"}


def test_what_is_no_model_is_named(tmp_path):
    for given in (None, 3, keras.layers.LSTM(2)):
        with pytest.raises(zoo.UserError, match="An export takes a keras.Model, the name of"):
            zoo.export(given, tmp_path / "m.onnx")


class Subclassed(keras.Model):
    """A model that Keras learns the inputs of from its calls."""

    def __init__(self):
        super().__init__()
        self.embedding = keras.layers.Embedding(9, 4)
        self.lstm = keras.layers.LSTM(3, return_sequences=True)

    def call(self, inputs):
        return self.lstm(self.embedding(inputs["words"]) + inputs["marks"])


def test_a_subclassed_model_goes_out_with_the_shapes_it_was_called_with(tmp_path):
    model = Subclassed()
    model({"words": np.zeros((2, 5)), "marks": np.zeros((2, 5, 4))})
    report = zoo.export(model, tmp_path / "m.onnx")
    assert [info.shape for info in report.inputs] == [("batch", 5, 4), ("batch", 5)]
    assert report.operators["LSTM"] == 1


def test_a_subclassed_model_goes_out_with_the_inputs_that_are_given(tmp_path):
    inputs = {
        "words": keras.Input((None,), dtype="int32", name="words"),
        "marks": keras.InputSpec(shape=(None, None, 4), dtype="float32", name="marks"),
    }
    report = zoo.export(Subclassed(), tmp_path / "m.onnx", inputs=inputs)
    assert {info.name: (info.dtype, info.shape) for info in report.inputs} == {
        "words": ("int32", ("batch", "time")),
        "marks": ("float32", ("batch", "time", 4)),
    }
    with pytest.raises(zoo.UserError, match="cannot be called on inputs of shape"):
        zoo.export(Subclassed(), tmp_path / "n.onnx", inputs=keras.Input((3,)))


def test_an_operation_that_onnx_does_not_have_is_named_with_its_layer(tmp_path):
    class Odd(keras.layers.Layer):
        def call(self, x):
            return tf.raw_ops.Betainc(a=tf.abs(x), b=tf.abs(x), x=tf.sigmoid(x))

        def compute_output_shape(self, shape):
            return shape

    x = keras.Input((None, 2), name="x")
    inner = keras.Sequential([Odd(name="odd")], name="inner")
    model = keras.Model(x, inner(keras.layers.GRU(3, return_sequences=True)(x)))
    with pytest.raises(zoo.UserError, match=r"which has no Betainc of '.*odd'\. Write that part"):
        zoo.export(model, tmp_path / "m.onnx")
    assert not any(tmp_path.iterdir())


def test_free_axes_share_a_name_only_where_the_model_needs_them_equal(tmp_path):
    x, y, z = (keras.Input((None, 2), name=name) for name in "xyz")
    together = LSTM(3, return_sequences=True)(keras.layers.Add()([x, y]))
    halved = keras.layers.Conv1D(2, 3, strides=2, padding="same")(z)
    report = zoo.export(keras.Model([x, y, z], [together, halved]), tmp_path / "m.onnx")
    assert [info.shape[1] for info in report.inputs] == ["x_time", "x_time", "z_time"]
    assert [info.shape[1] for info in report.outputs] == ["x_time", "conv1d_1"]


def test_an_export_of_a_stateful_layer_begins_from_the_state_that_the_layer_is_in(tmp_path):
    layer = LSTM(3, stateful=True)
    x = keras.Input(batch_shape=(2, 5, 4), name="x")
    model = keras.Model(x, {"y": layer(x)})
    batch = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
    model(batch)
    before = [keras.ops.convert_to_numpy(part) for part in layer.carried]
    zoo.export(model, tmp_path / "m.onnx")
    for part, value in zip(layer.carried, before, strict=True):
        np.testing.assert_array_equal(part, value, err_msg="the model is as it was")
    run = onnx_format.load(tmp_path / "m.onnx")
    expected = run({"x": batch})["y"]
    np.testing.assert_allclose(run({"x": batch})["y"], expected, err_msg="each call begins there")
    np.testing.assert_allclose(model(batch)["y"], expected, atol=1e-6)


SEARCHING = {"hopfield-recall", "translator-multi30k-de-en"}
"""Models that go on until nothing changes, or until every sentence has ended."""


@pytest.mark.parametrize("name", zoo.list_models(pretrained=True))
def test_every_shipped_model_is_exported_to_onnx_by_name_and_loops_only_to_search(name, tmp_path):
    report = zoo.export(name, tmp_path / "model")
    assert report.max_abs_error <= report.tolerance
    assert ("Loop" in report.operators) == (name in SEARCHING)


@pytest.mark.parametrize("name", zoo.list_models(pretrained=True))
def test_every_shipped_model_is_exported_to_a_saved_model_by_name(name, tmp_path):
    report = zoo.export(name, tmp_path / "model", "saved_model")
    assert report.max_abs_error <= report.tolerance
