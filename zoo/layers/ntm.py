"""The neural Turing machine of Graves, Wayne and Danihelka (2014)."""

from typing import Any, Literal, NamedTuple, Unpack, get_args

import keras
from keras import ops

from zoo.layers import addressing
from zoo.layers.base.arguments import CoreArguments
from zoo.layers.base.cell import Tensor
from zoo.layers.base.core import Core
from zoo.layers.lstm import LSTM, LSTMState

Controller = Literal["lstm", "feedforward"]
CONTROLLERS = get_args(Controller)
BOUND = 20.0
"""The controller's outputs to the heads are kept within this and its negative."""


class NoState(NamedTuple):
    """The state of a feedforward controller, which has none."""


class NTMState(NamedTuple):
    """What a machine carries from one time step to the next."""

    memory: Tensor
    """M, (batch, columns, rows)."""

    read_weightings: Tensor
    """w of the read heads, (batch, heads, rows)."""

    write_weightings: Tensor
    """w of the write heads, (batch, heads, rows)."""

    reads: Tensor
    """r, what was read, (batch, heads, columns)."""

    controller: LSTMState | NoState
    """(h, c), each (batch, units), or nothing."""


class Heads(NamedTuple):
    """What the controller says to a kind of heads, (batch, heads, ...) each."""

    key: Tensor
    """k, (..., columns)."""

    strength: Tensor
    """β, (..., 1), not negative."""

    gate: Tensor
    """g, (..., 1), from 0 to 1."""

    shift: Tensor
    """s, (..., 2 reach + 1), its sum 1."""

    exponent: Tensor
    """γ, (..., 1), 1 or more."""


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class NTM(Core):
    """A controller that reads and writes a memory through heads that say where they look.

        h_t   = controller([x_t; r_{t-1}])                     an LSTM, or tanh of a dense layer
        k, β, g, s, γ, e, a = of each head, from V h_t + b_v
        w_t   = address(M_{t-1}, w_{t-1}; k, β, g, s, γ)       see `zoo.layers.addressing`
        M_t   = M_{t-1} ⊙ Π (1 - w_t e_tᵀ) + Σ w_t a_tᵀ        over the write heads
        r_t   = w_t M_t                                        of each read head
        y_t   = [h_t; r_t]

    β = softplus, g = σ, s = softmax, γ = 1 + softplus, e = σ and k, a = tanh of what the controller
    says, which is kept within -20 and 20. M_0 is 1e-6 throughout; r_0 and w_0 are learned.

    Weights: those of the controller, an `LSTM` or a dense layer; `heads_kernel` V and `heads_bias`
    b_v; `first_reads` r_0 (heads, columns); `first_read_weightings` and `first_write_weightings`
    (heads, rows), of which w_0 is the softmax.

    Args:
        units: size of the controller's hidden layer.
        memory_rows: N, rows of the memory.
        memory_columns: M, its columns.
        heads: number of read heads, and of write heads.
        controller: "lstm" or "feedforward".
        shift_range: reach of a shift: so many rows in either direction.
        **kwargs: of `Core`.

    Call arguments:
        sequences: x, (batch, time, features).
        initial_state: the parts of an `NTMState`, whose shapes are stated there; M_0, w_0 and r_0
            by default.
        mask: (batch, time), true at the steps that are no padding.
        training: whether a gradient is wanted.

    Returns:
        y, (batch, units + heads x memory columns), or (batch, time, ...) with `return_sequences`;
        after it, with `return_state`, the parts of the final `NTMState`.

    Raises:
        ValueError: more heads or shifts than the memory has rows, or another controller.

    Source: A. Graves, G. Wayne, I. Danihelka, Neural Turing machines, arXiv 1410.5401; bounds and
    the constant first memory: M. Collier, J. Beel, Implementing neural Turing machines, ICANN 2018.

    >>> import keras, zoo
    >>> layer = zoo.layers.NTM(100, memory_rows=128, memory_columns=20)
    >>> layer(keras.Input((5, 9))).shape
    (None, 120)
    """

    remat = True

    def __init__(
        self,
        units: int,
        memory_rows: int,
        memory_columns: int,
        *,
        heads: int = 1,
        controller: Controller = "lstm",
        shift_range: int = 1,
        **kwargs: Unpack[CoreArguments],
    ):
        super().__init__(**kwargs)
        sizes = {"units": units, "memory_rows": memory_rows, "memory_columns": memory_columns}
        for name, size in {**sizes, "heads": heads}.items():
            self._require(isinstance(size, int) and size > 0, name, size, "an integer above 0")
        self._require(heads <= memory_rows, "heads", heads, f"up to its {memory_rows} rows")
        self._require(
            isinstance(shift_range, int) and 0 <= 2 * shift_range < memory_rows,
            "shift_range",
            shift_range,
            f"an integer whose shifts both ways, and none, are at most its {memory_rows} rows",
        )
        self._require(controller in CONTROLLERS, "controller", controller, " or ".join(CONTROLLERS))
        self.units = units
        self.memory_rows = memory_rows
        self.memory_columns = memory_columns
        self.heads = heads
        self.controller = controller
        self.shift_range = shift_range
        alike = {"name": "controller", "dtype": self.dtype_policy}
        self.network: Any = (
            LSTM(units, **alike)
            if controller == "lstm"
            else keras.layers.Dense(units, activation="tanh", **alike)
        )
        whose = LSTMState((units,), (units,)) if controller == "lstm" else NoState()
        weightings = (heads, memory_rows)
        self.state_shape = NTMState(
            (memory_columns, memory_rows), weightings, weightings, (heads, memory_columns), whose
        )
        self.output_shape = (units + heads * memory_columns,)

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        features = sequences_shape[-1] + self.heads * self.memory_columns
        self.network.build((None, None, features))
        numbers = self.heads * (2 * self._addressed + 2 * self.memory_columns)
        self.heads_kernel = self.add_weight(name="heads_kernel", shape=(self.units, numbers))
        self.heads_bias = self.add_weight(name="heads_bias", shape=(numbers,), initializer="zeros")
        self.first_reads = self.add_weight(
            name="first_reads",
            shape=(self.heads, self.memory_columns),
            initializer=keras.initializers.RandomUniform(-0.1, 0.1),
        )
        self.first_read_weightings, self.first_write_weightings = (
            self.add_weight(
                name=f"first_{kind}_weightings",
                shape=(self.heads, self.memory_rows),
                initializer=_at_the_first_rows,
            )
            for kind in ("read", "write")
        )
        super().build(sequences_shape, initial_state_shape)

    def initial_state(self, batch: Any) -> NTMState:
        def repeated(first: Any) -> Tensor:
            return ops.repeat(ops.convert_to_tensor(first)[None], batch, axis=0)

        zero = super().initial_state(batch)
        return NTMState(
            memory=zero.memory + 1e-6,
            read_weightings=repeated(ops.softmax(self.first_read_weightings)),
            write_weightings=repeated(ops.softmax(self.first_write_weightings)),
            reads=repeated(self.first_reads),
            controller=zero.controller,
        )

    def step(self, x: Tensor, state: NTMState) -> tuple[Tensor, NTMState]:
        given = ops.concatenate([x, self._flat(state.reads)], axis=-1)
        h, controller = self._controlled(given, state.controller)
        where, erase, add = self._said(h)

        before = ops.concatenate([state.read_weightings, state.write_weightings], axis=1)
        w = addressed(state.memory, before, where)
        w_read, w_write = w[:, : self.heads], w[:, self.heads :]
        memory = written(state.memory, w_write, erase, add)
        reads = ops.matmul(w_read, ops.transpose(memory, (0, 2, 1)))

        y = ops.concatenate([h, self._flat(reads)], axis=-1)
        return y, NTMState(memory, w_read, w_write, reads, controller)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "memory_rows": self.memory_rows,
            "memory_columns": self.memory_columns,
            "heads": self.heads,
            "controller": self.controller,
            "shift_range": self.shift_range,
        }

    @property
    def _addressed(self) -> int:
        """Numbers that say where one head looks: k, β, g, s and γ."""
        return self.memory_columns + 2 + (2 * self.shift_range + 1) + 1

    def _controlled(self, given: Tensor, state: Any) -> tuple[Tensor, Any]:
        """The controller's output and its state."""
        if self.controller == "feedforward":
            return self.network(given), state
        return self.network.advance(given, state)

    def _said(self, h: Tensor) -> tuple[Heads, Tensor, Tensor]:
        """What the controller says to all heads, the read heads first, and to the write heads."""
        columns, shifts = self.memory_columns, 2 * self.shift_range + 1
        said = ops.matmul(h, self.heads_kernel) + self.heads_bias
        said = ops.clip(said, -BOUND, BOUND)
        to_all = 2 * self.heads * self._addressed
        where = ops.reshape(said[:, :to_all], (-1, 2 * self.heads, self._addressed))
        what = ops.reshape(said[:, to_all:], (-1, self.heads, 2 * columns))
        strength_and_exponent = ops.softplus(where[..., columns : columns + 2])
        heads = Heads(
            key=ops.tanh(where[..., :columns]),
            strength=strength_and_exponent[..., :1],
            exponent=1 + strength_and_exponent[..., 1:],
            gate=ops.sigmoid(where[..., columns + 2 : columns + 3]),
            shift=ops.softmax(where[..., columns + 3 : columns + 3 + shifts], axis=-1),
        )
        return heads, ops.sigmoid(what[..., :columns]), ops.tanh(what[..., columns:])

    @staticmethod
    def _flat(reads: Tensor) -> Tensor:
        """(batch, heads, columns) as (batch, heads x columns)."""
        return ops.reshape(reads, (-1, reads.shape[1] * reads.shape[2]))


def addressed(memory: Tensor, before: Tensor, heads: Heads) -> Tensor:
    """w_t of heads that were at w_{t-1}, (batch, heads, rows)."""
    by_content = addressing.content(memory, heads.key, heads.strength)
    gated = addressing.interpolate(by_content, before, heads.gate)
    moved = addressing.shift(gated, heads.shift)
    return addressing.sharpen(moved, heads.exponent)


def written(memory: Tensor, weighting: Tensor, erase: Tensor, add: Tensor) -> Tensor:
    """M_t: what each write head erases is taken away, then what each adds is added (eq. 3, 4).

    Args:
        memory: M_{t-1}, (batch, columns, rows).
        weighting: w, (batch, heads, rows).
        erase: e, (batch, heads, columns), from 0 to 1.
        add: a, (batch, heads, columns).
    """
    for head in range(weighting.shape[1]):
        memory = memory * (1 - erase[:, head, :, None] * weighting[:, head, None])
    return memory + ops.matmul(ops.transpose(add, (0, 2, 1)), weighting)


def _at_the_first_rows(shape: Any, dtype: Any = None) -> Tensor:
    """An initializer: head k begins on row k, nearly all of it, so that heads and rows differ."""
    return 5.0 * ops.eye(*shape, dtype=dtype)
