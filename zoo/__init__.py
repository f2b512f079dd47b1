"""Recurrent Zoo: recurrent networks for Keras 3, trained, loaded by name, exported.

`import zoo` alone imports neither Keras nor TensorFlow; the first model does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from wrapt import when_imported

from zoo.errors import UserError
from zoo.hub.store import create, evaluate, export, list_models, load, pipeline, train

if TYPE_CHECKING:
    from zoo import layers
    from zoo.fitting import diagnostics, streams
    from zoo.hub import runtime
    from zoo.running import search

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
    "search",
    "streams",
    "train",
]


@when_imported("keras")
def _register_layers(_: Any) -> None:
    """Makes saved models load: Keras knows only classes that are imported."""
    import_module("zoo.layers")


_MODULES = {
    "diagnostics": "zoo.fitting.diagnostics",
    "layers": "zoo.layers",
    "runtime": "zoo.hub.runtime",
    "search": "zoo.running.search",
    "streams": "zoo.fitting.streams",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    raise AttributeError(f"module 'zoo' has no attribute '{name}'")
