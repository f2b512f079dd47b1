"""The engine that every gated layer shares: an architecture is its step.

A layer of the form

    state_t = step(W x_t + b + U h_{t-1}, state_{t-1})

names its gates and its state and writes `step`; everything else is here: the weights, the
projections W x + b of many time steps at once, the loop and its gradient, masks, initial,
carried and final states, both directions, dropout and serialisation.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import keras
from keras import ops

from zoo.layers.loop import Cell, Tensor, recur


class HiddenState(NamedTuple):
    """The state of a layer that carries its hidden state and nothing else."""

    h: Tensor
    """Hidden state, (batch, units)."""


class Recurrence(keras.layers.Layer):
    """Base of the gated layers; a subclass sets `gates` and `State` and writes `step`.

    Args:
        units: size of the hidden state.
        activation: φ, the nonlinearity of the candidate and of the output.
        use_bias: whether b is added.
        kernel_initializer: of W, `kernel`, (features, gates x units).
        recurrent_initializer: of U, `recurrent_kernel`, (units, gates x units).
        bias_initializer: of b, `bias`, (gates x units,).
        dropout: share of the input features dropped, one mask a sequence.
        recurrent_dropout: share of h_{t-1} dropped on its way to U, one mask a sequence
            (Gal & Ghahramani 2016).
        return_sequences: return (batch, time, units) instead of the last (batch, units).
        return_state: return the final state, part by part, after the output.
        go_backwards: read the sequence from its end; outputs come in the order read.
        stateful: start each batch from the state that the batch before ended in, until
            `reset_states`. The gradient stops there: blocks of a long sequence, given in order,
            are truncated backpropagation through time.

    Call arguments:
        sequences: (batch, time, features).
        initial_state: the parts of the state, (batch, units) each; zeros, or the state carried
            over, by default.
        mask: (batch, time), true at the steps that count. At another step the state is kept and
            the output of the step before is repeated (zeros before the first that counts).
        training: whether dropout applies.

    Raises:
        ValueError: an argument, an input or an initial state that does not fit; the message
            names the layer, what it got and what it takes.
    """

    gates: ClassVar[tuple[str, ...]]
    """The column blocks of the kernels, in order."""

    apart: ClassVar[bool] = False
    """Whether the step takes W x + b and U h apart, as a reset gate needs them."""

    State: ClassVar[Any]
    """A NamedTuple of (batch, units) tensors, the output first: the hidden state `h` in most."""

    def __init__(
        self,
        units: int,
        *,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self._require(isinstance(units, int) and units > 0, "units", units, "an integer above 0")
        for name, rate in {"dropout": dropout, "recurrent_dropout": recurrent_dropout}.items():
            self._require(0 <= rate < 1, name, rate, "a share from 0 up to, not including, 1")
        self.units = units
        self.fed_units = units
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def step(self, a: Any, state: Any) -> Any:
        """One time step: the paper's equations.

        Args:
            a: W x_t + b + U v_{t-1} of each of the `gates` in turn, (batch, units); the pair of
                W x_t + b of each and U v_{t-1} + b' of each for a layer that says `apart`.
            state: state_{t-1}.

        Returns:
            state_t, of the same type.
        """
        raise NotImplementedError

    def fed(self, state: Any) -> Tensor:
        """What U multiplies: the hidden state, unless a layer feeds something else back."""
        return state.h

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        self._require(
            len(sequences_shape) == 3,
            "an input of shape",
            tuple(sequences_shape),
            "(batch, time, features)",
        )
        self.kernel = self.add_weight(
            name="kernel",
            shape=(sequences_shape[-1], self.width),
            initializer=self.kernel_initializer,
        )
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel",
            shape=(self.fed_units, self.width),
            initializer=self.recurrent_initializer,
        )
        self.bias = None
        if self.use_bias:
            shape = (self.width,) if self.bias_rows == 1 else (self.bias_rows, self.width)
            self.bias = self.add_weight(name="bias", shape=shape, initializer=self.initial_bias)
        self.carried: Any = None
        if self.stateful:
            batch = sequences_shape[0]
            self._require(batch is not None, "a batch size", batch, "a fixed one where stateful")
            self.carried = [
                self.add_weight(
                    name=f"carried_{part}",
                    shape=(batch, self.units),
                    initializer="zeros",
                    trainable=False,
                )
                for part in self.State._fields
            ]

    @property
    def width(self) -> int:
        """Columns of the kernels."""
        return len(self.gates) * self.units

    @property
    def bias_rows(self) -> int:
        """Rows of `bias`; the first is b, added to W x, another is b', added to U h."""
        return 1

    def initial_bias(self, shape: Any, dtype: Any = None) -> Tensor:
        """Initial value of b; a layer whose gates start apart overrides it."""
        return self.bias_initializer(shape, dtype=dtype)

    def call(
        self,
        sequences: Tensor,
        initial_state: Sequence[Tensor] | Tensor | None = None,
        mask: Tensor | None = None,
        training: bool = False,
    ) -> Any:
        state = self._initial_state(sequences, initial_state)
        if mask is not None:
            takes = f"(batch, time), as the sequences of shape {tuple(sequences.shape)} have them"
            fits = len(mask.shape) == 2 and _may_equal(mask.shape, sequences.shape[:2])
            self._require(fits, "a mask of shape", tuple(mask.shape), takes)
            mask = ops.cast(mask, "bool")
        if training and self.dropout:
            sequences = sequences * self._dropout_mask(sequences[:, :1], self.dropout)
        kept = None
        if training and self.recurrent_dropout:
            kept = self._dropout_mask(self.fed(state), self.recurrent_dropout)
        if self.go_backwards:
            sequences = ops.flip(sequences, axis=1)
            mask = None if mask is None else ops.flip(mask, axis=1)

        final, output = recur(
            self.cell()._replace(training=bool(training)),
            sequences,
            state,
            mask,
            kept,
            collect=self.return_sequences,
            from_zero=initial_state is None and not self.stateful,
        )
        if self.stateful:
            for variable, part in zip(self.carried, final, strict=True):
                variable.assign(ops.cast(part, variable.dtype))
        return (output, *final) if self.return_state else output

    def cell(self) -> Cell:
        """What the loop repeats."""
        rows = [None, None]
        if self.bias is not None:
            bias = ops.convert_to_tensor(self.bias)
            rows = [bias, None] if self.bias_rows == 1 else ops.unstack(bias, 2)
        return Cell(
            step=self.step,
            fed=self.fed,
            kernel=ops.convert_to_tensor(self.kernel),
            recurrent_kernel=ops.convert_to_tensor(self.recurrent_kernel),
            gates=len(self.gates),
            bias=rows[0],
            recurrent_bias=rows[1],
            apart=self.apart,
            layer=self,
        )

    def reset_states(self) -> None:
        """Sets the state that a stateful layer carries over back to zeros."""
        for part in self.carried or ():
            part.assign(ops.zeros(part.shape, part.dtype))

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        batch, time, _ = sequences_shape
        output = (batch, time, self.units) if self.return_sequences else (batch, self.units)
        if self.return_state:
            return output, *[(batch, self.units) for _ in self.State._fields]
        return output

    def compute_mask(self, _: Any, previous_mask: Any) -> Any:
        mask = keras.tree.flatten(previous_mask)[0] if self.return_sequences else None
        return [mask, *[None for _ in self.State._fields]] if self.return_state else mask

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "recurrent_initializer": keras.initializers.serialize(self.recurrent_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "seed": self.seed,
        }

    def _initial_state(self, sequences: Tensor, given: Any) -> Any:
        fields = self.State._fields
        if given is None and self.stateful:
            given = [part.value for part in self.carried]
        if given is None:
            batch = ops.shape(sequences)[0]
            return self.State(
                *[ops.zeros((batch, self.units), dtype=self.compute_dtype) for _ in fields]
            )
        parts = list(given) if isinstance(given, (list, tuple)) else [given]
        takes = f"{len(fields)} of shape (batch, {self.units}): {', '.join(fields)}"
        self._require(len(parts) == len(fields), "initial states numbering", len(parts), takes)
        for part in parts:
            shape = tuple(part.shape)
            fits = len(shape) == 2 and _may_equal(shape, (sequences.shape[0], self.units))
            self._require(fits, "an initial state of shape", shape, takes)
        return self.State(*[ops.cast(part, self.compute_dtype) for part in parts])

    def _dropout_mask(self, like: Tensor, rate: float) -> Tensor:
        return keras.random.dropout(ops.ones_like(like), rate, seed=self.seed_generator)

    def _require(self, holds: bool, what: str, got: Any, takes: str) -> None:
        if not holds:
            kind = type(self).__name__
            raise ValueError(f"{kind} '{self.name}' got {what} {got!r}; it takes {takes}.")


def recurrent_layers(model: keras.Model) -> list[Recurrence]:
    """Every recurrent layer of the zoo in a model, nested ones too.

    Keras lists nested layers by a private method alone.
    """
    return [layer for layer in model._flatten_layers() if isinstance(layer, Recurrence)]


def _may_equal(shape: Any, other: Any) -> bool:
    """Whether two shapes agree where both are known."""
    return all(a == b or None in (a, b) for a, b in zip(shape, other, strict=True))
