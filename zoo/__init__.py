"""Recurrent Zoo: recurrent networks for Keras 3, trained, loaded by name, exported.

`import zoo` alone imports neither Keras nor TensorFlow; the first model does.
"""

from importlib import import_module
from typing import Any

from zoo.errors import UserError
from zoo.hub import create, evaluate, export, list_models, load, pipeline
from zoo.registration import register_layers

__all__ = [
    "UserError",
    "create",
    "diagnostics",
    "evaluate",
    "export",
    "layers",
    "list_models",
    "load",
    "pipeline",
    "runtime",
    "streams",
]

register_layers()


def __getattr__(name: str) -> Any:
    if name in ("diagnostics", "layers", "runtime", "streams"):
        return import_module(f"zoo.{name}")
    raise AttributeError(f"module 'zoo' has no attribute '{name}'")
