"""An exported file beside the Keras object itself, whatever our own verifier says."""

import keras
import numpy as np
import onnxruntime


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def in_onnxruntime(path, *arrays):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    return session.run(None, dict(zip(names, arrays, strict=True)))


def called(model, *arrays):
    """What calling the model itself gives, as a list of arrays."""
    given = arrays[0] if len(arrays) == 1 else list(arrays)
    return [np.asarray(each) for each in keras.tree.flatten(model(given, training=False))]


def assert_same(model, path, *arrays):
    for found, expected in zip(in_onnxruntime(path, *arrays), called(model, *arrays), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
