"""LiteRT: which models convert without custom operators, and that they do the same there."""

import keras
import numpy as np
import pytest

import zoo
from zoo.exporters.litert import litert_format
from zoo.layers import GRU, LSTM

WHOLE = ("glimpse-mnist", "hopfield-recall")
BY_STEPS = ("char-lm-shakespeare", "elman-xor", "peephole-counting")


@pytest.mark.parametrize("name", [*WHOLE, *BY_STEPS])
def test_a_shipped_model_converts_as_readme_says(name, tmp_path):
    path = tmp_path / "m.tflite"
    report = zoo.export(name, path, "litert", stateful=name in BY_STEPS)
    assert not [op for op in report.operators if op.startswith(("Flex", "CUSTOM"))]
    if name != "peephole-counting":
        assert path.stat().st_size > 2 * zoo.load(name).count_params(), "the weights are in it"


def test_a_loop_over_time_is_refused_and_nothing_stays(tmp_path):
    with pytest.raises(zoo.UserError, match=r"no loop over time.*goes out as onnx"):
        zoo.export(zoo.create("elman-xor", units=2), tmp_path / "m.tflite", "litert")
    assert not list(tmp_path.iterdir())


def test_a_stock_model_goes_out_by_steps_too(tmp_path):
    inputs = keras.Input((None, 3))
    states = keras.layers.GRU(4, return_sequences=True)(inputs)
    model = keras.Model(inputs, keras.layers.LSTM(5, return_sequences=True)(states))
    report = zoo.export(model, tmp_path / "m.tflite", "litert", stateful=True)
    assert len(report.inputs) == 4
    run = litert_format.load(tmp_path / "m.tflite")
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    start = {info.name: np.zeros((2, info.shape[1]), "float32") for info in report.inputs[1:]}
    [name] = [info.name for info in report.outputs if not info.name.endswith("_next")]
    np.testing.assert_allclose(run({report.inputs[0].name: x, **start})[name], model(x), atol=1e-5)
    assert {type(layer) for layer in zoo.layers.from_keras(model).layers[1:]} == {GRU, LSTM}
