"""Every layer is saved, loaded, cloned and summarised as Keras layers are, and tells its shapes."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from tests.layers.table import ABSTRACT, SAMPLES, public_layers
from zoo import layers

every_layer = pytest.mark.parametrize("name", SAMPLES)


def flat(outputs):
    return [np.asarray(part) for part in keras.tree.flatten(outputs)]


def assert_same(found, expected, tolerance=1e-6):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=tolerance)


def test_every_public_layer_stands_in_the_table():
    assert public_layers() == SAMPLES.keys() | ABSTRACT


@pytest.fixture(scope="module")
def loaded_elsewhere(tmp_path_factory):
    """Outputs of every layer's saved model in a process that imports zoo and loads, no more."""
    folder = tmp_path_factory.mktemp("models")
    models = {name: sample.model() for name, sample in SAMPLES.items()}
    for name, model in models.items():
        model.save(folder / f"{name}.keras")
        np.savez(folder / f"{name}.npz", *SAMPLES[name].inputs)
    script = """
import zoo, sys, pathlib, numpy, keras
folder = pathlib.Path(sys.argv[1])
for path in folder.glob("*.keras"):
    inputs = list(numpy.load(path.with_suffix(".npz")).values())
    outputs = keras.tree.flatten(keras.saving.load_model(path)(inputs))
    numpy.savez(folder / f"{path.stem}.found.npz", *map(numpy.asarray, outputs))
"""
    subprocess.run([sys.executable, "-c", script, folder], check=True)
    return models, {name: [*np.load(folder / f"{name}.found.npz").values()] for name in models}


@every_layer
def test_a_saved_model_loads_in_a_process_that_only_imports_zoo(name, loaded_elsewhere):
    models, outputs = loaded_elsewhere
    assert_same(outputs[name], flat(models[name](list(SAMPLES[name].inputs))))


@every_layer
def test_a_cloned_model_with_the_same_weights_gives_the_same_output(name):
    model = SAMPLES[name].model()
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    given = list(SAMPLES[name].inputs)
    assert_same(flat(clone(given)), flat(model(given)), 0)


@every_layer
def test_a_config_makes_the_same_layer_again(name):
    layer = SAMPLES[name].make()
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()


@every_layer
def test_the_shapes_it_tells_are_the_shapes_it_returns(name):
    sample = SAMPLES[name]
    told = [tuple(part.shape) for part in keras.tree.flatten(sample.model().output)]
    returned = [part.shape for part in flat(sample.called(sample.make(), sample.inputs))]
    assert len(told) == len(returned)
    for shape, actual in zip(told, returned, strict=True):
        assert len(shape) == len(actual)
        assert all(n in (None, m) for n, m in zip(shape, actual, strict=True))
        assert shape[-1] == actual[-1] or shape[-1] is None


@every_layer
def test_summary_lists_the_layer_with_its_parameters(name):
    lines = []
    model = SAMPLES[name].model()
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


def test_call_arguments_have_their_names_of_earlier_models_too():
    rng = np.random.default_rng(0)
    x, memory = rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 5, 6))
    mask = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]])
    shapes = {"memory_shape": memory.shape, "counts_shape": mask.shape}
    decoder = layers.AttentiveLSTM(4, attention_units=3)
    decoder.build_from_config({"shapes_dict": {"sequences_shape": x.shape, **shapes}})
    attention = layers.BahdanauAttention(4)
    attention.build_from_config({"shapes_dict": {"queries_shape": x.shape, **shapes}})
    for earlier, now in (
        (decoder(x, memory=memory, counts=mask), decoder(x, memory=memory, memory_mask=mask)),
        (attention(x, memory, counts=mask), attention(x, memory, memory_mask=mask)),
    ):
        for one, other in zip(earlier, now, strict=True):
            np.testing.assert_array_equal(one, other)
