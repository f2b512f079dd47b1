"""What is exported: a model on whole sequences, or on a stream with its states."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import keras
import numpy as np

from zoo import signature, streaming
from zoo.errors import UserError
from zoo.layers import from_keras
from zoo.run import Run, carrying
from zoo.signature import TensorInfo


@dataclass(frozen=True)
class Source:
    """A model to export.

    Raises:
        UserError: a model whose inputs are not known, that computes in another type than float32,
            or that cannot run on a stream where it is to.
    """

    model: keras.Model
    stateful: bool = False
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
        if self.stateful and not any(i.shape[1:2] == ("time",) for i in self._own_inputs):
            raise UserError(
                f"'{self.model.name}' has no input of free length (batch, time, ...), so that no "
                "stream can be cut into stretches for it."
            )

    @property
    def inputs(self) -> list[TensorInfo]:
        return self._own_inputs + (streaming.states(self.rebuilt) if self.stateful else [])

    @property
    def outputs(self) -> list[TensorInfo]:
        own = signature.outputs(self.model)
        return own + (streaming.final_states(self.rebuilt) if self.stateful else [])

    def function(self) -> Any:
        """The rebuilt model as a traced function, its inputs named as in the model."""
        make = streaming.function if self.stateful else signature.function
        return make(self.rebuilt, self._own_inputs)

    def run(self, batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What the model gives for whole sequences, which an export must give too."""
        return signature.runner(self.model)(batch)

    def example(self) -> dict[str, np.ndarray]:
        """A random batch."""
        return signature.example(self.model)

    def cropped(self, batch: Mapping[str, np.ndarray], first: int, last: int) -> dict[str, Any]:
        """The time steps from first up to last of those inputs that have time."""
        timed = {info.name for info in self._own_inputs if info.shape[1:2] == ("time",)}
        return {n: array[:, first:last] if n in timed else array for n, array in batch.items()}

    def length(self, batch: Mapping[str, np.ndarray]) -> int | None:
        """The number of time steps, or None where the inputs have no free time axis."""
        timed = [i.name for i in self._own_inputs if i.shape[1:2] == ("time",)]
        return batch[timed[0]].shape[1] if timed else None

    def in_stretches(
        self, run: Run, batch: Mapping[str, np.ndarray], cuts: list[int]
    ) -> dict[str, np.ndarray]:
        """What an export with states gives for a stream that is cut at these steps."""
        step = carrying(run, {s.name: int(s.shape[1]) for s in streaming.states(self.rebuilt)})
        parts = [step(self.cropped(batch, first, last)) for first, last in pairwise(cuts)]
        timed = {o.name for o in signature.outputs(self.model) if o.shape[1:2] == ("time",)}
        return {
            name: np.concatenate([part[name] for part in parts], 1) if name in timed else last
            for name, last in parts[-1].items()
        }

    @property
    def _own_inputs(self) -> list[TensorInfo]:
        return signature.inputs(self.model)
