"""Recurrent Zoo: recurrent networks for Keras 3, trained, loaded by name, exported.

`import zoo` alone imports neither Keras nor TensorFlow; the first model does. `runtime`, `search`,
`streams` and `diagnostics` are names of this package and no modules below it: `from zoo import
runtime`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zoo import registration
from zoo.api.export import export
from zoo.api.models import create, evaluate, list_models, load, pipeline, register, train
from zoo.errors import UserError

if TYPE_CHECKING:
    from zoo import layers
    from zoo.api import runtime
    from zoo.inference import search
    from zoo.training import diagnostics, streams

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
    "register",
    "runtime",
    "search",
    "streams",
    "train",
]

registration.register_layers_with_keras()

if not TYPE_CHECKING:
    # A type checker that saw `__getattr__` would take any name for one of ours.
    _MODULES = {
        "diagnostics": "zoo.training.diagnostics",
        "layers": "zoo.layers",
        "runtime": "zoo.api.runtime",
        "search": "zoo.inference.search",
        "streams": "zoo.training.streams",
    }

    def __getattr__(name: str) -> Any:
        if name in _MODULES:
            return import_module(_MODULES[name])
        raise AttributeError(f"module 'zoo' has no attribute '{name}'")
