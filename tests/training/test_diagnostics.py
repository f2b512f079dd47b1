"""The gradient-flow diagnostic against a gradient worked by hand."""

import keras
import numpy as np
import pytest

from zoo.layers import LSTM, Elman
from zoo.training import diagnostics

TIME, UNITS = 30, 4
X = np.random.default_rng(0).normal(size=(3, TIME, 2)).astype("float32")
Y = np.random.default_rng(1).normal(size=(3, UNITS)).astype("float32")


def compiled(layer):
    model = keras.Sequential([keras.Input((TIME, 2)), layer])
    model.compile(loss="mse")
    return model


def test_norms_of_a_linear_network_equal_the_powers_of_its_recurrent_kernel():
    layer = Elman(UNITS, activation="linear", name="elman")
    model = compiled(layer)
    norms = diagnostics.gradient_flow(model, (X, Y))["elman"]
    gradient = 2 * (np.array(model(X)) - Y) / Y.size
    expected = []
    for _ in range(TIME):
        expected.insert(0, np.sqrt(np.mean(np.sum(gradient**2, axis=-1))))
        gradient = gradient @ np.array(layer.recurrent_kernel).T
    np.testing.assert_allclose(norms, expected, rtol=1e-4)


@pytest.mark.parametrize("scale", [0.5, 1.5])
def test_a_vanilla_networks_gradient_vanishes_or_explodes_with_the_norm_of_u(scale):
    recurrent = keras.initializers.Orthogonal(gain=scale)
    layer = Elman(UNITS, activation="linear", recurrent_initializer=recurrent, name="elman")
    norms = diagnostics.gradient_flow(compiled(layer), (X, Y))["elman"]
    assert norms[0] / norms[-1] == pytest.approx(scale ** (TIME - 1), rel=1e-3)


def test_every_recurrent_layer_of_a_model_is_looked_at_by_name(tmp_path):
    model = keras.Sequential(
        [keras.Input((TIME, 2)), LSTM(3, return_sequences=True, name="low"), LSTM(4, name="high")]
    )
    model.compile(loss="mse")
    norms = diagnostics.gradient_flow(model, (X, Y))
    assert {name: values.shape for name, values in norms.items()} == {
        "low": (TIME,),
        "high": (TIME,),
    }
    diagnostics.plot(norms, tmp_path / "flow.png")
    assert (tmp_path / "flow.png").stat().st_size > 1000


def test_a_model_without_a_loss_or_without_recurrent_layers_is_refused():
    with pytest.raises(ValueError, match="has no loss; compile it first"):
        diagnostics.gradient_flow(keras.Sequential([keras.Input((TIME, 2)), LSTM(3)]), (X, Y))
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    model.compile(loss="mse")
    with pytest.raises(ValueError, match=r"rebuild a stock Keras model with zoo\.layers"):
        diagnostics.gradient_flow(model, (Y, Y))
