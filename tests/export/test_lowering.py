"""Every recurrent layer goes out as the ONNX operator it is, in any arrangement."""

from functools import partial

import keras
import numpy as np
import onnxruntime
import pytest
from keras import layers as stock

from export import onnx_format
from zoo import layers, signature

KINDS = {
    "Elman": (layers.Elman, stock.SimpleRNN),
    "GRU": (layers.GRU, stock.GRU),
    "GRU reset before": (
        partial(layers.GRU, reset_after=False),
        partial(stock.GRU, reset_after=False),
    ),
    "LSTM": (layers.LSTM, stock.LSTM),
    "LSTM1997": (layers.LSTM1997, None),
    "PeepholeLSTM": (layers.PeepholeLSTM, None),
}
FEATURES, UNITS = 3, 5
X = np.random.default_rng(0).normal(size=(5, 9, FEATURES)).astype("float32")
MASK = np.array(
    [[1] * 9, [1] * 4 + [0] * 5, [0] * 3 + [1] * 6, [1, 0, 1, 1, 0, 0, 1, 0, 0], [0] * 9], bool
)


def chains(make, wrap, direction, sequences, mask):
    """One and two layers in a direction, returning all steps and the last, by name."""

    def layer(whole):
        options = {"return_sequences": whole, "bias_initializer": "random_normal"}
        if direction == "bidirectional":
            return wrap(make(UNITS, **options))
        return make(UNITS, go_backwards=direction == "backward", **options)

    below = layer(True)(sequences, mask=mask)
    return {
        f"{direction}_1_sequences": below,
        f"{direction}_1_last": layer(False)(sequences, mask=mask),
        f"{direction}_2_sequences": layer(True)(below, mask=mask),
        f"{direction}_2_last": layer(False)(below, mask=mask),
    }


def model_of(make, wrap, masked):
    """Every arrangement of one kind of layer, each an output by name."""
    sequences = keras.Input((None, FEATURES), name="sequences")
    mask = keras.Input((None,), dtype="bool", name="mask") if masked else None
    outputs = {}
    for direction in ("forward", "backward", "bidirectional"):
        outputs |= chains(make, wrap, direction, sequences, mask)
    named = {name: keras.layers.Identity(name=name)(part) for name, part in outputs.items()}
    return keras.Model({"sequences": sequences, **({"mask": mask} if masked else {})}, named)


CASES = [
    (name, origin, masked)
    for name, (_, peer) in KINDS.items()
    for origin in ("zoo", *(["stock"] if peer else []))
    for masked in (True, False)
]


@pytest.mark.parametrize(("name", "origin", "masked"), CASES)
def test_every_arrangement_is_operators_alone_and_equals_the_model(name, origin, masked, tmp_path):
    keras.utils.set_random_seed(0)
    make = KINDS[name][origin == "stock"]
    model = model_of(make, (stock if origin == "stock" else layers).Bidirectional, masked)
    counts = onnx_format.write(model, tmp_path / "m.onnx")
    assert not {"Loop", "Scan"} & set(counts)
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    names = [output.name for output in session.get_outputs()]
    for length in (9, 1):
        batch = {"sequences": X[:, :length], **({"mask": MASK[:, :length]} if masked else {})}
        expected = model(batch)
        for output, found in zip(names, session.run(names, batch), strict=True):
            np.testing.assert_allclose(found, expected[output], atol=1e-5, err_msg=output)


def test_a_layer_without_an_operator_stays_a_loop_that_equals_the_model(tmp_path):
    for number, layer in enumerate([layers.Jordan(4), layers.LSTM(4, activation="silu")]):
        model = keras.Sequential([keras.Input((None, FEATURES)), layer])
        path = tmp_path / f"{number}.onnx"
        assert onnx_format.write(signature.functional(model), path)["Loop"] == 1
        [found] = onnx_format.run(path, {model.inputs[0].name: X}).values()
        np.testing.assert_allclose(found, model(X), atol=1e-5)


def test_initial_and_final_states_go_through_the_operator(tmp_path):
    sequences = keras.Input((None, FEATURES), name="sequences")
    h, c = (keras.Input((UNITS,), name=name) for name in "hc")
    mask = keras.Input((None,), dtype="bool", name="mask")
    layer = layers.PeepholeLSTM(UNITS, return_state=True, return_sequences=True)
    results = layer(sequences, initial_state=[h, c], mask=mask)
    named = {f"part_{k}": keras.layers.Identity(name=f"part_{k}")(r) for k, r in enumerate(results)}
    model = keras.Model({"sequences": sequences, "h": h, "c": c, "mask": mask}, named)
    assert onnx_format.write(model, tmp_path / "m.onnx")["LSTM"] == 1
    states = np.random.default_rng(1).normal(size=(2, 5, UNITS)).astype("float32")
    batch = {"sequences": X, "mask": MASK, "h": states[0], "c": states[1]}
    expected = model(batch)
    for name, found in onnx_format.run(tmp_path / "m.onnx", batch).items():
        np.testing.assert_allclose(found, expected[name], atol=1e-5, err_msg=name)
