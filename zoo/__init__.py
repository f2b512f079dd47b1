"""Recurrent Zoo: recurrent networks for Keras 3, trained, loaded by name, exported.

`import zoo` alone imports neither Keras nor TensorFlow; the first model does.
"""

from importlib import import_module
from typing import Any

from zoo.errors import UserError
from zoo.hub import create, evaluate, export, list_models, load, pipeline

__all__ = ["UserError", "create", "evaluate", "export", "layers", "list_models", "load", "pipeline"]


def __getattr__(name: str) -> Any:
    if name == "layers":
        return import_module("zoo.layers")
    raise AttributeError(f"module 'zoo' has no attribute '{name}'")
