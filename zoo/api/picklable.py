"""A pipeline that can be pickled: its model is loaded again where it is unpickled."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, overload

import zoo.recipes as recipes
from zoo.errors import UserError
from zoo.hub.card import CARD
from zoo.hub.registry import directory_of, sha256

Settings = tuple[tuple[str, Any], ...]


class Pipeline:
    """A function from one raw input to its output, or from a list of them to a list of outputs.

    Its pickle holds the name or path of the model and a hash. Unpickling loads that model, once in
    each process.

    Raises:
        UserError: on a call, an input that does not fit; on unpickling, no model of that name or
            path, or one with another hash.
    """

    def __init__(
        self,
        module: str,
        source: str | Path,
        recipe: str,
        settings: dict[str, Any],
        function: Callable,
        cell: str | None = None,
    ):
        """
        Args:
            module: whose `pipeline` made the function.
            source: name or path of the model.
            recipe: its name.
            cell: the layer that the model needs.
        """
        self._function = function
        self._source = str(source if directory_of(source) else Path(source).resolve())
        self._recipe, self._cell = recipe, cell
        self._arguments = (module, self._source, _digest(self._source), tuple(settings.items()))

    @overload
    def __call__(self, inputs: str | Path) -> Any: ...
    @overload
    def __call__(self, inputs: Sequence[str | Path]) -> list[Any]: ...

    def __call__(self, inputs: Any) -> Any:
        return self._function(inputs)

    def __reduce__(self) -> tuple[Callable, tuple]:
        return _unpickle, (*self._arguments, recipes.address(self._recipe), self._cell)


@cache
def _unpickle(
    module: str, source: str, digest: str, settings: Settings, recipe: str, cell: str | None
) -> Pipeline:
    actual = _digest(source)
    if actual != digest:
        raise UserError(
            f"{source} is not the model that the pipeline was made from: expected SHA-256 "
            f"{digest}, found {actual}. Put the same model there, or make the pipeline anew."
        )
    recipes.add(recipe)
    if cell is not None:
        # A pickle has code imported in any case. Keras is needed where a layer is.
        import_module("zoo.recipes.cells").import_cell({"cell": cell})
    return import_module(module).pipeline(source, **dict(settings))


def _digest(source: str) -> str:
    """SHA-256 of a model's card, which has the hashes of all its files, or of an exported file."""
    path = directory_of(source) or Path(source)
    path = path / CARD if path.is_dir() else path
    return sha256(path) if path.is_file() else "no such file"
