"""Two directions that differ, and activations that are called as Keras's own."""

import functools

import keras
import numpy as np
import pytest
from keras import layers

import zoo
from tests.exporters.witness import assert_same, called, in_onnxruntime, normal
from zoo.exporters import saved_model

OTHER = {
    "hard gates": {"recurrent_activation": "hard_sigmoid"},
    "linear": {"activation": "linear"},
    "relu": {"activation": "relu"},
    "hard gates, linear": {"recurrent_activation": "hard_sigmoid", "activation": "linear"},
    "units": {"units": 5},
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [layers.LSTM, layers.GRU])
@pytest.mark.parametrize("other", OTHER)
@pytest.mark.parametrize("turned", [False, True])
def test_two_directions_may_differ(kind, other, turned, tmp_path):
    ahead, behind = {"units": 3}, {"units": 3, **OTHER[other]}
    if turned:
        ahead, behind = behind, ahead
    x = keras.Input((None, 3))
    pair = layers.Bidirectional(kind(**ahead), backward_layer=kind(**behind, go_backwards=True))
    model = keras.Model(x, pair(x))
    report = zoo.export(model, tmp_path / "m.onnx")
    assert_same(model, tmp_path / "m.onnx", normal(2, 8, 3))
    assert report.outputs[0].shape[-1] == ahead["units"] + behind["units"]


def relu(x):
    return keras.activations.relu(x, max_value=0.5)


ACTIVATIONS = {
    "a function called relu": lambda: relu,
    "a partial": lambda: functools.partial(keras.activations.relu, max_value=0.5),
    "a layer": lambda: layers.LeakyReLU(0.2),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (layers.LSTM, "activation"),
        (layers.GRU, "recurrent_activation"),
        (zoo.layers.LSTM, "activation"),
    ],
)
def test_an_activation_is_what_it_does_and_not_what_it_is_called(name, role, kind, tmp_path):
    x = keras.Input((None, 3))
    model = keras.Model(x, kind(4, **{role: ACTIVATIONS[name]()})(x))
    with pytest.raises(zoo.UserError, match=r"of your own'.*loops=True"):
        zoo.export(model, tmp_path / "m.onnx")
    zoo.export(model, tmp_path / "m.onnx", loops=True)
    assert_same(model, tmp_path / "m.onnx", normal(2, 6, 3))


class Sampling(layers.Layer):
    def __init__(self):
        super().__init__()
        self.seed = keras.random.SeedGenerator(3)

    def call(self, mean):
        return mean + keras.random.normal(keras.ops.shape(mean), seed=self.seed)


def test_a_random_output_is_compared_by_its_shape_and_the_report_says_so(tmp_path):
    x = keras.Input((12, 3))
    mean = layers.Dense(2, name="mean")(layers.LSTM(4)(x))
    model = keras.Model(x, {"mean": mean, "drawn": Sampling()(mean)})
    report = zoo.export(model, tmp_path / "m", "saved_model")
    assert report.random == ["drawn"]
    given = normal(2, 12, 3)
    results = saved_model.load(tmp_path / "m")({report.inputs[0].name: given})
    np.testing.assert_allclose(results["mean"], model(given)["mean"], atol=1e-5)
    assert abs(results["drawn"] - results["mean"]).max() > 1e-3


@pytest.mark.parametrize("kind", [layers.LSTM, layers.GRU])
@pytest.mark.parametrize(("format", "width"), [("onnx", 1), ("onnx", 2), ("litert", 1)])
def test_the_last_state_of_a_stream_by_steps(kind, width, format, tmp_path):
    x = keras.Input((None, 3), name="x")
    h = kind(4, return_sequences=True, name="all")(x)
    last = layers.Dense(width, name="last")(kind(4)(h))
    model = keras.Model(x, [h, last])
    path = tmp_path / "m"
    report = zoo.export(model, path, format, stateful=True, steps=1 if format == "onnx" else None)
    assert max(report.output_errors.values()) < 1e-5
    if format == "litert":
        return
    given = normal(2, 5, 3)
    states = [normal(2, *info.shape[1:]) * 0 for info in report.inputs[1:]]
    for t in range(5):
        results = in_onnxruntime(path, given[:, t : t + 1], *states)
        states = results[2:]
        every, final = called(model, given[:, : t + 1])
        np.testing.assert_allclose(results[0][:, 0], every[:, -1], atol=1e-5)
        np.testing.assert_allclose(results[1], final, atol=1e-5)
