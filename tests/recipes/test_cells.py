"""The option `cell`: the same in every recipe, and a layer of the user's own in its place."""

import json
import pickle
import sys

import keras
import numpy as np
import pytest

import zoo
import zoo.recipes as recipes
from tests.other_packages import PROCESSING, RECIPE
from tests.recipes import own_cells
from tests.recipes.own_cells import Leaky, MinGRU, Narrow, Normalised, Stock
from zoo.hub.card import Card
from zoo.hub.registry import MODELS, shipped
from zoo.recipes import cells
from zoo.recipes.captioner import features

OWN = "tests.recipes.own_cells:MinGRU"
SMALL = {
    "action-clips": {"units": 3, "layers": 2},
    "blstm-tagger": {"units": 3, "layers": 1, "character_units": 2},
    "captioner": {"side": 32, "words": 20, "units": 3},
    "char-lm": {"units": 3, "layers": 2},
    "elman-xor": {"units": 3, "streams": 32, "bits": 30, "epochs": 1},
    "gesture-phase": {"units": 3, "layers": 1},
    "glimpse-mnist": {"units": 3, "hidden_units": 2, "glimpses": 2},
    "handwriting": {"units": 3, "layers": 1, "features": 2},
    "peephole-counting": {"units": 2},
    "seq-mnist": {"units": 3},
    "translator": {"units": 3, "encoder_units": 4, "features": 5, "subwords": 100},
}
STATES_CARRIED = ("captioner", "char-lm", "glimpse-mnist", "translator")
"""Recipes that take layers of zoo.layers.Core alone."""


def random_inputs(model):
    rng = np.random.default_rng(0)

    def some(tensor):
        shape = (2, *[n or 8 for n in tensor.shape[1:]])
        return rng.integers(1, 3, shape).astype(tensor.dtype)

    return keras.tree.map_structure(some, model.input)


@pytest.fixture(autouse=True)
def quick_to_make(monkeypatch):
    """The captioner without the convolutional network, which is as large for any cell."""

    def network(*_):
        layers = [keras.layers.Conv2D(5, 16, 16), keras.layers.Reshape((4, 5))]
        return keras.Sequential([keras.Input((32, 32, 3)), *layers], name="features")

    monkeypatch.setattr(features, "network", network)


def test_every_recipe_with_a_recurrent_core_has_the_option_and_spells_it_alike():
    described = {name: recipes.get(name).describe() for name in recipes.names()}
    values = {name: each["cell"]["type"] for name, each in described.items() if "cell" in each}
    assert set(values) == set(SMALL)
    alike = " | ".join((*cells.LAYERS, "package.module:Class"))
    assert values.pop("captioner") == f"AttentiveLSTM | {alike}"
    assert set(values.values()) == {alike}


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("cell", ["GRU", "LEM", Leaky], ids=str)
def test_every_recipe_is_made_of_the_layer_that_is_named(cell, name):
    kind = getattr(zoo.layers, cell) if isinstance(cell, str) else cell
    model = zoo.create(name, cell=cell, **SMALL[name])
    found = {type(layer) for layer in model._flatten_layers()}
    assert kind in found
    beside = {"peephole-counting": {"LSTM", "Elman"}}.get(name, set())
    others = {getattr(zoo.layers, each) for each in {*cells.LAYERS, "AttentiveLSTM"} - beside}
    assert not (others - {kind}) & found
    inputs = random_inputs(model)
    expected = model(inputs)
    again = type(model).from_config(model.get_config())
    again.set_weights(model.get_weights())
    keras.tree.map_structure(np.testing.assert_array_equal, again(inputs), expected)


@pytest.mark.parametrize("name", sorted(set(SMALL) - {"peephole-counting"}))
def test_a_layer_that_is_nothing_but_a_step_takes_the_place_too(name):
    model = zoo.create(name, cell=MinGRU, **SMALL[name])
    assert MinGRU in {type(layer) for layer in model._flatten_layers()}
    model(random_inputs(model))


@pytest.mark.parametrize("name", sorted(set(SMALL) - {*STATES_CARRIED, "peephole-counting"}))
@pytest.mark.parametrize("cell", [Stock, keras.layers.LSTM])
def test_any_recurrent_layer_of_keras_does_where_no_state_goes_from_call_to_call(cell, name):
    model = zoo.create(name, cell=cell, **SMALL[name])
    assert cell in {type(layer) for layer in model._flatten_layers()}
    model(random_inputs(model))


@pytest.mark.parametrize("name", [*STATES_CARRIED, "peephole-counting"])
def test_where_one_does_the_layer_is_refused_in_a_sentence(name):
    with pytest.raises(zoo.UserError, match=r"subclass of\s+zoo.layers.\w+.*own_cells:Stock"):
        zoo.create(name, cell=Stock, **SMALL[name])


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            "RNN",
            "'RNN': it takes LSTM, GRU, Elman, LEM, PeepholeLSTM, LSTM1997, or a layer of your",
        ),
        (3, "it takes LSTM"),
        (int, "it takes LSTM"),
        ("nowhere:Cell", "The module nowhere cannot be imported: No module named 'nowhere'"),
        ("json:JSONDecoder", r"json:JSONDecoder is no keras.layers.Layer: \S+ has <class"),
        ("json:Nothing", r"has None"),
        (Narrow, r"cannot be made by Narrow\(16, return_sequences=True\): .*return_sequences"),
    ],
    ids=str,
)
def test_what_is_no_layer_is_refused_with_what_is_taken(cell, message):
    with pytest.raises(zoo.UserError, match=message):
        zoo.create("elman-xor", cell=cell)


def test_a_cell_that_a_recipe_cannot_use_is_refused_before_it_trains(tmp_path):
    with pytest.raises(zoo.UserError, match="take attention=luong"):
        zoo.create("translator", cell="GRU", attention="bahdanau", **SMALL["translator"])
    with pytest.raises(zoo.UserError, match="mix otherwise than by its recurrent_kernel"):
        zoo.train("peephole-counting", tmp_path / "out", cell=Normalised, candidates=2)


def test_a_model_is_trained_loaded_predicts_and_goes_out_by_a_cell_of_ones_own(tmp_path):
    card = zoo.train("elman-xor", tmp_path / "out", cell=MinGRU, **SMALL["elman-xor"])
    assert card.options["cell"] == card.overrides["cell"] == OWN
    [core] = [layer for layer in zoo.load(tmp_path / "out").layers if isinstance(layer, MinGRU)]
    assert core.units == 3
    expected = zoo.pipeline(tmp_path / "out")("10100")
    # h_t by NumPy, as the paper writes it.
    model, h = zoo.load(tmp_path / "out"), np.zeros(3)
    kernel, dense, bias = model.get_weights()
    for bit, (_, chance) in zip((1, 0, 1, 0, 0), expected, strict=True):
        z, candidate = 1 / (1 + np.exp(-(bit * kernel[0, :3]))), bit * kernel[0, 3:]
        h = (1 - z) * h + z * candidate
        assert chance == pytest.approx(1 / (1 + np.exp(-(h @ dense + bias)[0])), abs=1e-5)
    report = zoo.export(tmp_path / "out", tmp_path / "x.onnx", loops=True)
    assert report.max_abs_error <= report.tolerance
    told = zoo.runtime.pipeline(tmp_path / "x.onnx")("10100")
    assert [bit for bit, _ in told] == list("10100")
    assert zoo.evaluate(tmp_path / "out")["accuracy"] == card.metrics["test"]["accuracy"]


@pytest.fixture
def forgotten(monkeypatch):
    """As in a new process, in which nobody has imported the layers."""
    monkeypatch.delitem(sys.modules, own_cells.__name__)
    monkeypatch.setattr(cells, "_classes", {})
    for name in [n for n in keras.saving.get_custom_objects() if "own_cells" in n]:
        monkeypatch.delitem(keras.saving.get_custom_objects(), name)


def test_no_module_is_imported_because_a_card_names_it(tmp_path, forgotten):
    out = tmp_path / "out"
    zoo.train("elman-xor", out, cell=OWN, **SMALL["elman-xor"])
    for name in [n for n in keras.saving.get_custom_objects() if "own_cells" in n]:
        del keras.saving.get_custom_objects()[name]
    del sys.modules[own_cells.__name__]
    for ask in (zoo.load, zoo.pipeline, zoo.evaluate):
        with pytest.raises(zoo.UserError, match=r"import tests.recipes.own_cells first, if you tr"):
            ask(out)
    assert own_cells.__name__ not in sys.modules
    assert json.loads((out / "card.json").read_text())["options"]["cell"] == OWN
    __import__(own_cells.__name__)
    assert zoo.load(out).count_params()


def test_a_cell_goes_by_its_path_relative_to_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "my_cells.py").write_text("from zoo.layers import Elman\nclass Mine(Elman): pass\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p])
    model = zoo.create("elman-xor", cell="my_cells:Mine")
    assert type(model.layers[1]).__name__ == "Mine"


def test_a_class_that_another_process_cannot_import_is_refused_there(tmp_path):
    class Here(MinGRU):
        pass

    with pytest.raises(zoo.UserError, match="is a class within a function"):
        zoo.train("elman-xor", tmp_path / "out", cell=Here, processes=1)
    for other in ("lstm", "GRU", 3, OWN, None):
        for elsewhere in (False, True):
            cells.require_importable(other, elsewhere=elsewhere)


def test_a_class_that_could_not_be_found_again_is_refused_before_it_trains(tmp_path):
    class Within(MinGRU):
        pass

    assert zoo.create("elman-xor", cell=Within, units=3).count_params()
    with pytest.raises(zoo.UserError, match="Within is a class within a function or a class"):
        zoo.train("elman-xor", tmp_path / "out", cell=Within, **SMALL["elman-xor"])
    assert not (tmp_path / "out").exists()


def test_a_class_of_a_script_is_found_in_a_script_that_has_it_too(tmp_path, monkeypatch):
    script = sys.modules["__main__"]
    cell = type("Scripted", (MinGRU,), {"__module__": "__main__"})
    monkeypatch.setattr(script, "Scripted", cell, raising=False)
    with pytest.raises(zoo.UserError, match="is a class in a script, and another process"):
        zoo.train("elman-xor", tmp_path / "out", cell=cell, processes=1, **SMALL["elman-xor"])
    zoo.train("elman-xor", tmp_path / "out", cell=cell, **SMALL["elman-xor"])
    monkeypatch.setattr(cells, "_classes", {})
    assert zoo.load(tmp_path / "out").count_params()
    monkeypatch.setattr(cells, "_classes", {})
    monkeypatch.delattr(script, "Scripted")
    with pytest.raises(zoo.UserError, match="Scripted was defined in a script or notebook: define"):
        cells.kind("__main__:Scripted")


@pytest.mark.parametrize(
    ("name", "cell", "message"),
    [
        ("elman-xor", own_cells.Forgetful, "Let get_config of your layer return every argument"),
        ("elman-xor", own_cells.Failing, r"cannot be made by Failing\(.*: no such device"),
        ("elman-xor", own_cells.Flat, r"cell=\S+:Flat does not fit into elman-xor: \w+"),
        ("blstm-tagger", own_cells.Forward, "Forward is to be run in both directions, and Keras"),
    ],
)
def test_a_layer_that_does_not_fit_is_refused_before_it_trains(name, cell, message, tmp_path):
    with pytest.raises(zoo.UserError, match=message):
        zoo.train(name, tmp_path / "out", options=SMALL[name], cell=cell)
    assert not (tmp_path / "out").exists()


def test_a_layer_without_masks_does_where_there_is_no_padding():
    model = zoo.create("gesture-phase", cell=own_cells.Maskless, **SMALL["gesture-phase"])
    model(random_inputs(model))
    with pytest.raises(zoo.UserError, match="Maskless takes no mask: let its call"):
        zoo.create("action-clips", cell=own_cells.Maskless, network="causal", units=3)


def test_a_pipeline_brings_the_module_of_its_layer_along(tmp_path, monkeypatch, forgotten):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "their_cells.py").write_text(
        "from zoo.layers import Elman\nclass Mine(Elman): pass\n"
    )
    zoo.train("elman-xor", tmp_path / "out", cell="their_cells:Mine", **SMALL["elman-xor"])
    tell = zoo.pipeline(tmp_path / "out")
    expected, sent = tell("101"), pickle.dumps(tell)
    monkeypatch.delitem(sys.modules, "their_cells")
    monkeypatch.setattr(cells, "_classes", {})
    assert pickle.loads(sent)("101") == expected


def test_the_layer_may_lie_in_the_folder_of_the_recipe(tmp_path, monkeypatch):
    monkeypatch.setattr(recipes, "_named", {})
    folder = tmp_path / "with_cells"
    folder.mkdir()
    (folder / "__init__.py").write_text('SUMMARY = "so"\n')
    (folder / "recipe.py").write_text(RECIPE.format(name="with-cells", summary=""))
    (folder / "processing.py").write_text(PROCESSING)
    (folder / "cells.py").write_text("from zoo.layers import Elman\nclass Mine(Elman): pass\n")
    options = SMALL["elman-xor"] | {"cell": "with_cells.cells:Mine"}
    assert zoo.train(folder, tmp_path / "out", options=options).parameters


@pytest.mark.parametrize("was", ["lstm", "lem", "LSTM"])
def test_options_of_0_2_0_are_taken_as_they_were_spelled(was):
    assert recipes.get("seq-mnist").parse({"cell": was}).cell == was.upper()


def test_the_captioners_of_0_2_0_keep_their_networks():
    now = {"attention": "AttentiveLSTM", "lstm": "LSTM", "elman": "Elman"}
    parse = recipes.get("captioner").parse
    assert {was: parse({"cell": was}).cell for was in now} == now


@pytest.mark.parametrize("name", shipped())
def test_the_options_of_every_shipped_card_are_taken(name):
    card = Card.read(MODELS / name)
    options = recipes.get(card.recipe).parse(card.options).model_dump()
    assert {key: options[key] for key in card.options if key != "cell"} == {
        key: value for key, value in card.options.items() if key != "cell"
    }
