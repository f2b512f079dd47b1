"""What is exported: a model on whole sequences, or on a stream with its states."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import keras
import numpy as np

from zoo import signature, streaming
from zoo.errors import UserError
from zoo.layers import from_keras
from zoo.run import Run, carrying
from zoo.signature import Graph, TensorInfo


@dataclass(frozen=True)
class Source:
    """A model to export.

    Raises:
        UserError: a model whose inputs are not known, that computes in another type than float32,
            or that cannot run on a stream where it is to.
    """

    model: keras.Model
    stateful: bool = False
    graph: Callable[[keras.Model], Graph] = signature.graph
    """What is exported of the model: itself, unless a recipe says otherwise."""

    rebuilt: keras.Model = field(init=False)
    """The model on the zoo's layers, with the same weights."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "model", signature.functional(self.model))
        others = {
            layer.compute_dtype
            for layer in self.model._flatten_layers(include_self=False)
            if layer.weights
        } - {"float32"}
        if others:
            raise UserError(
                f"'{self.model.name}' computes in {', '.join(sorted(others))}; an export takes "
                "float32. Build the model under keras.config.set_dtype_policy('float32') and give "
                "it the weights of this one with set_weights."
            )
        object.__setattr__(self, "rebuilt", from_keras(self.model))
        if self.stateful and not any(i.shape[1:2] == ("time",) for i in self._own.inputs):
            raise UserError(
                f"'{self.model.name}' has no input of free length (batch, time, ...), so that no "
                "stream can be cut into stretches for it."
            )

    @property
    def inputs(self) -> list[TensorInfo]:
        return self._own.inputs + (streaming.states(self.rebuilt) if self.stateful else [])

    @property
    def outputs(self) -> list[TensorInfo]:
        return self._own.outputs + (streaming.final_states(self.rebuilt) if self.stateful else [])

    def function(self, steps: int | None = None) -> Any:
        """The rebuilt model as a traced function, its inputs named as in the model.

        Args:
            steps: time steps that it is traced for; any number if None.
        """
        infos = self._own.inputs
        if steps is not None:
            infos = [
                replace(info, shape=tuple(steps if n == "time" else n for n in info.shape))
                for info in infos
            ]
        if self.stateful:
            return streaming.function(self.rebuilt, infos)
        return signature.traced(self.graph(self.rebuilt).call, infos)

    @cached_property
    def run(self) -> Run:
        """What the model gives for whole sequences, which an export must give too."""
        return self._own.runner()

    def example(self) -> dict[str, np.ndarray]:
        """A random batch."""
        return signature.example(self._own.inputs)

    def cropped(self, batch: Mapping[str, np.ndarray], first: int, last: int) -> dict[str, Any]:
        """The time steps from first up to last of those inputs that have time."""
        timed = {info.name for info in self._own.inputs if info.shape[1:2] == ("time",)}
        return {n: array[:, first:last] if n in timed else array for n, array in batch.items()}

    def length(self, batch: Mapping[str, np.ndarray]) -> int | None:
        """The number of time steps, or None where the inputs have no free time axis."""
        timed = [i.name for i in self._own.inputs if i.shape[1:2] == ("time",)]
        return batch[timed[0]].shape[1] if timed else None

    def in_stretches(
        self, run: Run, batch: Mapping[str, np.ndarray], cuts: list[int]
    ) -> dict[str, np.ndarray]:
        """What an export with states gives for a stream that is cut at these steps."""
        step = carrying(run, {s.name: int(s.shape[1]) for s in streaming.states(self.rebuilt)})
        parts = [step(self.cropped(batch, first, last)) for first, last in pairwise(cuts)]
        timed = {o.name for o in self._own.outputs if o.shape[1:2] == ("time",)}
        return {
            name: np.concatenate([part[name] for part in parts], 1) if name in timed else last
            for name, last in parts[-1].items()
        }

    @cached_property
    def _own(self) -> Graph:
        return self.graph(self.model)
