"""Models of stock Keras layers rebuilt on the zoo's."""

import inspect
import warnings
from typing import Any

import keras

from zoo.layers.base.core import all_layers
from zoo.layers.base.recurrence import Recurrence
from zoo.layers.bidirectional import Bidirectional
from zoo.layers.elman import Elman
from zoo.layers.gru import GRU
from zoo.layers.lstm import LSTM
from zoo.layers.stacked import Stacked

OURS: dict[str, type[Recurrence]] = {
    "LSTM": LSTM,
    "GRU": GRU,
    "SimpleRNN": Elman,
    "LSTMCell": LSTM,
    "GRUCell": GRU,
    "SimpleRNNCell": Elman,
}
"""Stock layer or cell -> layer of the zoo with the same weights."""


def from_keras(model: keras.Model) -> keras.Model:
    """Rebuilds a model on the zoo's layers, with the same weights and the same output.

    `LSTM`, `GRU`, `SimpleRNN`, `Bidirectional` of them, and `RNN` of their cells or of
    `StackedRNNCells` are replaced, wherever in the model they are; every other layer is rebuilt
    as it is, and a warning names the recurrent ones among them. The model given is left alone;
    the new one is not compiled.

    Args:
        model: built, and one that Keras can rebuild from its `get_config`.

    Returns:
        The new model.

    Raises:
        ValueError: a model that was never built, or that has no config.

    >>> import keras, zoo
    >>> stock = keras.Sequential([keras.Input((None, 3)), keras.layers.LSTM(8)])
    >>> type(zoo.layers.from_keras(stock).layers[0])
    <class 'zoo.layers.lstm.LSTM'>
    """
    if not model.built:
        raise ValueError(
            f"from_keras got the model '{model.name}', which was never built; call it on a batch "
            "or give it a keras.Input first."
        )
    try:
        config = model.get_config()
    except NotImplementedError as error:
        raise ValueError(
            f"from_keras got the model '{model.name}' of type {type(model).__name__}, which has "
            "no get_config; it takes a Sequential or functional model."
        ) from error
    rebuilt = type(model).from_config(_translated(config))
    if not rebuilt.built:
        rebuilt.build(model.input_shape)
    rebuilt.set_weights(model.get_weights())
    _warn_of_stock_layers(rebuilt)
    return rebuilt


def _warn_of_stock_layers(model: keras.Model) -> None:
    """Names the recurrent layers that stayed Keras's own."""
    left = [layer for layer in all_layers(model) if isinstance(layer, keras.layers.RNN)]
    if left:
        names = ", ".join(
            f"'{layer.path or layer.name}' (of {type(layer.cell).__name__})" for layer in left
        )
        warnings.warn(
            f"from_keras left {names} of '{model.name}' as stock layers: the zoo has none with "
            "these cells and options. They give the same as before.",
            stacklevel=3,
        )


def _translated(node: Any) -> Any:
    """A config with every stock recurrent layer in it replaced, from the inside out."""
    if isinstance(node, (list, tuple)):
        return type(node)(_translated(part) for part in node)
    if not isinstance(node, dict):
        return node
    if node.get("module") == "keras.layers" and "class_name" in node:
        layer = _layer(node["class_name"], node["config"])
        if layer is not None:
            return {**node, **keras.saving.serialize_keras_object(layer)}
    return {key: _translated(part) for key, part in node.items()}


def _layer(kind: str, config: dict[str, Any]) -> keras.layers.Layer | None:
    """The zoo's layer for a stock one, or None where there is none."""
    if kind in OURS and not kind.endswith("Cell"):
        return _like(OURS[kind], config)
    if kind == "RNN":
        return _of_cells(config)
    if kind == "Bidirectional":
        return _bidirectional(config)
    return None


def _of_cells(config: dict[str, Any]) -> Recurrence | Stacked | None:
    cell = config["cell"]
    if cell["class_name"] in OURS:
        return _like(OURS[cell["class_name"]], {**cell["config"], **config})
    if cell["class_name"] != "StackedRNNCells":
        return None
    cells = cell["config"]["cells"]
    if (
        config["stateful"]
        or config["go_backwards"]
        or any(c["class_name"] not in OURS for c in cells)
    ):
        return None
    layers = []
    for number, part in enumerate(cells):
        options = {**part["config"], "return_state": config["return_state"]}
        last = number == len(cells) - 1
        options["return_sequences"] = config["return_sequences"] if last else True
        layers.append(_like(OURS[part["class_name"]], options))
    return Stacked(
        layers, name=config["name"], trainable=config["trainable"], dtype=config["dtype"]
    )


def _bidirectional(config: dict[str, Any]) -> Bidirectional | None:
    parts = [config[name] for name in ("layer", "backward_layer") if name in config]
    # The stock wrapper asks its layers for zeros at masked steps; ours sets them itself.
    pair = [
        _layer(part["class_name"], {**part["config"], "zero_output_for_mask": False})
        for part in parts
    ]
    ahead, *behind = pair
    if not isinstance(ahead, Recurrence) or not all(isinstance(b, Recurrence) for b in behind):
        return None
    return Bidirectional(
        ahead,
        backward_layer=behind[0] if behind else None,
        merge_mode=config["merge_mode"],
        name=config["name"],
        trainable=config["trainable"],
        dtype=config["dtype"],
    )


def _like(kind: type[Recurrence], config: dict[str, Any]) -> Recurrence:
    """A layer with the options that the config and the layer share."""
    known = inspect.signature(kind).parameters
    return kind.from_config({key: part for key, part in config.items() if key in known})
