"""Operators that tf2onnx has no word for go out as others that compute the same."""

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from keras import layers, ops

import zoo

TIME, FEATURES = 5, 4


def gelu(x):
    return keras.activations.gelu(x)


def near_zero(x):
    return ops.expm1(x), ops.log1p(ops.abs(x)), ops.celu(x)


def places(x):
    return ops.argmax(x, axis=-1), ops.argmin(x, axis=1), ops.argmax(x, axis=1, keepdims=True)


def signs(x):
    return ops.signbit(x)


def buckets(x):
    return layers.Discretization(bin_boundaries=[-0.5, 0.0, 0.5])(x)


def products(x):
    """Of positive and negative numbers, in both directions, and of some with a zero among them."""
    return (
        ops.cumprod(x, axis=1),
        tf.math.cumprod(x - 2, axis=2, exclusive=True),
        tf.math.cumprod(x, axis=-1, reverse=True),
    )


def updated(x):
    """Within the tensor, and at a start from which the slice would reach beyond its end."""
    new = ops.ones((1, 2, 2))
    return ops.slice_update(x, (0, 1, 2), new), ops.slice_update(x, (0, 4, 3), new)


def spectra(x):
    """Of as many values as there are, of fewer, and of more, with zeros behind them."""
    return ops.rfft(x), ops.rfft(x, 3), ops.rfft(x, 6)


def magnitudes(x):
    return tf.abs(tf.signal.rfft(x))


def exported(function, path):
    given = keras.Input((None, FEATURES))
    found = layers.Lambda(function)(given)
    model = keras.Model(given, found)
    report = zoo.export(model, path)
    return model, report


@pytest.mark.parametrize(
    "function", [gelu, near_zero, places, signs, buckets, products, updated, spectra, magnitudes]
)
def test_what_has_no_operator_is_put_together_from_others(function, tmp_path):
    model, report = exported(function, tmp_path / "m.onnx")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, TIME, FEATURES)).astype("float32")
    x[0, :3] = [[0.0, -0.0, 0.0, -1e-30], [-0.0, -0.0, 0.0, 0.0], [0.5, -0.5, 1e-4, -1e-4]]
    session = onnxruntime.InferenceSession(str(tmp_path / "m.onnx"))
    ours = session.run(None, {session.get_inputs()[0].name: x})
    expected = keras.tree.flatten(model(x))
    assert len(ours) == len(expected)
    for found, wanted in zip(ours, expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert report.errors["onnx.reference"] < 1e-5


def test_bits_that_are_read_otherwise_are_refused_by_name(tmp_path):
    given = keras.Input((None, FEATURES))
    bits = layers.Lambda(lambda x: tf.bitcast(x, tf.int32), name="bits")(given)
    with pytest.raises(zoo.UserError, match="has no Bitcast of 'bits'"):
        zoo.export(keras.Model(given, bits), tmp_path / "m.onnx")
