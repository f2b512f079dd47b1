"""The recurrent layer of a recipe: one of the zoo's by its name, or a class of the user's own.

An option of the type `Cell` is a text: the class name of a layer of the zoo, such as "LSTM", or the
import path of another class, such as "mypkg.cells:MinGRU". A class in its place is turned into
that. No text of a file makes a module be imported: the class of a path is looked up in modules that
are, and only what the user asks for is imported first, by `import_cell`.
"""

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

import keras
from pydantic import BeforeValidator

from zoo.errors import UserError, reason
from zoo.layers import (
    GRU,
    LEM,
    LSTM,
    LSTM1997,
    Bidirectional,
    Core,
    Each,
    Elman,
    PeepholeLSTM,
    Recurrence,
)
from zoo.layers.base import state as nests
from zoo.packages import import_user_module
from zoo.recipes.options import Values

LAYERS: dict[str, type[Core]] = {
    kind.__name__: kind for kind in (LSTM, GRU, Elman, LEM, PeepholeLSTM, LSTM1997)
}
PATH = re.compile(r"([\w.]+):(\w+)")
A_CLASS = "package.module:Class"
SCRIPT = "__main__"
"""The module of what is run: a script, a notebook or a command."""

_classes: dict[str, type] = {}
"""Classes that were passed as such, by their import path."""


def name(value: Any, names: tuple[str, ...] = tuple(LAYERS)) -> str:
    """The text of a layer: a name, in whatever case, or an import path.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, type) and issubclass(value, keras.layers.Layer):
        return _text(value)
    known = {each.lower(): each for each in names}
    if isinstance(value, str) and (value.lower() in known or PATH.fullmatch(value)):
        return known.get(value.lower(), value)
    raise ValueError(
        f"it takes {', '.join(names)}, or a layer of your own: its class, or {A_CLASS}"
    )


def option(*names: str) -> tuple[BeforeValidator, Values]:
    """What makes an option one of these names, or a class of the user's own."""
    return BeforeValidator(partial(name, names=names)), Values(" | ".join((*names, A_CLASS)))


Cell = Annotated[str, *option(*LAYERS)]
"""The type of the option `cell`."""


def import_cell(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Options that the user asks for, with the class that `cell` names imported and as a text.

    Raises:
        UserError: there is no such module, or no such layer in it.
    """
    cell = overrides.get("cell")
    path = PATH.fullmatch(cell) if isinstance(cell, str) else None
    if path:
        import_user_module(path[1])
        kind(path[0])
    if isinstance(cell, type) and issubclass(cell, keras.layers.Layer):
        return {**overrides, "cell": _text(cell)}
    return dict(overrides)


def kind(cell: str) -> type[keras.layers.Layer]:
    """The class of a layer; one of the user's own is made known to Keras, so that models load.

    Raises:
        UserError: its module is not imported, or has no such layer.
    """
    if cell in LAYERS:
        return LAYERS[cell]
    module, _, of_module = cell.partition(":")
    if module == SCRIPT and cell not in _classes and not hasattr(sys.modules[module], of_module):
        raise UserError(
            f"The layer {of_module} was defined in a script or notebook: define it in this one "
            "before the model is loaded, or put it into a module where you train."
        )
    if cell not in _classes and module not in sys.modules:
        raise UserError(
            f"The layer {cell} is not known here, and code that a file names is not imported by "
            f"itself: import {module} first, if you trust it, or name it by --set cell={cell} "
            f"where you train and by --import {module} elsewhere."
        )
    layer_class = _classes.get(cell) or getattr(sys.modules[module], of_module, None)
    if not (isinstance(layer_class, type) and issubclass(layer_class, keras.layers.Layer)):
        where = getattr(sys.modules[module], "__file__", None) or module
        raise UserError(f"cell={cell} is no keras.layers.Layer: {where} has {layer_class!r:.80}.")
    is_registered = keras.saving.get_registered_name(layer_class) != layer_class.__name__
    if not is_registered and not layer_class.__module__.startswith("keras."):
        keras.saving.register_keras_serializable(package=module)(layer_class)
    return layer_class


def is_own(cell: Any) -> bool:
    """Whether the text of an option is the import path of a class, and not a name of the zoo's."""
    return isinstance(cell, str) and PATH.fullmatch(cell) is not None


def require_importable(cell: Any, *, elsewhere: bool) -> None:
    """Refuses a class of the user's own that no other process could find.

    Args:
        elsewhere: whether one goes on with the training, which does not run the user's script.

    Raises:
        UserError: it lies in no module, or not at its top.
    """
    if not is_own(cell):
        return
    name, _, of_module = cell.partition(":")
    is_script = elsewhere and name == SCRIPT
    if not is_script and getattr(sys.modules.get(name), of_module, None) is kind(cell):
        return
    what = "in a script" if is_script else "within a function or a class"
    raise UserError(
        f"cell={cell} is a class {what}, and another process could not import it to "
        f"{'go on with the training' if elsewhere else 'load the model'}: put it at the top of a "
        "module, and import it from there."
    )


def layer(
    cell: str, units: int, *, optional: Mapping[str, Any] | None = None, **options: Any
) -> keras.layers.Layer:
    """A layer of so many units.

    Args:
        optional: options for layers that have them, such as `recurrent_dropout`.
        **options: for any layer, such as `return_sequences`.

    Raises:
        UserError: a class that is not called so.
    """
    layer_class = kind(cell)
    supported = {key: value for key, value in (optional or {}).items() if _takes(layer_class, key)}
    try:
        return layer_class(units, **supported, **options)
    except Exception as error:
        if cell in LAYERS:
            raise
        arguments = ", ".join(f"{key}={value!r}" for key, value in options.items())
        raise UserError(
            f"cell={cell} cannot be made by {layer_class.__name__}({units}, {arguments}): "
            f"{reason(error)}"
        ) from error


def core(
    recipe: str,
    cell: str,
    units: int,
    *,
    optional: Mapping[str, Any] | None = None,
    **options: Any,
) -> Core:
    """As `layer`, for a recipe that takes subclasses of `zoo.layers.Core` alone.

    Args:
        recipe: its name; it keeps the states of the layer from call to call.

    Raises:
        UserError: another layer.
    """
    made = layer(cell, units, optional=optional, **options)
    if not isinstance(made, Core):
        raise UserError(
            f"{recipe} passes the layer's states on, so that the layer is to be a subclass of "
            f"zoo.layers.Core; cell={cell} is none."
        )
    return made


def state(layer_of: Callable[[], Core], cell: str, units: int, features: int) -> dict[str, int]:
    """Name → size of each part of a layer's state, the output's first in most.

    Args:
        layer_of: makes the layer, where its class alone does not say what its state is.
        features: of the layer's input.

    Raises:
        UserError: a part that is no vector.
    """
    layer_class = kind(cell)
    if issubclass(layer_class, Recurrence) and layer_class.state_shape is Recurrence.state_shape:
        return dict.fromkeys(layer_class.State._fields, units)
    made = layer_of()
    if made.state_shape is None:
        made.build((None, None, features))
    shapes = dict(nests.parts(made.state_shape))
    for part, shape in shapes.items():
        if len(shape) != 1:
            raise UserError(
                f"cell={cell} has the state {part} of shape {shape}; a state is a vector here."
            )
    return {part: shape[0] for part, shape in shapes.items()}


def bidirectional(layer: keras.layers.Layer) -> keras.layers.Layer:
    """The layer in both directions.

    Raises:
        UserError: a layer of the user's own that Keras does not take.
    """
    if isinstance(layer, Core):
        return Bidirectional(layer)
    try:
        return keras.layers.Bidirectional(layer)
    except Exception as error:
        raise UserError(
            f"{type(layer).__name__} is to be run in both directions, and Keras cannot: "
            f"{reason(error)} Best make it a subclass of zoo.layers.Core."
        ) from error


def masked(layer: keras.layers.Layer, sequences: Any, mask: Any) -> Any:
    """The layer called on sequences with padding.

    Raises:
        UserError: it does not take a mask.
    """
    inner = layer.layer if isinstance(layer, Each) else layer
    inner = getattr(inner, "forward_layer", inner)
    if mask is None:
        return layer(sequences)
    if "mask" not in inspect.signature(inner.call).parameters:
        raise UserError(
            f"Sequences have padding here, and {type(inner).__name__} takes no mask: let its call "
            "be call(self, sequences, mask=None)."
        )
    return layer(sequences, mask=mask)


def _text(layer_class: type) -> str:
    """By what a class is named in options and cards."""
    if LAYERS.get(layer_class.__name__) is layer_class:
        return layer_class.__name__
    if getattr(keras.layers, layer_class.__name__, None) is layer_class:
        return f"keras.layers:{layer_class.__name__}"
    text = f"{layer_class.__module__}:{layer_class.__name__}"
    _classes[text] = layer_class
    return text


def _takes(layer_class: type, argument: str) -> bool:
    """Whether a class, or one that it hands its other arguments on to, has an argument."""
    for each in layer_class.__mro__:
        if "__init__" not in vars(each):
            continue
        parameters = inspect.signature(each.__init__).parameters  # type: ignore[misc]
        if argument in parameters:
            return True
        if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            return False
    return False
