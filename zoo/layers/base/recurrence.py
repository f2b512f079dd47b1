"""The base of the gated layers: the fast case of a `Core`.

A layer of the form

    state_t = step(W x_t + b + U h_{t-1}, state_{t-1})

names its gates and its state and writes `step`. This class adds the weights, the projections W x +
b of many time steps at once, and dropout to what every recurrent layer has.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, NamedTuple, Unpack

import keras
from keras import ops

from zoo.layers.base.arguments import (
    Activation,
    Constraint,
    CoreArguments,
    Initializer,
    Regularizer,
    UseCuDNN,
)
from zoo.layers.base.cell import GatedCell, Tensor
from zoo.layers.base.core import Core

KINDS = {
    "initializer": keras.initializers,
    "regularizer": keras.regularizers,
    "constraint": keras.constraints,
}
"""The arguments that each weight has, and the module of Keras that serialises them."""


class HiddenState(NamedTuple):
    """The state of a layer that has a hidden state and nothing else."""

    h: Tensor
    """Hidden state, (batch, units)."""


class Recurrence(Core):
    """Base of the gated layers; a subclass sets `gates` and `State` and writes `step`.

    Args:
        units: size of the hidden state.
        activation: φ, the nonlinearity of the candidate and of the output.
        use_bias: whether b is added.
        kernel_initializer: of W, `kernel`, (features, gates x units).
        recurrent_initializer: of U, `recurrent_kernel`, (units, gates x units).
        bias_initializer: of b, `bias`, (gates x units,).
        kernel_regularizer, recurrent_regularizer, bias_regularizer: of W, U and b.
        kernel_constraint, recurrent_constraint, bias_constraint: of W, U and b.
        dropout: share of the input features dropped, by the same mask at all steps of a sequence.
        recurrent_dropout: share dropped of every vector that U multiplies, by the same mask at all
            steps of a sequence (Gal & Ghahramani 2016).
        seed: of dropout.
        implementation, use_cudnn: arguments of stock Keras, without effect here.
        **kwargs: of `Core`.

    Call arguments:
        sequences: x, (batch, time, features).
        initial_state: the parts of `State`, (batch, units) each; zeros by default.
        mask: (batch, time), true at the steps that are no padding.
        training: whether dropout applies.

    Returns:
        The first part of the state, (batch, units), or (batch, time, units) with
        `return_sequences`; after it, with `return_state`, the final state, part by part.

    Raises:
        ValueError: as `Core`.
    """

    gates: ClassVar[tuple[str, ...]]
    """The column blocks of the kernels, in order."""

    separate_projections: bool = False
    """Whether the step takes W x + b and U h + b' as a pair, as a reset gate needs them."""

    deferred_gates: int = 0
    """How many of the last gates multiply something that the step makes, instead of v_{t-1}."""

    State: ClassVar[Any]
    """A NamedTuple of (batch, units) tensors, the output first: the hidden state `h` in most."""

    cudnn: ClassVar[str | None] = None
    """What cuDNN calls this very layer, if it has it; a subclass with another step says its own."""

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        use_bias: bool = True,
        *,
        kernel_initializer: Initializer = "glorot_uniform",
        recurrent_initializer: Initializer = "orthogonal",
        bias_initializer: Initializer = "zeros",
        kernel_regularizer: Regularizer = None,
        recurrent_regularizer: Regularizer = None,
        bias_regularizer: Regularizer = None,
        kernel_constraint: Constraint = None,
        recurrent_constraint: Constraint = None,
        bias_constraint: Constraint = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        implementation: int | None = None,
        use_cudnn: UseCuDNN = "auto",
        **kwargs: Unpack[CoreArguments],
    ):
        super().__init__(**kwargs)
        self._require(isinstance(units, int) and units > 0, "units", units, "an integer above 0")
        for name, rate in {"dropout": dropout, "recurrent_dropout": recurrent_dropout}.items():
            self._require(0 <= rate < 1, name, rate, "a share from 0 up to, not including, 1")
        self.units = units
        self.recurrent_units = units
        self.activation: Callable[[Tensor], Tensor] = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = keras.regularizers.get(recurrent_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.recurrent_constraint = keras.constraints.get(recurrent_constraint)
        self.bias_constraint = keras.constraints.get(bias_constraint)
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def step(self, a: Any, state: Any) -> Any:
        """One time step: the paper's equations.

        Args:
            a: W x_t + b + U v_{t-1} of each of the `gates` in turn, (batch, units); the pair of
                W x_t + b of each and U v_{t-1} + b' of each with `separate_projections`. A deferred
                gate has a function v -> W x_t + b + U v, which the step calls once.
            state: state_{t-1}.

        Returns:
            state_t, of the same type; its first part is the output.
        """
        raise NotImplementedError

    def recurrent_input(self, state: Any) -> Tensor:
        """v, what U multiplies: the hidden state, unless a subclass overrides it."""
        return state.h

    @property
    def state_shape(self) -> Any:
        return self.State(*[(self.units,) for _ in self.State._fields])

    @property
    def output_shape(self) -> Any:
        return (self.units,)

    @property
    def carry_shape(self) -> Any:
        return self.state_shape

    def carry(self, state: Any, batch: Any) -> Any:
        return state

    def state_of(self, carry: Any) -> Any:
        return carry

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
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel",
            shape=(self.recurrent_units, self.width),
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        self.bias = None
        if self.use_bias:
            shape = (self.width,) if self.bias_rows == 1 else (self.bias_rows, self.width)
            self.bias = self.add_weight(
                name="bias",
                shape=shape,
                initializer=self.initial_bias,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        super().build(sequences_shape, initial_state_shape)

    @property
    def width(self) -> int:
        """Columns of the kernels."""
        return len(self.gates) * self.units

    @property
    def bias_rows(self) -> int:
        """Rows of `bias`; the first is b, added to W x, another is b', added to U h."""
        return 1

    def initial_bias(self, shape: Any, dtype: Any = None) -> Tensor:
        """Initial value of b; a layer whose gates start from different values overrides it."""
        return self.bias_initializer(shape, dtype=dtype)

    def call(
        self,
        sequences: Tensor,
        initial_state: Any = None,
        mask: Tensor | None = None,
        training: bool = False,
    ) -> Any:
        return self.run_gated(sequences, initial_state, mask, training)

    def run_gated(
        self,
        sequences: Tensor,
        initial_state: Any,
        mask: Tensor | None,
        training: bool,
        **context: Any,
    ) -> Any:
        """Applies dropout and runs the layer.

        Args:
            **context: further arguments of `recurrent_input`, the same at every time step.
        """
        sequences = ops.cast(sequences, self.compute_dtype)
        recurrent_dropout_mask = None
        if training and self.dropout:
            sequences = sequences * self._dropout_mask(sequences[:, :1], self.dropout)
        if training and self.recurrent_dropout:
            ones = ops.ones((ops.shape(sequences)[0], self.recurrent_units), self.compute_dtype)
            recurrent_dropout_mask = self._dropout_mask(ones, self.recurrent_dropout)
        cell = self.cell(
            training=bool(training), recurrent_dropout_mask=recurrent_dropout_mask, **context
        )
        return self.run(cell, sequences, initial_state, mask)

    def cell(
        self, training: bool = False, recurrent_dropout_mask: Tensor | None = None, **context: Any
    ) -> GatedCell:
        """What the loop repeats.

        Args:
            recurrent_dropout_mask: (batch, rows of U).
            **context: further arguments of `recurrent_input`, the same at every time step.
        """
        rows = [None, None]
        if self.bias is not None:
            bias = ops.convert_to_tensor(self.bias)
            rows = [bias, None] if self.bias_rows == 1 else ops.unstack(bias, 2)
        return GatedCell(
            step=self.step,
            layer=self,
            training=training,
            unroll=self.unroll,
            recurrent_input=partial(self.recurrent_input, **context),
            kernel=ops.convert_to_tensor(self.kernel),
            recurrent_kernel=ops.convert_to_tensor(self.recurrent_kernel),
            gates=len(self.gates),
            bias=rows[0],
            recurrent_bias=rows[1],
            separate_projections=self.separate_projections,
            deferred_gates=self.deferred_gates,
            recurrent_dropout_mask=recurrent_dropout_mask,
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            **{
                f"{weight}_{kind}": how.serialize(getattr(self, f"{weight}_{kind}"))
                for kind, how in KINDS.items()
                for weight in ("kernel", "recurrent", "bias")
            },
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }

    def _begins_with_zero(self, initial_state: Any) -> bool:
        return self.starts_from_zeros(initial_state)

    def _dropout_mask(self, like: Tensor, rate: float) -> Tensor:
        return keras.random.dropout(ops.ones_like(like), rate, seed=self.seed_generator)
