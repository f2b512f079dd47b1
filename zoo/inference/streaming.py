"""Streaming: a model that takes a stream in blocks of time steps and carries its states.

A causal model, whose outputs do not depend on later inputs, gives the same outputs block by block
as for the whole sequence. Its initial states become inputs of the graph, its final ones outputs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.errors import UserError
from zoo.inference import graph
from zoo.inference.arrays import NEXT, Run, make_stateful
from zoo.inference.graph import TensorInfo
from zoo.layers import Core, Each
from zoo.layers.base import scan
from zoo.layers.base import state as nests
from zoo.layers.base.cell import Cell
from zoo.layers.base.core import all_layers, recurrent_layers


def states(model: keras.Model) -> list[TensorInfo]:
    """The states that a stream carries: for each recurrent layer its name and the state's.

    Raises:
        UserError: the model has none, or a layer that reads backwards or carries its own state.
    """
    carriers = _carriers(model)
    if not carriers:
        raise UserError(f"'{model.name}' has no recurrent layer of the zoo; no state to carry.")
    for layer in carriers.values():
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
        TensorInfo(f"{name}_{part}", layer.compute_dtype, ("batch", *shape))
        for name, layer in carriers.items()
        for part, shape in nests.parts(layer.carry_shape)
    ]


def final_states(model: keras.Model) -> list[TensorInfo]:
    """The states after a block of the stream, in the order of `states`."""
    return [TensorInfo(s.name + NEXT, s.dtype, s.shape) for s in states(model)]


def initial_states(model: keras.Model) -> dict[str, np.ndarray]:
    """The states at the beginning of a stream, by name and without the batch axis."""
    return {
        f"{name}_{part}": keras.ops.convert_to_numpy(value)[0]
        for name, layer in _carriers(model).items()
        for part, value in nests.parts(layer.carry(layer.initial_state(1), 1))
    }


def function(
    model: keras.Model,
    infos: list[TensorInfo] | None = None,
    output_names: list[str] | None = None,
) -> Any:
    """The model as a traced function from its inputs and states to a dictionary by name.

    Args:
        infos: names and shapes of the model's own inputs, by default as it has them.
        output_names: of the model's own outputs, by default as it has them.
    """
    inputs = infos or graph.inputs(model)
    state_infos = states(model)

    def call(*tensors: tf.Tensor) -> dict[str, tf.Tensor]:
        names = [state.name for state in state_infos]
        initial = dict(zip(names, tensors[len(inputs) :], strict=True))
        with _initial_states(initial, _carriers(model)) as final:
            outputs = graph.call(model, tensors[: len(inputs)])
        outputs = dict(zip(output_names or outputs, outputs.values(), strict=True))
        return outputs | {name + NEXT: tensor for name, tensor in final.items()}

    return graph.traced(call, [*inputs, *state_infos])


def stream_maker(model: keras.Model) -> Callable[[], Run]:
    """A function that starts a stream from the initial states; the model is traced once."""
    traced_step: list[Run] = []

    def start_stream() -> Run:
        if not traced_step:
            infos = [*graph.inputs(model), *states(model)]
            traced_step.append(graph.by_name(function(model), [info.name for info in infos]))
        return make_stateful(traced_step[0], initial_states(model))

    return start_stream


def _carriers(model: keras.Model) -> dict[str, Core]:
    """The recurrent layers whose states a stream carries, by their names; layers of one name in
    different models are numbered.

    Not those inside `Each`, which start from their initial state for each inner sequence, nor those
    inside another recurrent layer, such as the controller of an `NTM`: their states are part of the
    outer layer's state.
    """
    inside = {
        id(inner)
        for layer in all_layers(model)
        if isinstance(layer, (Each, Core))
        for inner in all_layers(layer)[1:]
    }
    layers = [layer for layer in recurrent_layers(model) if id(layer) not in inside]
    return dict(zip(graph.numbered(layer.name for layer in layers), layers, strict=True))


@contextmanager
def _initial_states(
    initial: dict[str, tf.Tensor], carriers: dict[str, Core]
) -> Iterator[dict[str, tf.Tensor]]:
    """Runs the layers from these initial states and collects the final ones by the same names."""
    final: dict[str, tf.Tensor] = {}
    inner = scan.current_loop()

    def run(
        cell: Cell, sequences: Any, carry: Any, mask: Any, collect: bool = True
    ) -> tuple[Any, Any]:
        layer = cell.layer
        own_name = next((name for name, carrier in carriers.items() if layer is carrier), None)
        if own_name is None:
            return inner(cell, sequences, carry, mask, collect)
        names = [f"{own_name}_{part}" for part, _ in nests.parts(layer.carry_shape)]
        if names[0] in final:
            raise UserError(
                f"'{layer.name}' is used twice in the model, and a stream carries one state for "
                "each layer; make it two layers."
            )
        first = nests.pack(layer.carry_shape, [initial[name] for name in names])
        last, outputs = inner(cell, sequences, first, mask, collect)
        final.update(zip(names, nests.flatten(last), strict=True))
        return last, outputs

    with scan.using(run):
        yield final
