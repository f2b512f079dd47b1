"""The examples of docstrings run and print what they say."""

import doctest
import pkgutil
from importlib import import_module

import keras
import pytest

import zoo.layers

MODULES = [
    "zoo.api.models",
    *(f"zoo.layers.{module.name}" for module in pkgutil.iter_modules(zoo.layers.__path__)),
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # The progress of a training would go to standard output too.
    keras.utils.disable_interactive_logging()
    try:
        failed, _ = doctest.testmod(import_module(name))
    finally:
        keras.utils.enable_interactive_logging()
    assert failed == 0


def test_examples_are_there():
    finder = doctest.DocTestFinder()
    examples = [each for name in MODULES for each in finder.find(import_module(name))]
    assert sum(bool(each.examples) for each in examples) >= 25
