"""A causal model exported with its states gives block by block what it gives at once."""

import keras
import numpy as np
import pytest
from keras import layers as stock

import zoo
from zoo import layers
from zoo.inference import onnx_session, streaming
from zoo.inference.arrays import make_stateful

X = np.random.default_rng(0).normal(size=(2, 12, 3)).astype("float32")


def causal(*recurrent):
    x = keras.Input((None, 3), name="x")
    states = x
    for layer in recurrent:
        states = layer(states)
    return keras.Model(x, {"y": stock.Dense(2, name="y")(states)})


def two_layers():
    keras.utils.set_random_seed(0)
    below = layers.GRU(5, return_sequences=True, name="below")
    return causal(below, layers.PeepholeLSTM(4, return_sequences=True, name="above"))


@pytest.mark.parametrize("cuts", [(0, 12), (0, 1, 2, 12), range(13)])
def test_blocks_of_any_length_give_what_the_whole_gives(cuts, tmp_path):
    model = two_layers()
    report = zoo.export(model, tmp_path / "m.onnx", stateful=True)
    assert [i.name for i in report.inputs] == ["x", "below_h", "above_h", "above_c"]
    assert [o.name for o in report.outputs][1:] == ["below_h_next", "above_h_next", "above_c_next"]
    session = onnx_session.open_session(tmp_path / "m.onnx")
    step = make_stateful(onnx_session.runner(session), onnx_session.initial_states(session))
    parts = [step({"x": X[:, a:b]})["y"] for a, b in zip(cuts, [*cuts][1:], strict=False)]
    np.testing.assert_allclose(np.concatenate(parts, 1), model(X)["y"], atol=1e-5)


@pytest.mark.parametrize("format", ["onnx", "saved_model"])
def test_stock_layers_stream_too_and_masks_hold_across_a_cut(format, tmp_path):
    model = causal(
        stock.Masking(), stock.LSTM(4, return_sequences=True), stock.GRU(3, return_sequences=True)
    )
    report = zoo.export(model, tmp_path / "m", format, stateful=True)
    assert not {"Loop", "Scan"} & set(report.operators)


def test_a_stream_in_keras_is_the_model_at_once():
    model = two_layers()
    start_stream = streaming.stream_maker(model)
    for _ in range(2):
        run = start_stream()
        outputs = np.concatenate([run({"x": X[:, t : t + 1]})["y"] for t in range(12)], 1)
        np.testing.assert_allclose(outputs, model(X)["y"], atol=1e-5)


def test_a_layer_over_inner_sequences_begins_anew_for_each():
    x = keras.Input((None, 4, 3), name="x")
    each = layers.Each(layers.LSTM(5))(x)
    model = keras.Model(x, layers.Elman(2, return_sequences=True, name="outer")(each))
    assert [state.name for state in streaming.states(model)] == ["outer_h"]


def used_twice():
    layer = layers.LSTM(3, return_sequences=True, name="shared")
    return causal(layer, layer)


REFUSED = {
    "backwards": (
        lambda: causal(layers.Bidirectional(layers.GRU(2, return_sequences=True))),
        "reads from the end",
    ),
    "no state": (lambda: causal(), "has no recurrent layer"),
    "used twice": (used_twice, "'shared' is used twice"),
    "fixed length": (
        lambda: keras.Sequential([keras.Input((7, 3)), layers.LSTM(2)]),
        "no input of free length",
    ),
    "stateful": (
        lambda: keras.Sequential(
            [keras.Input((None, 3), batch_size=2), layers.LSTM(2, stateful=True)]
        ),
        "is stateful; build the model with stateful=False",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_model_that_cannot_stream_is_refused(case, tmp_path):
    make, message = REFUSED[case]
    with pytest.raises(zoo.UserError, match=message):
        zoo.export(make(), tmp_path / "m.onnx", stateful=True)
    assert not any(tmp_path.iterdir())


def test_a_model_that_looks_ahead_is_found_out(tmp_path):
    x = keras.Input((None, 3), name="x")
    ahead = stock.Conv1D(3, 3, padding="same")(x)
    model = keras.Model(x, layers.LSTM(3, return_sequences=True)(ahead))
    with pytest.raises(zoo.UserError, match="does not give block by block what it gives for whole"):
        zoo.export(model, tmp_path / "m.onnx", stateful=True)
