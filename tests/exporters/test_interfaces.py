"""Inputs and outputs: several arguments, names, types, texts, and what cannot go out."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import zoo
from tests.exporters.witness import assert_same, called, in_onnxruntime, normal
from zoo.exporters import saved_model


class Two(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = layers.LSTM(4, return_state=True)
        self.decoder = layers.LSTM(4, return_sequences=True)

    def build(self, source_shape, target_shape):
        self.encoder.build(source_shape)
        self.decoder.build(target_shape)
        self.built = True

    def call(self, source, target):
        _, h, c = self.encoder(source)
        return self.decoder(target, initial_state=[h, c])


FREE = keras.InputSpec(shape=(None, None, 3), dtype="float32")


@pytest.mark.parametrize(
    "inputs", [None, [FREE, FREE], {"source": FREE, "target": FREE}], ids=["own", "list", "names"]
)
def test_a_call_may_take_several_arguments(inputs, tmp_path):
    model, source, target = Two(), normal(2, 5, 3), normal(2, 4, 3)
    expected = np.asarray(model(source, target))
    zoo.export(model, tmp_path / "m.onnx", inputs=inputs)
    [found] = in_onnxruntime(tmp_path / "m.onnx", source, target)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_inputs_given_are_those_that_go_out(tmp_path):
    words = keras.Sequential([layers.Embedding(50, 8, mask_zero=True), layers.GRU(8)])
    words(np.ones((2, 7), "int32"))
    report = zoo.export(
        words, tmp_path / "words.onnx", inputs=keras.Input((None,), dtype="int32", name="words")
    )
    assert [(i.name, i.dtype, i.shape) for i in report.inputs] == [
        ("words", "int32", ("batch", "time"))
    ]
    assert_same(words, tmp_path / "words.onnx", np.array([[3, 4, 0], [9, 9, 9]], "int32"))
    x = keras.Input((20, 4))
    fixed = keras.Model(x, layers.LSTM(4)(x))
    report = zoo.export(fixed, tmp_path / "free.onnx", inputs=[keras.Input((None, 4))])
    assert [info.shape for info in report.inputs] == [("batch", "time", 4)]
    assert_same(fixed, tmp_path / "free.onnx", normal(2, 20, 4))
    with pytest.raises(zoo.UserError, match="cannot be called on inputs of shape"):
        zoo.export(fixed, tmp_path / "no.onnx", inputs=keras.Input((None, 5)))


@pytest.mark.parametrize("format", ["onnx", "saved_model", "litert"])
def test_an_output_may_be_called_as_an_input(format, tmp_path):
    signal = keras.Input((8, 3), name="signal")
    flat = layers.Flatten()(signal)
    again = layers.Reshape((8, 3))(layers.Dense(24)(flat))
    model = keras.Model({"signal": signal}, {"signal": again, "code": layers.Dense(2)(flat)})
    report = zoo.export(model, tmp_path / "m", format)
    name = "signal_1" if format == "onnx" else "signal"
    assert [info.name for info in report.outputs] == [name, "code"]
    if format == "saved_model":
        given = normal(2, 8, 3)
        found = saved_model.load(tmp_path / "m")({"signal": given})
        for key, array in model({"signal": given}).items():
            np.testing.assert_allclose(found[key], array, atol=1e-5)


def test_text_goes_out_as_a_saved_model_alone(tmp_path):
    x = keras.Input((None, 3))
    best = ops.argmax(layers.GRU(4, return_sequences=True)(x), -1)
    named = layers.StringLookup(vocabulary=list("ABCD"), num_oov_indices=0, invert=True)(best)
    model = keras.Model(x, named)
    report = zoo.export(model, tmp_path / "m", "saved_model")
    assert report.outputs[0].dtype == "string"
    given = normal(2, 5, 3)
    [found] = saved_model.load(tmp_path / "m")({report.inputs[0].name: given}).values()
    np.testing.assert_array_equal(found, np.asarray(model(given)))
    for format in ("onnx", "litert"):
        with pytest.raises(zoo.UserError, match="gives text as .* ends before them"):
            zoo.export(model, tmp_path / "n", format)


@pytest.mark.parametrize("format", ["onnx", "saved_model"])
def test_bfloat16_inputs_go_out_as_float32(format, tmp_path):
    x = keras.Input((None, 4), dtype="bfloat16", name="x")
    lstm = layers.LSTM(6, dtype="bfloat16", recurrent_initializer="glorot_uniform")
    model = keras.Model(x, lstm(x))
    report = zoo.export(model, tmp_path / "m", format)
    assert [info.dtype for info in (*report.inputs, *report.outputs)] == ["float32"] * 2
    if format == "onnx":
        given = normal(2, 5, 4)
        [found] = in_onnxruntime(tmp_path / "m", given)
        expected = ops.convert_to_numpy(ops.cast(model(given), "float32"))
        np.testing.assert_allclose(found, expected, atol=0.05)


def test_a_table_of_integers_is_named_as_what_onnx_lacks(tmp_path):
    numbers = keras.Input((None,), dtype="int64")
    known = layers.IntegerLookup(vocabulary=[10, 20, 30], name="known")(numbers)
    model = keras.Model(numbers, layers.GRU(4)(layers.Embedding(9, 4)(known)))
    with pytest.raises(zoo.UserError, match="looks up a table in IntegerLookup 'known'"):
        zoo.export(model, tmp_path / "m.onnx")
    behind = keras.Model(known, model.output)
    zoo.export(behind, tmp_path / "behind.onnx")
    assert_same(behind, tmp_path / "behind.onnx", np.array([[1, 2, 0]]))


def test_names_that_tensorflow_does_not_take_are_named(tmp_path):
    x = keras.Input((6, 4), name="température")
    model = keras.Model(x, layers.Dense(2)(layers.Flatten()(x)))
    zoo.export(model, tmp_path / "m.onnx")
    assert_same(model, tmp_path / "m.onnx", normal(2, 6, 4))
    for format in ("saved_model", "litert"):
        with pytest.raises(zoo.UserError, match="no input called 'température'"):
            zoo.export(model, tmp_path / "m", format)
    for name in ("sortie_é", "my layer"):
        with pytest.raises(zoo.UserError, match=f"a layer called '{name}'"):
            zoo.export(keras.Model(x, layers.Dense(2, name=name)(x)), tmp_path / "n.onnx")


def inside(layer):
    """The same layer in two nested models, which call it alike."""

    def block():
        x = keras.Input((None, 4))
        return keras.Model(x, layer(4, return_sequences=True, name="same")(x))

    x = keras.Input((None, 4))
    return keras.Model(x, block()(block()(x)))


class Twice(layers.Layer):
    """Not registered."""

    def call(self, x):
        return x * 2


def after(layer):
    x = keras.Input((None, 4))
    return keras.Model(x, layers.LSTM(4, return_sequences=True)(layer(x)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: inside(layers.LSTM),
        lambda: inside(layers.GRU),
        lambda: after(Twice()),
        lambda: after(layers.Lambda(lambda t: ops.tanh(t))),
    ],
    ids=["LSTM twice", "GRU twice", "unregistered", "Lambda"],
)
def test_a_stream_is_made_of_the_live_layers(make, tmp_path):
    model, given = make(), normal(2, 5, 4)
    report = zoo.export(model, tmp_path / "m.onnx", stateful=True)
    states = [np.zeros((2, *info.shape[1:]), "float32") for info in report.inputs[1:]]
    first = in_onnxruntime(tmp_path / "m.onnx", given[:, :2], *states)
    second = in_onnxruntime(tmp_path / "m.onnx", given[:, 2:], *first[1:])
    [expected] = called(model, given)
    np.testing.assert_allclose(np.concatenate([first[0], second[0]], 1), expected, atol=1e-5)
    np.testing.assert_allclose(zoo.layers.from_keras(model)(given), expected, atol=1e-5)


class Around(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.LSTM(4, return_sequences=True, name="inner")

    def build(self, shape):
        self.inner.build(shape)

    def call(self, x):
        return x + self.inner(x)


def pooled():
    x = keras.Input((None, 4))
    h = layers.LSTM(4, return_sequences=True)(x)
    return keras.Model(x, layers.GlobalAveragePooling1D()(h))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: after(Around()), "The states of '.*inner' .*of LSTMCell"),
        (pooled, "does not give block by block what it gives for whole"),
        (lambda: after(layers.Conv1D(4, 3, padding="causal")), "does not give block by block"),
    ],
    ids=["own layer", "pooling", "convolution"],
)
def test_what_no_stream_can_be_made_of_says_why(make, message, tmp_path):
    with pytest.raises(zoo.UserError, match=message):
        zoo.export(make(), tmp_path / "m.onnx", stateful=True)


@pytest.mark.parametrize(("unroll", "message"), [(False, "unroll=True"), (True, None)])
def test_a_fixed_length_converts_to_litert_where_it_is_unrolled(unroll, message, tmp_path):
    x = keras.Input((6, 4))
    model = keras.Model(x, layers.LSTM(3, unroll=unroll)(x))
    if message is None:
        zoo.export(model, tmp_path / "m.tflite", "litert")
        return
    with pytest.raises(zoo.UserError, match=message):
        zoo.export(model, tmp_path / "m.tflite", "litert")


def test_an_operator_that_litert_lacks_is_named(tmp_path):
    x = keras.Input((6, 4))
    model = keras.Model(x, ops.argmax(layers.Flatten()(x), -1))
    with pytest.raises(zoo.UserError, match="they have no BitwiseAnd"):
        zoo.export(model, tmp_path / "m.tflite", "litert")
