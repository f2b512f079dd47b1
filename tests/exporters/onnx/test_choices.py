"""`ops.where` goes out as a choice, in which what is not chosen counts for nothing."""

import keras
import numpy as np
import onnxruntime
import pytest
from keras import ops

import zoo

TIME, FEATURES = 6, 3


class Reciprocal(keras.layers.Layer):
    """1 / x where x is positive, else 0."""

    def call(self, x):
        return ops.where(x > 0, 1 / x, 0.0)


class BothOrOther(keras.layers.Layer):
    """A choice between truth values, made numbers."""

    def call(self, x):
        return ops.cast(ops.where(x > 1, x > 2, x > 0), "float32")


class Counted(keras.layers.Layer):
    """A choice between integers, made numbers."""

    def call(self, x):
        return ops.cast(ops.where(x > 0, ops.cast(x, "int32"), -1), "float32")


def exported(model, path, *arrays):
    """What ONNX Runtime gives of the exported model."""
    zoo.export(model, path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    [output] = session.run(None, dict(zip(names, arrays, strict=True)))
    return output


def values():
    x = np.random.default_rng(0).normal(size=(2, TIME, FEATURES)).astype("float32") * 2
    x[0, 2] = 0
    return x


@pytest.mark.parametrize("layer", [Reciprocal, BothOrOther, Counted])
def test_what_is_not_chosen_may_be_infinite_and_choices_may_be_of_any_type(layer, tmp_path):
    given = keras.Input((None, FEATURES))
    model = keras.Model(given, keras.layers.LSTM(4)(layer()(given)))
    ours = exported(model, tmp_path / "m.onnx", values())
    np.testing.assert_allclose(ours, model(values()), atol=1e-5)


@pytest.mark.parametrize("kind", [keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN])
def test_padding_may_hold_what_is_no_number(kind, tmp_path):
    given, mask = keras.Input((None, FEATURES)), keras.Input((None,), dtype="bool")
    model = keras.Model([given, mask], kind(4)(given, mask=mask))
    x, kept = values(), np.ones((2, TIME), bool)
    kept[0, 1:3] = kept[1, 4:] = False
    expected = np.asarray(model([x, kept]))
    x[~kept] = np.nan
    np.testing.assert_allclose(exported(model, tmp_path / "m.onnx", x, kept), expected, atol=1e-5)
