"""int8 files: small, near the model whatever is in it, and clear about what was quantized."""

from functools import partial

import keras
import numpy as np
import onnx
import pytest
from keras import layers as stock

import zoo
from zoo import layers
from zoo.exporters import runtimes

X = np.random.default_rng(0).normal(size=(8, 7, 64)).astype("float32")
X[1:4, 4:] = 0
X[4, :3] = 0
WORDS = np.random.default_rng(1).integers(1, 300, (8, 7)).astype("int32")
WORDS[1:4, 4:] = 0


def on_values(*parts):
    return keras.Sequential([keras.Input((None, 64), name="x"), *parts, stock.Dense(40)])


def on_words(*parts):
    table = stock.Embedding(300, 64, mask_zero=True)
    return keras.Sequential([keras.Input((None,), dtype="int32", name="x"), table, *parts])


def shared():
    x = keras.Input((None, 64), name="x")
    lstm = stock.LSTM(64)
    return keras.Model(x, stock.Subtract()([lstm(x), lstm(2 * x)]))


MODELS = {
    "SimpleRNN": (lambda: on_values(stock.SimpleRNN(64)), {"RNN": 2}, {"MatMul": 1}),
    "GRU": (lambda: on_values(stock.GRU(64)), {"GRU": 2}, {"MatMul": 1}),
    "GRU reset before": (
        lambda: on_values(stock.Masking(), layers.GRU(64, reset_after=False)),
        {"GRU": 2},
        {"MatMul": 1},
    ),
    "LSTM": (lambda: on_values(stock.LSTM(64)), {}, {"LSTM": 1, "MatMul": 1}),
    "peepholes": (
        lambda: on_values(stock.Masking(), layers.PeepholeLSTM(64)),
        {},
        {"LSTM": 1, "MatMul": 1},
    ),
    "masked pair": (
        lambda: on_values(stock.Masking(), stock.Bidirectional(stock.LSTM(64))),
        {},
        {"LSTM": 2, "MatMul": 1},
    ),
    "pair": (
        lambda: on_values(stock.Bidirectional(stock.LSTM(64))),
        {},
        {"LSTM": 1, "MatMul": 1},
    ),
    "shared LSTM": (shared, {}, {"LSTM": 2}),
    "table": (
        lambda: on_words(stock.Bidirectional(stock.GRU(64))),
        {"GRU": 4, "Gather": 1},
        {},
    ),
    "loop": (lambda: on_values(layers.LEM(64)), {}, {"MatMul": 4}),
}


@pytest.mark.parametrize("name", MODELS)
def test_an_int8_file_is_near_the_model_and_says_what_is_in_it(name, tmp_path):
    keras.utils.set_random_seed(0)
    make, stored, integer = MODELS[name]
    model = make()
    whole = zoo.export(model, tmp_path / "whole.onnx", loops=True)
    report = zoo.export(model, tmp_path / "small.onnx", loops=True, quantize="int8")
    assert report.quantized["stored"] == stored
    assert report.quantized["integer"] == integer
    large = [
        weight.name
        for weight in onnx.load(tmp_path / "small.onnx").graph.initializer
        if weight.data_type == onnx.TensorProto.FLOAT and np.prod(weight.dims) > 64 * 16
    ]
    assert large == [], "only biases and scales are floats"
    assert report.bytes < 0.45 * whole.bytes
    batch = WORDS if model.inputs[0].dtype == "int32" else X
    expected = keras.ops.convert_to_numpy(model(batch))
    [found] = runtimes.onnxruntime(tmp_path / "small.onnx")({"x": batch}).values()
    assert np.linalg.norm(found - expected) < 0.03 * np.linalg.norm(expected)


@pytest.mark.parametrize("make", [stock.LSTM, stock.GRU, stock.SimpleRNN, layers.LSTM])
@pytest.mark.parametrize("filler", [0.0, -999.0, 1e30])
def test_what_stands_at_padding_costs_an_int8_file_nothing(make, filler, tmp_path):
    keras.utils.set_random_seed(0)
    model = on_values(stock.Masking(filler), stock.Bidirectional(make(64)))
    zoo.export(model, tmp_path / "small.onnx", quantize="int8")
    batch = np.where(X == 0, np.float32(filler), X)
    expected = keras.ops.convert_to_numpy(model(batch))
    [found] = runtimes.onnxruntime(tmp_path / "small.onnx")({"x": batch}).values()
    assert np.linalg.norm(found - expected) < 0.03 * np.linalg.norm(expected)


def test_rows_of_unlike_size_each_have_a_scale(tmp_path):
    keras.utils.set_random_seed(0)
    x = keras.Input((None, 64), name="x")
    make = partial(stock.GRU, 64, return_sequences=True)
    model = keras.Model(x, {"large": make()(x), "small": make(bias_initializer="ones")(x)})
    for layer, factor in zip(model.layers[1:], (100, 1), strict=True):
        kernel = layer.cell.kernel.numpy()
        kernel[:, :32] *= factor
        layer.cell.kernel.assign(kernel)
    report = zoo.export(model, tmp_path / "m.onnx", quantize="int8")
    assert max(report.loss.relative.values()) < 0.03
