"""Every layer is saved, loaded, cloned and summarised as Keras layers are."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from zoo import layers

FEATURES = 4
X = np.random.default_rng(0).normal(size=(2, 5, FEATURES)).astype("float32")
MAKES = {
    "Elman": lambda: layers.Elman(3),
    "Jordan": lambda: layers.Jordan(3, hidden_units=6, decay=0.25),
    "LSTM": lambda: layers.LSTM(3, unit_forget_bias=False, recurrent_activation="hard_sigmoid"),
    "LSTM1997": lambda: layers.LSTM1997(3, input_activation="sigmoid"),
    "PeepholeLSTM": lambda: layers.PeepholeLSTM(3, return_sequences=True),
    "GRU": lambda: layers.GRU(3, reset_after=False),
    "Bidirectional": lambda: layers.Bidirectional(layers.LSTM(3), merge_mode="ave"),
    "Stacked": lambda: layers.Stacked([layers.GRU(3, return_sequences=True), layers.LSTM(2)]),
}
every_layer = pytest.mark.parametrize("name", MAKES)


def model_of(name):
    return keras.Sequential([keras.Input((None, FEATURES)), MAKES[name]()])


@pytest.fixture(scope="module")
def loaded_elsewhere(tmp_path_factory):
    """Outputs of every layer's saved model in a process that imports zoo and loads, no more."""
    folder = tmp_path_factory.mktemp("models")
    models = {name: model_of(name) for name in MAKES}
    for name, model in models.items():
        model.save(folder / f"{name}.keras")
    np.save(folder / "x.npy", X)
    script = """
import zoo, sys, pathlib, numpy, keras
folder = pathlib.Path(sys.argv[1])
x = numpy.load(folder / "x.npy")
for path in folder.glob("*.keras"):
    numpy.save(path.with_suffix(".npy"), keras.saving.load_model(path)(x))
"""
    subprocess.run([sys.executable, "-c", script, folder], check=True)
    return models, {name: np.load(folder / f"{name}.npy") for name in models}


@every_layer
def test_a_saved_model_loads_in_a_process_that_only_imports_zoo(name, loaded_elsewhere):
    models, outputs = loaded_elsewhere
    np.testing.assert_allclose(outputs[name], models[name](X), atol=1e-6)


@every_layer
def test_a_cloned_model_with_the_same_weights_gives_the_same_output(name):
    model = model_of(name)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(clone(X), model(X))


@every_layer
def test_a_config_makes_the_same_layer_again(name):
    layer = MAKES[name]()
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()


@every_layer
def test_summary_lists_the_layer_with_its_parameters(name):
    lines = []
    model = model_of(name)
    model.summary(print_fn=lines.append)
    assert f"{model.count_params():,}" in "\n".join(lines)


@pytest.mark.parametrize("first", ["zoo", "keras"])
def test_the_layers_are_registered_whichever_is_imported_first(first):
    second = {"zoo": "keras", "keras": "zoo"}[first]
    script = f"""
import {first}, {second}, keras
assert keras.saving.get_registered_object("recurrent_zoo>LSTM")
"""
    subprocess.run([sys.executable, "-c", script], check=True)
