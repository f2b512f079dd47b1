"""What can be exported: models of any kind and type, and what is said of what cannot."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from tests.exporters.test_export import masked_blstm
from zoo.exporters import ExportError, runtimes, saved_model
from zoo.exporters.onnx import onnx_format
from zoo.layers import LSTM


def test_a_model_whose_inputs_are_not_known_says_so(tmp_path):
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(zoo.UserError, match=r"not known: it was never called.*inputs=\[keras.In"):
        zoo.export(Own(), tmp_path / "m.onnx")
    assert not any(tmp_path.iterdir())


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
    monkeypatch.setattr("zoo.exporters.precision.ROUNDINGS", 1e-4)
    with pytest.raises(ExportError, match="differs from the model in float16"):
        zoo.export(model, tmp_path / "m.onnx")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("reader", ["TextVectorization", "StringLookup"])
def test_a_model_that_takes_text_goes_out_as_a_saved_model_and_elsewhere_from_its_numbers_on(
    reader, tmp_path
):
    read = getattr(keras.layers, reader)(vocabulary=["the", "dog", "runs"])
    text = keras.Input((1,), dtype="string", name="text")
    numbers = read(text)
    model = keras.Model(text, keras.layers.LSTM(3)(keras.layers.Embedding(6, 2)(numbers)))
    report = zoo.export(model, tmp_path / "whole", "saved_model")
    assert report.inputs[0].dtype == "string"
    for format in ("onnx", "litert"):
        with pytest.raises(zoo.UserError, match=r"takes text as 'text'.*begins behind them"):
            zoo.export(model, tmp_path / "m", format)
    zoo.export(keras.Model(numbers, model.output), tmp_path / "behind.onnx")


@pytest.mark.parametrize("format", ["onnx", "saved_model"])
def test_a_layer_that_asks_for_a_size_while_it_is_traced_is_named(format, tmp_path):
    def model(time):
        symbols = keras.Input((time,), dtype="int32")
        encoded = keras.layers.CategoryEncoding(6, output_mode="one_hot")(symbols)
        return keras.Model(symbols, LSTM(3)(encoded))

    with pytest.raises(zoo.UserError, match=r"any size: Exception .*CategoryEncoding\.call"):
        zoo.export(model(None), tmp_path / "m", format)
    assert not any(tmp_path.iterdir())
    zoo.export(model(5), tmp_path / "m", format)


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


def test_an_input_that_a_saved_model_cannot_name_is_refused(tmp_path):
    x = keras.Input((None, 2), name="my input")
    with pytest.raises(zoo.UserError, match="has no input called 'my input'.* as onnx"):
        zoo.export(keras.Model(x, LSTM(3)(x)), tmp_path / "m", "saved_model")
    assert not any(tmp_path.iterdir())


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


class ScaledSequence(keras.Sequential):
    """A `Sequential` that does more than its layers."""

    def call(self, inputs, training=None, mask=None):
        return 100 * super().call(inputs, training=training, mask=mask)


class TwoOutputs(keras.Model):
    """A functional model that gives other outputs than its graph of layers."""

    def call(self, inputs, training=None, mask=None):
        states = super().call(inputs, training=training, mask=mask)
        return {"states": 3 * states, "mean": keras.ops.mean(states, axis=1)}


class Halved(keras.Model):
    """A functional model that looks at its inputs before Keras does."""

    def __call__(self, inputs, **options):
        return super().__call__(inputs / 2, **options)


def sequence_model(kind):
    parts = [keras.Input((6, 4)), keras.layers.LSTM(5, return_sequences=True)]
    return kind(parts) if issubclass(kind, keras.Sequential) else kind(parts[0], parts[1](parts[0]))


def with_a_method_of_its_own():
    model = sequence_model(keras.Model)
    call = model.call
    model.call = lambda inputs, training=None, mask=None: -call(inputs, training=training)
    return model


def with_states():
    """Whose last layer gives several tensors."""
    return keras.Sequential([keras.Input((6, 4)), keras.layers.LSTM(5, return_state=True)])


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: sequence_model(ScaledSequence), ["lstm"]),
        (lambda: sequence_model(TwoOutputs), ["states", "mean"]),
        (lambda: sequence_model(Halved), ["lstm"]),
        (with_a_method_of_its_own, ["lstm"]),
        (with_states, ["lstm", "lstm_1", "lstm_2"]),
    ],
    ids=["sequential", "functional", "__call__", "method", "states"],
)
@pytest.mark.parametrize("format", ["onnx", "saved_model"])
def test_what_goes_out_is_what_calling_the_users_own_object_gives(make, names, format, tmp_path):
    keras.backend.clear_session()
    model = make()
    x = np.random.default_rng(0).normal(size=(2, 6, 4)).astype("float32")
    report = zoo.export(model, tmp_path / "m", format)
    load = {"onnx": runtimes.onnxruntime, "saved_model": saved_model.load}[format]
    results = load(tmp_path / "m")({report.inputs[0].name: x})
    assert [info.name for info in report.outputs] == names
    assert sorted(results) == sorted(names)
    expected = model(x, training=False)
    if not isinstance(expected, dict):
        expected = dict(zip(names, keras.tree.flatten(expected), strict=True))
    for name in names:
        np.testing.assert_allclose(results[name], expected[name], rtol=1e-5, atol=1e-5)


def test_a_stream_goes_through_the_users_own_call(tmp_path):
    model = ScaledSequence([keras.Input((None, 4)), keras.layers.LSTM(5)])
    report = zoo.export(model, tmp_path / "m.onnx", stateful=True)
    batch = {info.name: np.zeros((2, *info.shape[1:]), "float32") for info in report.inputs[1:]}
    x = np.random.default_rng(0).normal(size=(2, 6, 4)).astype("float32")
    results = runtimes.onnxruntime(tmp_path / "m.onnx")({report.inputs[0].name: x, **batch})
    np.testing.assert_allclose(results[report.outputs[0].name], model(x), rtol=1e-5, atol=1e-5)


def test_an_own_call_that_needs_numbers_is_refused_with_its_reason(tmp_path):
    class Asking(keras.Sequential):
        def call(self, inputs, training=None, mask=None):
            return super().call(inputs) if float(inputs[0, 0, 0]) > 0 else inputs

    with pytest.raises(zoo.UserError, match="has a call of its own, which fails on inputs"):
        zoo.export(sequence_model(Asking), tmp_path / "m.onnx")


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
    halved = keras.layers.Conv1D(2, 3, strides=2, padding="same", name="halved")(z)
    report = zoo.export(keras.Model([x, y, z], [together, halved]), tmp_path / "m.onnx")
    assert [info.shape[1] for info in report.inputs] == ["x_time", "x_time", "z_time"]
    assert [info.shape[1] for info in report.outputs] == ["x_time", "halved_1"]


def test_an_export_of_a_stateful_layer_begins_from_the_state_that_the_layer_is_in(tmp_path):
    layer = LSTM(3, stateful=True)
    x = keras.Input(batch_shape=(2, 5, 4), name="x")
    model = keras.Model(x, {"y": layer(x)})
    batch = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
    model(batch)
    before = [keras.ops.convert_to_numpy(part) for part in layer.state_variables]
    zoo.export(model, tmp_path / "m.onnx")
    for part, value in zip(layer.state_variables, before, strict=True):
        np.testing.assert_array_equal(part, value, err_msg="the model is as it was")
    run = onnx_format.load(tmp_path / "m.onnx")
    expected = run({"x": batch})["y"]
    np.testing.assert_allclose(run({"x": batch})["y"], expected, err_msg="each call begins there")
    np.testing.assert_allclose(model(batch)["y"], expected, atol=1e-6)
