"""Saved models load after `import zoo`, although that imports no layer.

Keras knows only classes that are imported, so importing Keras imports the layers, before or after.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


def register_layers_with_keras() -> None:
    """Imports the layers: now where Keras is imported already, else as soon as it is."""
    if "keras" in sys.modules:
        import_module("zoo.layers")
    else:
        sys.meta_path.insert(0, _AfterKeras())


class _AfterKeras:
    """Finds Keras as the other finders do, and has the layers imported at its end.

    It has the form of a `MetaPathFinder`, whose module takes longer to import than all of ours.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "keras":
            return None
        others = [finder for finder in sys.meta_path if finder is not self]
        specs = (finder.find_spec(name, path, target) for finder in others)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None and spec.loader is not None:
            self._import_layers_after(spec.loader)
        return spec

    def _import_layers_after(self, loader: Any) -> None:
        execute = loader.exec_module

        def execute_and_import_layers(module: ModuleType) -> None:
            loader.exec_module = execute
            execute(module)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            import_module("zoo.layers")

        loader.exec_module = execute_and_import_layers
