"""What `help` and an editor show of a layer: every argument, in order, with its default."""

import inspect
import re
from typing import get_type_hints

import keras
import pytest

from tests.layers.table import ABSTRACT, SAMPLES
from zoo import layers
from zoo.layers.base import arguments

every_layer = pytest.mark.parametrize("name", sorted(SAMPLES.keys() | ABSTRACT))
STOCK = {"LSTM": "LSTM", "GRU": "GRU", "Elman": "SimpleRNN"}
"""Layer of the zoo -> stock layer."""


def parameters(name):
    return inspect.signature(getattr(layers, name)).parameters


def section(name, title):
    """Names in a section of a layer's docstring, in order."""
    document = inspect.getdoc(getattr(layers, name))
    [text] = re.findall(rf"^{title}:\n((?:    .+\n)+)", document, re.MULTILINE)
    lines = re.findall(r"^    (\w+(?:, \w+)*):", text, re.MULTILINE)
    return [argument for line in lines for argument in line.split(", ")]


@every_layer
def test_the_signature_names_every_argument_and_takes_no_other(name):
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    assert [str(each) for each in parameters(name).values() if each.kind in variable] == []
    assert {"name", "dtype", "trainable"} <= parameters(name).keys()


@every_layer
def test_the_docstring_describes_every_argument_in_the_order_of_the_signature(name):
    assert section(name, "Args") == list(parameters(name))


@every_layer
def test_the_docstring_states_what_a_call_takes_and_returns_and_shows_one(name):
    document = inspect.getdoc(getattr(layers, name))
    called = inspect.signature(getattr(layers, name).call).parameters
    assert section(name, "Call arguments") == [each for each in called if each != "self"]
    assert "\nReturns:\n    " in document
    assert name in ABSTRACT or ">>> " in document.split("\n\n")[-1]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_defaults_shown_are_those_that_a_layer_has(name):
    kind, sample = getattr(layers, name), SAMPLES[name].make().get_config()
    shown = parameters(name)
    required = {n: sample[n] for n, each in shown.items() if each.default is each.empty}
    if {"layer", "layers"} & required.keys():
        pytest.skip("takes layers, which have defaults of their own")
    defaults = {n: each.default for n, each in shown.items() if each.default is not each.empty}
    defaults |= {"name": "one"}
    implied, explicit = kind(**required, name="one"), kind(**required, **defaults)
    assert explicit.get_config() == implied.get_config()


@pytest.mark.parametrize(("name", "stock"), STOCK.items())
def test_arguments_without_keywords_come_in_the_order_of_stock_keras(name, stock):
    ours = [
        argument
        for argument, each in parameters(name).items()
        if each.kind is each.POSITIONAL_OR_KEYWORD
    ]
    theirs = inspect.signature(getattr(keras.layers, stock)).parameters
    assert ours == list(theirs)[: len(ours)]
    assert "use_bias" in ours
    assert theirs.keys() - {"kwargs"} <= parameters(name).keys()
    values = {"units": 3, "activation": "relu", "recurrent_activation": "hard_sigmoid"}
    values |= {"use_bias": False}
    config = getattr(layers, name)(*(values[argument] for argument in ours)).get_config()
    assert {argument: config[argument] for argument in ours} == {n: values[n] for n in ours}


@pytest.mark.parametrize(
    ("shared", "kind", "own"),
    [
        (arguments.CoreArguments, layers.Core, set()),
        (arguments.RecurrenceArguments, layers.Recurrence, {"units", "activation", "use_bias"}),
    ],
)
def test_arguments_that_layers_share_are_those_of_their_base(shared, kind, own):
    types = get_type_hints(shared)
    assert types.keys() == inspect.signature(kind).parameters.keys() - own
    written = {name: hint for name, hint in get_type_hints(kind.__init__).items() if name in types}
    assert written == {name: types[name] for name in written}


def test_a_layer_of_a_user_shows_the_arguments_of_its_base():
    class Leaky(layers.Recurrence):
        def __init__(self, units, *, leak=0.1, **kwargs):
            super().__init__(units, **kwargs)

    shown = inspect.signature(Leaky).parameters
    assert [*shown][:4] == ["units", "leak", "activation", "use_bias"]
    assert shown["return_sequences"].default is False
    assert "kwargs" not in shown


@every_layer
def test_an_unknown_argument_is_named(name):
    if name in ABSTRACT:
        return
    config = SAMPLES[name].make().get_config()
    with pytest.raises((TypeError, ValueError), match="retrun_sequences"):
        getattr(layers, name).from_config({**config, "retrun_sequences": True})
