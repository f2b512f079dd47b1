"""States of any nest and any shapes: named tuples, dictionaries, tuples, single tensors.

The shape of a state is the same nest with a shape, without the batch, in the place of each tensor.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops


def parts(nest: Any, name: str = "state") -> list[tuple[str, Any]]:
    """The tensors, or the shapes, of a nest with the names that lead to them.

    Args:
        name: of the nest itself; the only name where it is a single tensor.
    """
    children = _children(nest)
    if children is None:
        return [(name, nest)]
    named = []
    for key, child in children:
        below = parts(child, key)
        is_single = len(below) == 1 and below[0][0] == key
        named += below if is_single else [(f"{key}_{inner}", leaf) for inner, leaf in below]
    return named


def zeros(shape: Any, batch: Any, dtype: str) -> Any:
    """The state of this shape whose tensors, (batch, ...), are zero."""
    return map_shape(lambda leaf: ops.zeros((batch, *leaf), dtype=dtype), shape)


def map_shape(function: Callable[[tuple], Any], shape: Any) -> Any:
    """The nest with what the function makes of each shape in its place."""
    children = _children(shape)
    if children is None:
        return function(shape)
    return _like(shape, [map_shape(function, child) for _, child in children])


def pack(shape: Any, flat: Any) -> Any:
    """The nest of this shape that holds these tensors, in the order of `parts`."""
    remaining = iter(flat)
    return map_shape(lambda _: next(remaining), shape)


def flatten(nest: Any) -> list[Any]:
    """The tensors, or the shapes, of a nest."""
    return [leaf for _, leaf in parts(nest)]


def select(mask: Any, new: Any, old: Any) -> Any:
    """The new state where the mask, (batch,), is true, and the old one elsewhere."""

    def chosen(one: Any, other: Any) -> Any:
        return ops.where(ops.reshape(mask, (-1, *[1] * (len(one.shape) - 1))), one, other)

    return keras.tree.map_structure(chosen, new, old)


def _children(nest: Any) -> list[tuple[str, Any]] | None:
    """Names and members of a nest, or None for a tensor or a shape."""
    if isinstance(nest, dict):
        return sorted(nest.items())
    if hasattr(nest, "_fields"):
        return list(zip(nest._fields, nest, strict=True))
    is_shape = isinstance(nest, tuple) and all(n is None or isinstance(n, int) for n in nest)
    if isinstance(nest, (list, tuple)) and not is_shape:
        return [(str(number), child) for number, child in enumerate(nest)]
    return None


def _like(nest: Any, members: list[Any]) -> Any:
    """A nest of the same kind with other members."""
    if isinstance(nest, dict):
        return dict(zip(sorted(nest), members, strict=True))
    return type(nest)(*members) if hasattr(nest, "_fields") else type(nest)(members)
