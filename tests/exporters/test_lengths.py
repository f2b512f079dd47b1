"""Lengths that a model takes, that say nothing of it, and that are among its inputs."""

import time

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import zoo
from tests.exporters.witness import assert_same, normal
from zoo.exporters import axes
from zoo.inference.graph import TensorInfo


def after_the_first_step():
    x = keras.Input((None, 3))
    h = layers.LSTM(4, return_sequences=True)(x)
    return keras.Model(x, layers.GlobalAveragePooling1D()(h[:, 1:]))


def mean_of_differences():
    x = keras.Input((None, 3))
    return keras.Model(x, ops.mean(ops.diff(layers.GRU(4, return_sequences=True)(x), axis=1), 1))


def raw_sound():
    x = keras.Input((None, 3))
    h = x
    for kernel, strides in ((10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2)):
        h = layers.Conv1D(4, kernel, strides=strides, activation="relu")(h)
    return keras.Model(x, layers.GRU(4)(h))


def frames(width):
    x = keras.Input((None, 3))
    return keras.Model(x, layers.GRU(4)(layers.Reshape((-1, 3 * width))(x)))


class Positions(layers.Layer):
    def __init__(self, steps):
        super().__init__()
        self.table = layers.Embedding(steps, 3)

    def call(self, x):
        return x + self.table(ops.arange(ops.shape(x)[1]))


def at_most(steps):
    x = keras.Input((None, 3))
    return keras.Model(x, layers.LSTM(4)(Positions(steps)(x)))


CASES = {
    "empty after the first step": (after_the_first_step, 8),
    "mean of no differences": (mean_of_differences, 8),
    "shorter than a stack of convolutions": (raw_sound, 1000),
    "frames of 160": (lambda: frames(160), 480),
    "frames of 37": (lambda: frames(37), 111),
    "stacks of 5": (lambda: frames(5), 20),
    "at most 5": (lambda: at_most(5), 4),
    "at most 1": (lambda: at_most(1), 1),
}


@pytest.mark.parametrize("name", CASES)
def test_a_model_is_compared_at_lengths_that_it_takes(name, tmp_path):
    make, length = CASES[name]
    model = make()
    zoo.export(model, tmp_path / "m.onnx")
    assert_same(model, tmp_path / "m.onnx", normal(2, length, 3))


class Gathered(layers.Layer):
    """The step at a place counted from `first`."""

    def __init__(self, first):
        super().__init__()
        self.first = first

    def call(self, h, n):
        return tf.gather(h, tf.reshape(n, [-1]) - self.first, batch_dims=1)

    def compute_output_shape(self, h_shape, n_shape):
        return h_shape[0], h_shape[2]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("shape", [(), (1,)])
def test_an_integer_may_be_a_length_or_a_place(first, shape, tmp_path):
    x = keras.Input((None, 4), name="x")
    n = keras.Input(shape, dtype="int32", name="n")
    h = layers.LSTM(5, return_sequences=True)(x)
    model = keras.Model([x, n], Gathered(first)(h, n))
    zoo.export(model, tmp_path / "m.onnx")
    places = np.array([6, 3, 0], "int32").reshape(3, *shape) + first
    assert_same(model, tmp_path / "m.onnx", normal(3, 7, 4), places)


def test_many_inputs_of_one_length_are_found_in_time_that_grows_with_their_number(tmp_path):
    def model(number):
        inputs = [keras.Input((None, 1), name=f"x{k}") for k in range(number)]
        return keras.Model(inputs, layers.LSTM(4)(layers.Concatenate()(inputs)))

    start = time.perf_counter()
    report = zoo.export(model(24), tmp_path / "m.onnx")
    assert time.perf_counter() - start < 20
    assert {info.shape for info in report.inputs} == {("batch", "time", 1)}


@pytest.mark.parametrize("letters", ["a", "ab", "aa", "aab", "aabbc", "aaaabbbb", "abcabc"])
@pytest.mark.parametrize("says", [True, False])
def test_axes_of_one_letter_get_one_name(letters, says):
    if not says and letters == "aaaabbbb":
        pytest.skip("found only with the help of what the model says")
    infos = [TensorInfo(f"x{k}", "float32", ("batch", f"{k}_time")) for k in range(len(letters))]
    runs = []

    def refusal(sizes):
        runs.append(sizes)
        for letter in letters:
            lengths = [sizes[f"{k}_time"] for k, each in enumerate(letters) if each == letter]
            if len(set(lengths)) > 1:
                return f"shapes {sorted(set(lengths))[:2]} differ" if says else "no"
        return None

    found = [info.shape[1] for info in axes.merged(infos, 7, refusal)]
    first = [letters.index(letter) for letter in letters]
    alike = [found.index(name) for name in found]
    assert alike == first
    assert len(runs) <= 8 * len(letters)
