"""What is exported: a model on whole sequences, or along a stream with its states."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import keras
import numpy as np

from zoo.errors import UserError
from zoo.exporters import axes, emptiness, precision, stock
from zoo.exporters.examples import SEQUENCES, Examples, Sizes
from zoo.inference import graph, streaming
from zoo.inference.arrays import Run, equal, make_stateful
from zoo.inference.graph import BATCH, TIME, Graph, TensorInfo
from zoo.layers import Core, from_keras
from zoo.layers.base import scan
from zoo.layers.base.cell import Loop
from zoo.layers.base.core import all_layers


@dataclass(frozen=True)
class Source:
    """A model to export."""

    model: keras.Model
    """The model itself, with named inputs and outputs."""

    whole: Graph
    """What the model gives for whole sequences, which an export must give too."""

    stateful: bool
    """Whether the states become inputs and outputs."""

    examples: Examples
    sizes: Sizes
    """Lengths of the dynamic axes that the model takes, no two alike."""

    steps: int | None = None
    """Time steps that an export takes in one call; any number if None."""

    @classmethod
    def of(
        cls,
        model: keras.Model,
        stateful: bool = False,
        graph_of: Callable[[keras.Model], Graph] = Graph.of,
        inputs: Any = None,
        steps: int | None = None,
        distinct: bool = False,
    ) -> "Source":
        """A model to export.

        Args:
            stateful: whether the states become inputs and outputs.
            steps: time steps that a stream is cut into; any number if None.
            graph_of: what is exported of the model: itself, unless a recipe says otherwise.
            inputs: to call the model on, see `graph.with_inputs`.
            distinct: whether no output may have the name of an input.

        Raises:
            UserError: a model whose inputs are not known, that cannot be run, or that cannot run
                along a stream where it is to.
        """
        if not isinstance(model, keras.Model):
            raise UserError(
                f"An export takes a keras.Model, the name of a shipped model or a model's "
                f"directory, not {model!r:.80}."
            )
        model = graph.with_inputs(model, inputs)
        whole = graph_of(model)
        if distinct:
            whole = whole.with_distinct_names()
        examples = Examples(model, whole.inputs)
        source = cls(model, whole, stateful, examples, axes.distinct_sizes(whole.inputs), steps)
        if not whole.axes_known:
            source = source._with_known_axes()
        if stateful and not source.has_time:
            raise UserError(
                f"'{model.name}' has no input of free length (batch, time, ...), so that no "
                "stream can be cut into blocks for it; or it has several, which may differ."
            )
        return source

    @property
    def inputs(self) -> list[TensorInfo]:
        own = self._in_steps(self.whole.inputs)
        return own + (streaming.states(self.streamed) if self.stateful else [])

    @property
    def outputs(self) -> list[TensorInfo]:
        own = self._in_steps(self.whole.outputs)
        return own + (streaming.final_states(self.streamed) if self.stateful else [])

    @property
    def outputs_with_time(self) -> list[str]:
        return [info.name for info in self.whole.outputs if _has_time(info)]

    @property
    def has_time(self) -> bool:
        """Whether there is one dynamic time axis, which all inputs with time share."""
        return any(map(_has_time, self.whole.inputs))

    @cached_property
    def types(self) -> list[str]:
        """The types other than float32 that the model computes in."""
        return precision.types(self.model)

    @cached_property
    def keeps_state(self) -> bool:
        """Whether a call changes what the next one gives, as in a stateful layer."""
        return any(getattr(layer, "stateful", False) for layer in all_layers(self.model))

    @cached_property
    def streamed(self) -> keras.Model:
        """The model on layers whose states can be reached: stock ones are rebuilt.

        Raises:
            UserError: a stock recurrent layer cannot be rebuilt.
        """
        if not _stock_layers(self.model):
            return self.model
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                rebuilt = from_keras(self.model)
            except ValueError as error:
                raise UserError(str(error)) from error
        left = _stock_layers(rebuilt)
        if left:
            layers = ", ".join(
                f"'{each.path or each.name}' (of {type(each.cell).__name__})" for each in left
            )
            raise UserError(
                f"The states of {layers} in '{self.model.name}' cannot become inputs and outputs: "
                "stateful=True takes Keras's LSTM, GRU and SimpleRNN that stand in the model or in "
                "a wrapper of Keras, and the layers of zoo.layers anywhere. Build the model with "
                "those, or export it for whole sequences."
            )
        return rebuilt

    @property
    def streams(self) -> bool:
        """Whether the model gives block by block, in Keras, what it gives for whole sequences."""
        if not self.has_time:
            return False
        try:
            step = streaming.stream_maker(self.streamed)()
            batch = self.examples.batch(self.sizes)
            length = self.length(batch) or 1
            parts = [step(self.cropped(batch, *cut)) for cut in ((0, 1), (1, length))]
            whole = self.run(batch)
        except Exception:
            return False
        blocks = self._joined(parts)
        return all(
            blocks[name].shape == array.shape and np.allclose(blocks[name], array, 1e-3, 1e-4)
            for name, array in whole.items()
            if np.issubdtype(array.dtype, np.number)
        )

    @cached_property
    def initial_states(self) -> dict[str, np.ndarray]:
        """What the states are at the beginning of a stream, without the batch axis."""
        return streaming.initial_states(self.streamed) if self.stateful else {}

    @contextmanager
    def traced_for_export(self, loop: Loop, left: stock.Left = lambda _: None) -> Iterator[None]:
        """While the model is traced: in float32, and every recurrent layer by one loop.

        Args:
            left: called with each stock layer that Keras runs itself.
        """
        model = self.streamed if self.stateful else self.model
        with precision.float32(model), stock.by_the_engine(left), scan.using(loop):
            yield

    def function(self) -> Any:
        """The model as a function to be traced, its inputs named as in the model."""
        infos = self._in_steps(self.whole.inputs)
        if self.stateful:
            names = [info.name for info in self.whole.outputs]
            return streaming.function(self.streamed, infos, names)
        return graph.traced(self.whole.call, infos)

    def _in_steps(self, infos: list[TensorInfo]) -> list[TensorInfo]:
        """The tensors with the number of time steps that an export takes, if there is one."""
        if self.steps is None:
            return infos
        return [
            replace(info, shape=tuple(self.steps if n == TIME else n for n in info.shape))
            for info in infos
        ]

    @cached_property
    def run(self) -> Run:
        """What the model gives for whole sequences, by Keras alone, computing in float32."""
        run = self.own_run

        def in_float32(batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            with precision.float32(self.model):
                return run(batch)

        return in_float32 if self.types else run

    @cached_property
    def own_run(self) -> Run:
        """What the model gives in the types that it computes in."""
        # Called as it is, since a few layers of Keras err where they are traced for any batch; a
        # recipe's search is a loop, which is run faster where it is traced.
        run = self.whole.runner() if self.whole.axes_known else self.whole.eager()
        return _from_the_same_state(run, self.model) if self.keeps_state else run

    def tried(self, batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray] | None:
        """What the model gives for a batch, or None where it fails or makes empty tensors."""
        try:
            with emptiness.noted() as empty:
                outputs = self.run(batch)
        except Exception:
            return None
        if empty or not all(array.size for array in outputs.values()):
            return None
        return outputs

    def _refusal(self, batch: Mapping[str, np.ndarray]) -> str | None:
        """What the model says against a batch; None where it takes it."""
        try:
            self.run(batch)
        except Exception as error:
            return str(error)
        return None

    @cached_property
    def random(self) -> list[str]:
        """The outputs that differ from call to call: only shape and type can be compared."""
        if self.whole.axes_known:
            return []
        batch = self.examples.batch(self.sizes)
        first, second = self.run(batch), self.run(batch)
        return [name for name in first if not equal(first[name], second[name]).all()]

    def cropped(self, batch: Mapping[str, np.ndarray], first: int, last: int) -> dict[str, Any]:
        """The time steps from first up to last of those inputs that have time."""
        timed = {info.name for info in self.whole.inputs if _has_time(info)}
        return {n: array[:, first:last] if n in timed else array for n, array in batch.items()}

    def length(self, batch: Mapping[str, np.ndarray]) -> int | None:
        """The number of time steps, or None where the inputs have no dynamic time axis."""
        timed = [info.name for info in self.whole.inputs if _has_time(info)]
        return batch[timed[0]].shape[1] if timed else None

    def in_blocks(
        self, run: Run, batch: Mapping[str, np.ndarray], cuts: list[int]
    ) -> dict[str, np.ndarray]:
        """What an export with states gives for a stream that is cut at these steps."""
        step = make_stateful(run, self.initial_states)
        parts = [step(self.cropped(batch, first, last)) for first, last in pairwise(cuts)]
        return self._joined(parts)

    def _joined(self, parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """The outputs of all blocks; of those without time the last."""
        timed = self.outputs_with_time
        return {
            name: np.concatenate([part[name] for part in parts], 1) if name in timed else last
            for name, last in parts[-1].items()
        }

    def _with_known_axes(self) -> "Source":
        """The source with names for the dynamic axes that say which of them are equal."""
        scale = axes.scale_of(self.model.name, self.examples, self.run, self.tried)

        def refusal(sizes: Sizes) -> str | None:
            return self._refusal(self.examples.batch(sizes))

        infos = axes.merged(self.whole.inputs, scale, refusal)
        examples = Examples(self.model, infos)
        examples.meaning = self.examples.meaning

        together = {BATCH: SEQUENCES} | dict.fromkeys(axes.dynamic_axes(infos), scale)
        always_empty = self.tried(examples.batch(together)) is None

        def outputs_of(sizes: Sizes) -> dict[str, np.ndarray] | None:
            batch = examples.batch(sizes)
            if always_empty and self._refusal(batch) is None:
                return self.run(batch)
            return self.tried(batch)

        sizes, outputs = axes.distinct_outputs(infos, scale, outputs_of)
        named = axes.of_outputs(self.whole.outputs, sizes, outputs)
        whole = replace(self.whole, inputs=infos, outputs=named)
        return replace(self, whole=whole, examples=examples, sizes=sizes)


def _stock_layers(model: keras.Model) -> list[keras.layers.RNN]:
    return [each for each in all_layers(model) if isinstance(each, keras.layers.RNN)]


def _has_time(info: TensorInfo) -> bool:
    return info.shape[1:2] == (TIME,)


def _from_the_same_state(run: Run, model: keras.Model) -> Run:
    """A run after which stateful layers are as they were before it."""
    kept = [
        variable
        for layer in all_layers(model)
        for variable in keras.tree.flatten(
            layer.state_variables if isinstance(layer, Core) else getattr(layer, "states", None)
        )
        if isinstance(variable, keras.Variable)
    ]
    before = [keras.ops.convert_to_numpy(variable) for variable in kept]

    def run_and_restore(batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        try:
            return run(batch)
        finally:
            for variable, value in zip(kept, before, strict=True):
                variable.assign(value)

    return run_and_restore
