"""Models of stock Keras layers rebuilt on the zoo's."""

import inspect
import warnings
from typing import Any

import keras

from zoo.layers.base.core import Core, all_layers
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
    the new one is not compiled. A layer that Keras cannot make anew, such as a `Lambda`, is shared
    by both.

    Args:
        model: built; Sequential, functional, or of a class that can be made from its `get_config`.

    Returns:
        The new model.

    Raises:
        ValueError: a model that was never built, or of a class that cannot be made anew.

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
    rebuilt = _Rebuilding(model).of(model)
    _warn_of_stock_layers(rebuilt)
    return rebuilt


class _Rebuilding:
    """One model rebuilt on new layers, each made from the one it takes the place of."""

    def __init__(self, model: keras.Model):
        self._made: dict[int, keras.layers.Layer] = {}
        # So that classes of the user's need not be registered.
        self._classes = {
            keras.saving.get_registered_name(type(layer)): type(layer)
            for layer in all_layers(model)
            if not _is_of_keras(layer)
        }

    def of(self, model: keras.Model) -> keras.Model:
        """The model on new layers, with the weights and states that the old ones have now."""
        rebuilt = self._model(model)
        state_ids = {
            id(state)
            for layer in all_layers(rebuilt)
            if isinstance(layer, Core)
            for state in layer.state_variables or ()
        }
        weights = [weight for weight in rebuilt.weights if id(weight) not in state_ids]
        for weight, value in zip(weights, model.weights, strict=True):
            if weight is not value:
                weight.assign(value)
        for layer in all_layers(model):
            made = self._made.get(id(layer))
            if isinstance(layer, keras.layers.RNN) and isinstance(made, Recurrence):
                states = keras.tree.flatten(getattr(layer, "states", None) or ())
                for state, value in zip(made.state_variables or (), states, strict=False):
                    state.assign(value)
        return rebuilt

    def _model(self, model: keras.Model) -> keras.Model:
        if not _is_of_keras(model):
            return self._from_config(model)
        if isinstance(model, keras.Sequential):
            [tensor] = model.inputs
            return keras.Sequential(
                [_input_like(tensor), *map(self._layer, model.layers)],
                name=model.name,
                trainable=model.trainable,
            )
        inputs = keras.tree.map_structure(_input_like, model.input)
        # Private to Keras: its own `clone_model` is made of it, and would compile the clone too.
        outputs = model._run_through_graph(inputs, operation_fn=self._layer)
        rebuilt = keras.Model(inputs, outputs, name=model.name)
        if not model.trainable:
            rebuilt.trainable = False
        return rebuilt

    def _layer(self, layer: Any) -> Any:
        """The new layer in the place of one; of one that is used twice, the same."""
        if not isinstance(layer, keras.layers.Layer):
            return layer
        if id(layer) not in self._made:
            self._made[id(layer)] = self._new_layer(layer)
        return self._made[id(layer)]

    def _new_layer(self, layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, keras.Model):
            return self._model(layer)
        if _is_of_keras(layer):
            ours = _layer(type(layer).__name__, layer.get_config())
            if ours is not None:
                return ours
        try:
            with keras.saving.custom_object_scope(self._classes):
                return type(layer).from_config(_translated(layer.get_config()))
        except Exception:
            # Such as a Lambda, whose function Keras cannot write down.
            return layer

    def _from_config(self, model: keras.Model) -> keras.Model:
        """A model of the user's own class, which alone knows how to make it."""
        try:
            with keras.saving.custom_object_scope(self._classes):
                rebuilt = type(model).from_config(_translated(model.get_config()))
        except Exception as error:
            raise ValueError(
                f"from_keras got the model '{model.name}' of type {type(model).__name__}, which "
                "cannot be rebuilt from its get_config; it takes a Sequential or functional model."
            ) from error
        if not rebuilt.built:
            rebuilt.build(model.input_shape)
        return rebuilt


def _is_of_keras(layer: keras.layers.Layer) -> bool:
    return type(layer).__module__.partition(".")[0] == "keras"


def _input_like(tensor: Any) -> Any:
    return keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name)


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
    """The zoo's layer for a stock one, or None where there is none.

    Nor is there one where Keras zeroes the mirrored steps instead of the padding, as it does for an
    unrolled layer that reads backwards.
    """
    if config.get("unroll") and config.get("go_backwards") and config.get("zero_output_for_mask"):
        return None
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
    behind_options = parts[-1]["config"]
    if behind_options.get("unroll") and behind_options.get("return_sequences"):
        # The same mirrored steps as in `_layer`.
        return None
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
