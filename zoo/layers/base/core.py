"""The base of every recurrent layer: a layer is its step.

    (y_t, state_t) = step(x_t, state_{t-1})

A layer states the shapes of its output and its state, and writes `step`. Everything else is here:
the loop, masks, initial and final states, stateful layers, reading backwards and serialisation. A
state is any nest of tensors, and the output need not be a part of it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Unpack

import keras
from keras import ops

from zoo.layers.base import state as nests
from zoo.layers.base.arguments import LayerArguments
from zoo.layers.base.cell import Cell, Tensor
from zoo.layers.base.layer import Layer
from zoo.layers.base.scan import run_cell, zero_unless


class Carry(NamedTuple):
    """What is passed from one time step to the next where the output is not part of the state."""

    output: Any
    """y_t; repeated where the next step is padding."""

    state: Any


class Core(Layer):
    """A recurrent layer of any state; a subclass sets two shapes and writes `step`.

    `state_shape` and `output_shape`, set in `__init__` or in `build`, are shapes without batch and
    time, or nests of shapes: named tuples, dictionaries, tuples. A subclass that builds calls
    `super().build(...)` last.

    Args:
        return_sequences: return the outputs of all time steps instead of the last one.
        return_state: return the final state, part by part, after the output.
        go_backwards: read the sequence from its end; outputs come in the order of reading.
        stateful: start each batch from the state that the batch before ended in, until
            `reset_state`. The gradient stops there: blocks of a long sequence, given in order, are
            truncated backpropagation through time.
        unroll: make separate operators of the steps where the length of the sequence is known: no
            loop, and a larger graph.
        zero_output_for_mask: zeros as the outputs at padding, instead of the step's before.
        **kwargs: of every Keras layer.

    Call arguments:
        sequences: (batch, time, ...).
        initial_state: the parts of the state, each (batch, ...). By default what the method
            `initial_state` returns or, in a stateful layer, the last state of the batch before.
        mask: (batch, time), true at the steps that are not padding. Padding leaves the state as it
            is and repeats the output of the step before (zeros before the first other step).
        training: passed on to `cell`.

    Returns:
        (batch, time, ...) or (batch, ...), in the structure of `output_shape`.

    Raises:
        ValueError: an argument, an input or an initial state that does not fit. The message names
            the layer, what it got and what it takes.
    """

    state_shape: Any = None
    output_shape: Any = None
    remat = False
    """Set by a subclass whose step has many intermediate values: training then stores the states
    alone, and the backward pass computes each step again. The step may use x, a floating-point
    state and the layer's weights, and no random numbers."""

    def __init__(
        self,
        *,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Unpack[LayerArguments],
    ):
        super().__init__(**kwargs)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.supports_masking = True
        self.state_variables: Any = None

    def step(self, x: Any, state: Any) -> Any:
        """One time step: the paper's equations.

        Args:
            x: x_t, (batch, ...).
            state: state_{t-1}, in the structure of `state_shape`.

        Returns:
            The pair (y_t, state_t).
        """
        raise NotImplementedError

    def initial_state(self, batch: Any) -> Any:
        """state_0 for `batch` sequences: zeros, unless a subclass overrides it."""
        return nests.zeros(self.state_shape, batch, self.compute_dtype)

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        self._require(
            len(sequences_shape) >= 3,
            "an input of shape",
            tuple(sequences_shape),
            "(batch, time, features)",
        )
        if self.stateful:
            batch = sequences_shape[0]
            self._require(batch is not None, "a batch size", batch, "a fixed one where stateful")
            self.state_variables = [
                self.add_weight(
                    name=f"carried_{name}",
                    shape=(batch, *shape),
                    initializer=self._first_value(number),
                    trainable=False,
                )
                for number, (name, shape) in enumerate(nests.parts(self.state_shape))
            ]

    def call(
        self,
        sequences: Tensor,
        initial_state: Any = None,
        mask: Tensor | None = None,
        training: bool = False,
    ) -> Any:
        return self.run(self.cell(training=bool(training)), sequences, initial_state, mask)

    def cell(self, training: bool = False, **context: Any) -> Cell:
        """The cell that the loop repeats.

        Args:
            **context: further arguments of `step`, the same at every time step.
        """
        step: Callable[..., Any] = partial(self.step, **context)

        def carry(x: Any, before: Carry) -> Carry:
            return Carry(*step(x, before.state))

        return Cell(carry, layer=self, training=training, unroll=self.unroll, remat=self.remat)

    def run(
        self, cell: Cell, sequences: Tensor, initial_state: Any = None, mask: Tensor | None = None
    ) -> Any:
        """Runs a cell of this layer over sequences and returns what `call` returns."""
        state = self._start(sequences, initial_state)
        if mask is not None:
            takes = f"(batch, time), as the sequences of shape {tuple(sequences.shape)} have them"
            fits = len(mask.shape) == 2 and _may_equal(mask.shape, sequences.shape[:2])
            self._require(fits, "a mask of shape", tuple(mask.shape), takes)
            mask = ops.cast(mask, "bool")
        if self.go_backwards:
            sequences = ops.flip(sequences, axis=1)
            mask = None if mask is None else ops.flip(mask, axis=1)
        final, output = run_cell(
            cell,
            sequences,
            self.carry(state, ops.shape(sequences)[0]),
            mask,
            collect=self.return_sequences,
            from_zero=self._begins_with_zero(initial_state),
        )
        if mask is not None:
            output = self.masked_output(output, mask)
        parts = nests.flatten(self.state_of(final))
        if self.stateful:
            for variable, part in zip(self.state_variables, parts, strict=True):
                variable.assign(ops.cast(part, variable.dtype))
        return (output, *parts) if self.return_state else output

    def masked_output(self, output: Any, mask: Tensor) -> Any:
        """The output with zeros at padding, where `zero_output_for_mask` asks for them.

        Args:
            mask: (batch, time), in the order of reading.
        """
        if not self.zero_output_for_mask:
            return output
        return zero_unless(mask if self.return_sequences else mask[:, -1], output)

    def starts_from_zeros(self, initial_state: Any) -> bool:
        """Whether state_0 is known to be zeros: none is passed or stored, nor a layer's own."""
        is_own = type(self).initial_state is not Core.initial_state
        return initial_state is None and not self.stateful and not is_own

    def advance(self, x: Tensor, state: Any) -> tuple[Any, Any]:
        """One time step outside a loop, for a layer that contains layers: (y_t, state_t)."""
        cell = self.cell()
        after = cell.advance(cell.projected(x), self.carry(state, ops.shape(x)[0]))
        return after[0], self.state_of(after)

    @property
    def carry_shape(self) -> Any:
        """The shape of what is passed from step to step: the output and the state."""
        return Carry(self.output_shape, self.state_shape)

    def carry(self, state: Any, batch: Any) -> Any:
        """The carry before the first step, from state_0."""
        return Carry(nests.zeros(self.output_shape, batch, self.compute_dtype), state)

    def state_of(self, carry: Any) -> Any:
        """The state in what goes from step to step."""
        return carry.state

    def reset_state(self) -> None:
        """Sets the state of a stateful layer back to the initial one."""
        for number, part in enumerate(self.state_variables or ()):
            part.assign(self._first_value(number)(part.shape, part.dtype))

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        batch, time, *_ = sequences_shape
        before = (batch, time) if self.return_sequences else (batch,)
        output = nests.map_shape(lambda shape: (*before, *shape), self.output_shape)
        if self.return_state:
            return output, *[(batch, *shape) for shape in nests.flatten(self.state_shape)]
        return output

    def compute_mask(self, _: Any, previous_mask: Any) -> Any:
        mask = keras.tree.flatten(previous_mask)[0] if self.return_sequences else None
        outputs = [mask for _ in nests.flatten(self.output_shape)]
        if self.return_state:
            outputs += [None for _ in nests.flatten(self.state_shape)]
        return outputs if len(outputs) > 1 else mask

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "unroll": self.unroll,
            "zero_output_for_mask": self.zero_output_for_mask,
        }

    def _start(self, sequences: Tensor, initial_state: Any) -> Any:
        """state_0: the argument, the state of the batch before, or the layer's initial state."""
        if initial_state is None and not self.stateful:
            return self.initial_state(ops.shape(sequences)[0])
        if initial_state is None:
            # Copied now: a variable is read when it is used, and may have been assigned before
            # that.
            initial_state = [ops.copy(part) for part in self.state_variables]
        tensors = keras.tree.flatten(initial_state)
        parts = nests.parts(self.state_shape)
        takes = f"{len(parts)}: " + ", ".join(f"{name} {_spelled(shape)}" for name, shape in parts)
        self._require(len(tensors) == len(parts), "initial states numbering", len(tensors), takes)
        for part, (_, shape) in zip(tensors, parts, strict=True):
            fits = len(part.shape) == 1 + len(shape)
            fits = fits and _may_equal(part.shape, (sequences.shape[0], *shape))
            self._require(fits, "an initial state of shape", tuple(part.shape), takes)
        cast = [ops.cast(part, self.compute_dtype) for part in tensors]
        return nests.pack(self.state_shape, cast)

    def _first_value(self, number: int) -> Callable[..., Tensor]:
        """An initializer of one state variable of a stateful layer."""

        def value(shape: Any, dtype: Any = None) -> Tensor:
            return ops.cast(nests.flatten(self.initial_state(shape[0]))[number], dtype)

        return value

    def _begins_with_zero(self, initial_state: Any) -> bool:
        """Whether the output before the first step is known to be zero; here it always is."""
        return True

    def _require(self, holds: bool, what: str, got: Any, takes: str) -> None:
        if not holds:
            kind = type(self).__name__
            raise ValueError(f"{kind} '{self.name}' got {what} {got!r}; it takes {takes}.")


def recurrent_layers(model: keras.Model) -> list[Core]:
    """Every recurrent layer of the zoo in a model, nested ones too."""
    return [layer for layer in all_layers(model) if isinstance(layer, Core)]


def all_layers(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """A layer and all layers inside it. Only a private method of Keras lists nested layers."""
    return list(layer._flatten_layers())


def _may_equal(shape: Any, other: Any) -> bool:
    """Whether two shapes agree where both are known."""
    return all(a == b or None in (a, b) for a, b in zip(shape, other, strict=True))


def _spelled(shape: tuple) -> str:
    return f"(batch, {', '.join(map(str, shape))})"
