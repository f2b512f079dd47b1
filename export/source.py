"""What is exported: a model on whole sequences, or along a stream with its states."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import keras
import numpy as np

from zoo.errors import UserError
from zoo.layers import from_keras
from zoo.layers.engine.core import all_layers
from zoo.running import graph, stream
from zoo.running.arrays import Run, carrying
from zoo.running.graph import Graph, TensorInfo


@dataclass(frozen=True)
class Source:
    """A model to export."""

    model: keras.Model
    """As it was given, with named inputs and outputs."""

    rebuilt: keras.Model
    """The model on the zoo's layers, with the same weights."""

    whole: Graph
    """What the model gives for whole sequences, which an export must give too."""

    rebuilt_whole: Graph
    stateful: bool

    @classmethod
    def of(
        cls,
        model: keras.Model,
        stateful: bool = False,
        graph_of: Callable[[keras.Model], Graph] = Graph.of,
    ) -> "Source":
        """A model to export.

        Args:
            stateful: whether the states become inputs and outputs.
            graph_of: what is exported of the model: itself, unless a recipe says otherwise.

        Raises:
            UserError: a model whose inputs are not known, that computes in another type than
                float32, or that cannot run along a stream where it is to.
        """
        model = graph.functional(model)
        _require_float32(model)
        rebuilt = from_keras(model)
        whole = graph_of(model)
        if stateful and not any(_has_time(info) for info in whole.inputs):
            raise UserError(
                f"'{model.name}' has no input of free length (batch, time, ...), so that no "
                "stream can be cut into blocks for it."
            )
        return cls(model, rebuilt, whole, graph_of(rebuilt), stateful)

    @property
    def inputs(self) -> list[TensorInfo]:
        return self.whole.inputs + (stream.states(self.rebuilt) if self.stateful else [])

    @property
    def outputs(self) -> list[TensorInfo]:
        return self.whole.outputs + (stream.final_states(self.rebuilt) if self.stateful else [])

    @cached_property
    def initial_states(self) -> dict[str, np.ndarray]:
        """What the states are at the beginning of a stream, without the batch axis."""
        return stream.initial_states(self.rebuilt) if self.stateful else {}

    def function(self, steps: int | None = None) -> Any:
        """The rebuilt model as a traced function, its inputs named as in the model.

        Args:
            steps: time steps that it is traced for; any number if None.
        """
        infos = self.whole.inputs
        if steps is not None:
            infos = [
                replace(info, shape=tuple(steps if n == "time" else n for n in info.shape))
                for info in infos
            ]
        if self.stateful:
            return stream.function(self.rebuilt, infos)
        return graph.traced(self.rebuilt_whole.call, infos)

    @cached_property
    def run(self) -> Run:
        """What the model gives for whole sequences."""
        return self.whole.runner()

    def example(self) -> dict[str, np.ndarray]:
        """A random batch."""
        return graph.example(self.whole.inputs)

    def cropped(self, batch: Mapping[str, np.ndarray], first: int, last: int) -> dict[str, Any]:
        """The time steps from first up to last of those inputs that have time."""
        timed = {info.name for info in self.whole.inputs if _has_time(info)}
        return {n: array[:, first:last] if n in timed else array for n, array in batch.items()}

    def length(self, batch: Mapping[str, np.ndarray]) -> int | None:
        """The number of time steps, or None where the inputs have no free time axis."""
        timed = [info.name for info in self.whole.inputs if _has_time(info)]
        return batch[timed[0]].shape[1] if timed else None

    def in_blocks(
        self, run: Run, batch: Mapping[str, np.ndarray], cuts: list[int]
    ) -> dict[str, np.ndarray]:
        """What an export with states gives for a stream that is cut at these steps."""
        step = carrying(run, self.initial_states)
        parts = [step(self.cropped(batch, first, last)) for first, last in pairwise(cuts)]
        timed = {info.name for info in self.whole.outputs if _has_time(info)}
        return {
            name: np.concatenate([part[name] for part in parts], 1) if name in timed else last
            for name, last in parts[-1].items()
        }


def _has_time(info: TensorInfo) -> bool:
    return info.shape[1:2] == ("time",)


def _require_float32(model: keras.Model) -> None:
    others = {layer.compute_dtype for layer in all_layers(model)[1:] if layer.weights} - {"float32"}
    if others:
        raise UserError(
            f"'{model.name}' computes in {', '.join(sorted(others))}; an export takes "
            "float32. Build the model under keras.config.set_dtype_policy('float32') and give "
            "it the weights of this one with set_weights."
        )
