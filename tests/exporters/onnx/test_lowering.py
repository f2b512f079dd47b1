"""Every recurrent layer goes out as the ONNX operator it is, in any arrangement."""

from functools import partial

import keras
import numpy as np
import onnx.utils
import pytest
from keras import layers as stock

import zoo
from zoo import layers
from zoo.exporters import runtimes
from zoo.exporters.onnx import onnx_format
from zoo.exporters.source import Source

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


DIRECTIONS = ("forward", "backward", "bidirectional")


def model_of(make, wrap, masked, direction):
    """One and two layers in a direction, returning all steps and the last, each an output."""
    sequences = keras.Input((None, FEATURES), name="sequences")
    mask = keras.Input((None,), dtype="bool", name="mask") if masked else None

    def layer(whole):
        options = {"return_sequences": whole, "bias_initializer": "random_normal"}
        if direction == "bidirectional":
            return wrap(make(UNITS, **options))
        return make(UNITS, go_backwards=direction == "backward", **options)

    below = layer(True)(sequences, mask=mask)
    outputs = {
        "one_sequences": below,
        "one_last": layer(False)(sequences, mask=mask),
        "two_sequences": layer(True)(below, mask=mask),
        "two_last": layer(False)(below, mask=mask),
    }
    named = {name: keras.layers.Identity(name=name)(part) for name, part in outputs.items()}
    return keras.Model({"sequences": sequences, **({"mask": mask} if masked else {})}, named)


CASES = [
    (name, origin, masked, direction)
    for name, (_, peer) in KINDS.items()
    for origin in ("zoo", *(["stock"] if peer else []))
    for masked in (True, False)
    for direction in DIRECTIONS
]


RUNTIMES = {"onnxruntime": runtimes.onnxruntime, **runtimes.OTHERS}
TOGETHER = ("onnxruntime", "onnx.reference")
LEFT_OUT_BY_OPENVINO = {"PeepholeLSTM": "OpenVINO 2026.4 computes it without its peepholes"}


@pytest.mark.parametrize(("name", "origin", "masked", "direction"), CASES)
def test_every_arrangement_is_operators_alone_and_equals_the_model(
    name, origin, masked, direction, tmp_path
):
    keras.utils.set_random_seed(0)
    make = KINDS[name][origin == "stock"]
    model = model_of(
        make, (stock if origin == "stock" else layers).Bidirectional, masked, direction
    )
    counts = onnx_format.write(Source.of(model), tmp_path / "m.onnx", metadata={}).operators
    assert not {"Loop", "Scan"} & set(counts)
    kind = {"Elman": "RNN", "GRU": "GRU", "GRU reset before": "GRU"}.get(name, "LSTM")
    # A pair is one operator, but for a mask, which the two read in turned orders.
    assert counts[kind] == 4 * (1 + (masked and direction == "bidirectional"))
    runs = {runtime: RUNTIMES[runtime](tmp_path / "m.onnx") for runtime in TOGETHER}
    if name not in LEFT_OUT_BY_OPENVINO:
        runs["openvino"] = one_by_one(tmp_path / "m.onnx", list(model.input), list(model.output))
    for length in (9, 1):
        batch = {"sequences": X[:, :length], **({"mask": MASK[:, :length]} if masked else {})}
        expected = model(batch)
        for runtime, run in runs.items():
            for output, found in run(batch).items():
                message = f"{output} in {runtime}"
                np.testing.assert_allclose(found, expected[output], atol=1e-5, err_msg=message)


def test_openvino_leaves_peepholes_out_which_the_report_shows(tmp_path):
    model = keras.Sequential([keras.Input((None, FEATURES)), layers.PeepholeLSTM(UNITS)])
    report = zoo.export(model, tmp_path / "m.onnx")
    assert report.errors["onnx.reference"] <= report.tolerance < report.errors["openvino"]


def one_by_one(path, inputs, outputs):
    """Each output as a graph of its own: OpenVINO 2026.4 errs where many LSTMs share an input."""
    runs = {}
    for output in outputs:
        part = path.with_name(f"{output}.onnx")
        onnx.utils.extract_model(str(path), str(part), inputs, [output])
        runs[output] = runtimes.openvino(part)
    return lambda batch: {output: run(batch)[output] for output, run in runs.items()}


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize(
    "layer",
    [
        layers.LSTM(UNITS, recurrent_activation="hard_sigmoid", return_sequences=True),
        layers.GRU(UNITS, recurrent_activation="hard_sigmoid", activation="softsign"),
        layers.Elman(UNITS, activation="relu", return_sequences=True),
        layers.LSTM1997(UNITS, input_activation="sigmoid"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_other_activations_go_into_the_operator(layer, masked, tmp_path):
    sequences = keras.Input((None, FEATURES), name="sequences")
    mask = keras.Input((None,), dtype="bool", name="mask")
    copy = type(layer).from_config(layer.get_config() | {"bias_initializer": "random_normal"})
    inputs = {"sequences": sequences, **({"mask": mask} if masked else {})}
    states = layers.Bidirectional(copy)(sequences, mask=mask if masked else None)
    model = keras.Model(inputs, {"states": states})
    counts = onnx_format.write(Source.of(model), tmp_path / "m.onnx", metadata={}).operators
    assert counts["RNN"] + counts["GRU"] + counts["LSTM"] == 1 + masked
    batch = {"sequences": X, **({"mask": MASK} if masked else {})}
    found = runtimes.onnxruntime(tmp_path / "m.onnx")(batch)["states"]
    np.testing.assert_allclose(found, model(batch)["states"], atol=1e-5)


def test_a_pair_of_unequal_layers_is_two_operators(tmp_path):
    pair = layers.Bidirectional(layers.GRU(4), backward_layer=layers.GRU(3, go_backwards=True))
    model = keras.Sequential([keras.Input((None, FEATURES), name="x"), pair])
    assert (
        onnx_format.write(Source.of(model), tmp_path / "m.onnx", metadata={}).operators["GRU"] == 2
    )
    [found] = runtimes.onnxruntime(tmp_path / "m.onnx")({"x": X}).values()
    np.testing.assert_allclose(found, model(X), atol=1e-5)


PADDED = {
    "SimpleRNN": partial(stock.SimpleRNN, activation="relu"),
    "GRU": partial(stock.GRU, activation="relu"),
    "GRU reset before": partial(stock.GRU, activation="linear", reset_after=False),
    "GRU of open gates": partial(stock.GRU, recurrent_activation="tanh"),
    "LSTM": partial(stock.LSTM, activation="relu"),
    "LSTM of no rest": partial(stock.LSTM, activation="sigmoid"),
    "LSTM of open gates": partial(stock.LSTM, recurrent_activation="softsign"),
}


def layers_under_a_mask(make, direction):
    """A model of float64 and its copy of float32: what one layer can return, each an output."""
    models = []
    for dtype in ("float64", "float32"):
        keras.utils.set_random_seed(1)
        options = {"dtype": dtype, "return_state": True, "bias_initializer": "random_normal"}
        inputs = {
            "sequences": keras.Input((None, FEATURES), name="sequences", dtype=dtype),
            "mask": keras.Input((None,), dtype="bool", name="mask"),
        }
        outputs = {}
        for name, whole, zero in (("kept", True, False), ("zero", True, True), ("last", False, 0)):
            layer = make(
                UNITS,
                return_sequences=whole,
                zero_output_for_mask=bool(zero),
                go_backwards=direction == "backward",
                **options,
            )
            count = len(keras.tree.flatten(layer.cell.state_size))
            if direction == "bidirectional":
                layer = stock.Bidirectional(layer)
                count *= 2
            states = [
                inputs.setdefault(f"s{k}", keras.Input((UNITS,), name=f"s{k}", dtype=dtype))
                for k in range(count)
            ]
            results = layer(inputs["sequences"], initial_state=states, mask=inputs["mask"])
            outputs |= {f"{name}_{k}": result for k, result in enumerate(results)}
        models.append(keras.Model(inputs, outputs))
    models[1].set_weights(models[0].get_weights())
    return models


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("kind", PADDED)
def test_padding_is_exact_for_any_activation_and_any_size_of_values(kind, direction, tmp_path):
    truth, model = layers_under_a_mask(PADDED[kind], direction)
    onnx_format.write(Source.of(model), tmp_path / "m.onnx", metadata={})
    run = runtimes.onnxruntime(tmp_path / "m.onnx")
    rng = np.random.default_rng(2)
    begins = sorted(model.input.keys() - {"sequences", "mask"})
    states = {name: rng.normal(size=(5, UNITS)) for name in begins}
    for scale, at_padding in ((1, X), (1e3, np.nan), (1e6, -np.inf)):
        values = np.where(MASK[:, :, None], scale * X, at_padding)
        batch = {"sequences": values, **states}
        batch = {name: array.astype("float32") for name, array in batch.items()} | {"mask": MASK}
        found = run(batch)
        for name, expected in truth(batch).items():
            size = max(1, abs(keras.ops.convert_to_numpy(expected)).max())
            message = f"{name}, values of {scale}"
            np.testing.assert_allclose(
                found[name] / size, expected / size, atol=1e-5, err_msg=message
            )


@keras.saving.register_keras_serializable("tests")
class OwnCell(keras.Layer):
    """A cell that neither the zoo nor ONNX knows."""

    state_size = output_size = FEATURES

    def call(self, x, states, training=False):
        h = keras.ops.tanh(x + states[0]) / 2 + states[0] / 2
        return h, [h]


WITHOUT_OPERATOR = {
    "Jordan": (lambda: layers.Jordan(4, name="rec"), "no operator for Jordan"),
    "LEM": (lambda: layers.LEM(4, name="rec"), "no operator for LEM"),
    "activation": (lambda: layers.LSTM(4, activation="silu", name="rec"), "no activation 'silu'"),
    "cell": (lambda: stock.RNN(OwnCell(), name="rec"), "OwnCell is no cell that has an operator"),
}


@pytest.mark.parametrize("case", WITHOUT_OPERATOR)
def test_a_layer_without_an_operator_is_named_and_becomes_a_loop_if_asked_for(case, tmp_path):
    make, why = WITHOUT_OPERATOR[case]
    model = keras.Sequential([keras.Input((None, FEATURES), name="x"), make()])
    with pytest.raises(zoo.UserError, match=rf"'.*rec': .*{why}.*loops=True, or --loops"):
        zoo.export(model, tmp_path / "m.onnx")
    assert not any(tmp_path.iterdir())
    report = zoo.export(model, tmp_path / "m.onnx", loops=True)
    assert report.operators["Loop"] == 1
    [(path, reason)] = report.loops.items()
    assert path.endswith("rec")
    assert why in reason


def test_a_gate_without_weights_that_no_bias_holds_open_makes_a_loop(tmp_path):
    def model(gates):
        rec = layers.LSTM1997(3, recurrent_activation=gates)
        return keras.Sequential([keras.Input((None, 2), name="x"), rec])

    with pytest.raises(zoo.UserError, match="a forget gate of 'tanh' cannot be held open"):
        zoo.export(model("tanh"), tmp_path / "m.onnx")
    assert zoo.export(model("hard_sigmoid"), tmp_path / "m.onnx").operators["LSTM"] == 1


@pytest.mark.parametrize("masked", [True, False])
def test_initial_and_final_states_go_through_the_operator(masked, tmp_path):
    sequences = keras.Input((None, FEATURES), name="sequences")
    h, c = (keras.Input((UNITS,), name=name) for name in "hc")
    inputs = {"sequences": sequences, "h": h, "c": c}
    if masked:
        inputs["mask"] = keras.Input((None,), dtype="bool", name="mask")
    layer = layers.PeepholeLSTM(UNITS, return_state=True, return_sequences=True)
    results = layer(sequences, initial_state=[h, c], mask=inputs.get("mask"))
    named = {f"part_{k}": keras.layers.Identity(name=f"part_{k}")(r) for k, r in enumerate(results)}
    model = keras.Model(inputs, named)
    assert (
        onnx_format.write(Source.of(model), tmp_path / "m.onnx", metadata={}).operators["LSTM"] == 1
    )
    states = np.random.default_rng(1).normal(size=(2, 5, UNITS)).astype("float32")
    batch = {"sequences": X, "h": states[0], "c": states[1]} | ({"mask": MASK} if masked else {})
    expected = model(batch)
    for runtime in TOGETHER:
        for name, found in RUNTIMES[runtime](tmp_path / "m.onnx")(batch).items():
            if (masked, runtime, name) == (True, "onnx.reference", "part_2"):
                continue  # The cell state needs sequence_lens, which this runtime ignores.
            np.testing.assert_allclose(found, expected[name], atol=1e-5, err_msg=name)
