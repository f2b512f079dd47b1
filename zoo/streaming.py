"""A model on a stream: from a stretch of it and states to outputs and the states after it.

A causal model, whose outputs depend on nothing that comes later, gives stretch by stretch what it
gives for the whole. The states that it would begin from zero become inputs, and the final ones
outputs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from zoo import signature
from zoo.errors import UserError
from zoo.layers import Each, Recurrence, loop
from zoo.layers.recurrence import recurrent_layers
from zoo.run import NEXT, Run, carrying
from zoo.signature import TensorInfo


def states(model: keras.Model) -> list[TensorInfo]:
    """The states that a stream carries: for each recurrent layer its name and the state's.

    Raises:
        UserError: the model has none, or a layer that reads backwards or carries its own state.
    """
    found = _carriers(model)
    if not found:
        raise UserError(f"'{model.name}' has no recurrent layer of the zoo; no state to carry.")
    for layer in found:
        if layer.go_backwards:
            raise UserError(
                f"'{layer.name}' of '{model.name}' reads from the end, so that the model cannot "
                "run on a stream. It takes forward layers alone."
            )
        if layer.stateful:
            raise UserError(
                f"'{layer.name}' of '{model.name}' is stateful; build the model with "
                "stateful=False and the same weights, and its states become inputs and outputs."
            )
    return [
        TensorInfo(f"{layer.name}_{part}", layer.compute_dtype, ("batch", layer.units))
        for layer in found
        for part in layer.State._fields
    ]


def final_states(model: keras.Model) -> list[TensorInfo]:
    """The states after a stretch of the stream, in the order of `states`."""
    return [TensorInfo(s.name + NEXT, s.dtype, s.shape) for s in states(model)]


def function(model: keras.Model, infos: list[TensorInfo] | None = None) -> Any:
    """The model as a traced function from its inputs and states to a dictionary by name.

    Args:
        infos: names and shapes of the model's own inputs, by default as it has them.
    """
    given = [*(infos or signature.inputs(model)), *states(model)]
    number = len(given) - len(states(model))

    def call(*tensors: tf.Tensor) -> dict[str, tf.Tensor]:
        initial = dict(zip([s.name for s in given[number:]], tensors[number:], strict=True))
        with _started_from(initial, _carriers(model)) as final:
            result = signature.call(model, tensors[:number])
        return result | {name + NEXT: tensor for name, tensor in final.items()}

    return signature.traced(call, given)


def begin(model: keras.Model) -> Callable[[], Run]:
    """Makes streams of a model; each begins with states of zero. The model is traced once."""
    traced: list[Run] = []

    def stream() -> Run:
        carried = {s.name: int(s.shape[1]) for s in states(model)}
        if not traced:
            names = [*(info.name for info in signature.inputs(model)), *carried]
            traced.append(signature.by_name(function(model), names))
        return carrying(traced[0], carried)

    return stream


def _carriers(model: keras.Model) -> list[Recurrence]:
    """The layers that run along the stream; one inside `Each` begins anew for each sequence."""
    anew = {
        id(inner)
        for layer in model._flatten_layers()
        if isinstance(layer, Each)
        for inner in layer._flatten_layers()
    }
    return [layer for layer in recurrent_layers(model) if id(layer) not in anew]


@contextmanager
def _started_from(
    initial: dict[str, tf.Tensor], carriers: list[Recurrence]
) -> Iterator[dict[str, tf.Tensor]]:
    """Starts the layers from the given states and collects the final ones by the same names."""
    final: dict[str, tf.Tensor] = {}
    inner = loop.form()

    def run(cell: Any, sequences: Any, state: Any, *rest: Any, **options: Any) -> Any:
        if not any(cell.layer is layer for layer in carriers):
            return inner(cell, sequences, state, *rest, **options)
        names = [f"{cell.layer.name}_{part}" for part in state._fields]
        if names[0] in final:
            raise UserError(
                f"'{cell.layer.name}' is used twice, so that it has no one state to carry; give "
                "each place a layer of its own."
            )
        start = type(state)(*[initial[name] for name in names])
        last, outputs = inner(cell, sequences, start, *rest, **options)
        final.update(zip(names, last, strict=True))
        return last, outputs

    with loop.using(run):
        yield final
