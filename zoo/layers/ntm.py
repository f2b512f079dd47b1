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
"""The outputs of the controller for the heads are clipped to this range around 0."""


class NoState(NamedTuple):
    """The state of a feedforward controller, which has none."""


class NTMState(NamedTuple):
    """The state that a machine passes from one time step to the next."""

    memory: Tensor
    """M, transposed: (batch, word size, memory size)."""

    read_weights: Tensor
    """w of the read heads, (batch, heads, memory size)."""

    write_weights: Tensor
    """w of the write heads, (batch, heads, memory size)."""

    read_vectors: Tensor
    """r, (batch, heads, word size)."""

    controller: LSTMState | NoState
    """(h, c), each (batch, units), or nothing."""


class HeadParameters(NamedTuple):
    """The parameters by which heads address the memory, each (batch, heads, ...)."""

    key: Tensor
    """k, (..., word size)."""

    strength: Tensor
    """β, (..., 1), at least 0."""

    gate: Tensor
    """g, (..., 1), from 0 to 1."""

    shift: Tensor
    """s, (..., 2 shift_range + 1), sums to 1."""

    exponent: Tensor
    """γ, (..., 1), at least 1."""


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class NTM(Core):
    """A controller that reads and writes an external memory through addressed heads.

        h_t   = controller([x_t; r_{t-1}])                     an LSTM, or tanh of a dense layer
        k, β, g, s, γ, e, a = of each head, from V h_t + b_v
        w_t   = address(M_{t-1}, w_{t-1}; k, β, g, s, γ)       see `zoo.layers.addressing`
        M_t   = M_{t-1} ⊙ Π (1 - w_t e_tᵀ) + Σ w_t a_tᵀ        over the write heads
        r_t   = w_t M_t                                        of each read head
        y_t   = [h_t; r_t]

    The outputs V h_t + b_v are clipped to -20 to 20; then β = softplus, g = σ, s = softmax, γ = 1 +
    softplus, e = σ and k, a = tanh of them. M_0 is 1e-6 throughout; r_0 and w_0 are learned.

    Weights: those of the controller, an `LSTM` or a dense layer; `heads_kernel` V and `heads_bias`
    b_v; `first_read_vectors` r_0 (heads, word size); `first_read_weights` and
    `first_write_weights` (heads, memory size), of which w_0 is the softmax.

    Args:
        units: size of the controller's hidden layer.
        memory_size: N, number of words (rows) in the memory.
        word_size: M, numbers in a word (columns).
        heads: number of read heads, and of write heads.
        controller: "lstm" or "feedforward".
        shift_range: rows by which a head can move in either direction in a step.
        **kwargs: of `Core`.

    Call arguments:
        sequences: x, (batch, time, features).
        initial_state: the parts of an `NTMState`, whose shapes are stated there; M_0, w_0 and r_0
            by default.
        mask: (batch, time), true at the steps that are no padding.
        training: whether a gradient is wanted.

    Returns:
        y, (batch, units + heads x word size), or (batch, time, ...) with `return_sequences`;
        after it, with `return_state`, the parts of the final `NTMState`.

    Raises:
        ValueError: more heads or shifts than the memory has rows, or another controller.

    Source: A. Graves, G. Wayne, I. Danihelka, Neural Turing machines, arXiv 1410.5401; bounds and
    the constant first memory: M. Collier, J. Beel, Implementing neural Turing machines, ICANN 2018.

    >>> import keras, zoo
    >>> layer = zoo.layers.NTM(100, memory_size=128, word_size=20)
    >>> layer(keras.Input((5, 9))).shape
    (None, 120)
    """

    remat = True

    def __init__(
        self,
        units: int,
        memory_size: int,
        word_size: int,
        *,
        heads: int = 1,
        controller: Controller = "lstm",
        shift_range: int = 1,
        **kwargs: Unpack[CoreArguments],
    ):
        super().__init__(**kwargs)
        sizes = {"units": units, "memory_size": memory_size, "word_size": word_size}
        for name, size in {**sizes, "heads": heads}.items():
            self._require(isinstance(size, int) and size > 0, name, size, "an integer above 0")
        self._require(heads <= memory_size, "heads", heads, f"up to memory_size={memory_size}")
        self._require(
            isinstance(shift_range, int) and 0 <= 2 * shift_range < memory_size,
            "shift_range",
            shift_range,
            f"an integer with 2 shift_range + 1 up to memory_size={memory_size}",
        )
        self._require(controller in CONTROLLERS, "controller", controller, " or ".join(CONTROLLERS))
        self.units = units
        self.memory_size = memory_size
        self.word_size = word_size
        self.heads = heads
        self.controller = controller
        self.shift_range = shift_range
        alike = {"name": "controller", "dtype": self.dtype_policy}
        self.network: Any = (
            LSTM(units, **alike)
            if controller == "lstm"
            else keras.layers.Dense(units, activation="tanh", **alike)
        )
        controller_state = LSTMState((units,), (units,)) if controller == "lstm" else NoState()
        weights = (heads, memory_size)
        self.state_shape = NTMState(
            (word_size, memory_size), weights, weights, (heads, word_size), controller_state
        )
        self.output_shape = (units + heads * word_size,)

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        features = sequences_shape[-1] + self.heads * self.word_size
        self.network.build((None, None, features))
        numbers = self.heads * (2 * self._addressing_size + 2 * self.word_size)
        self.heads_kernel = self.add_weight(name="heads_kernel", shape=(self.units, numbers))
        self.heads_bias = self.add_weight(name="heads_bias", shape=(numbers,), initializer="zeros")
        self.first_read_vectors = self.add_weight(
            name="first_read_vectors",
            shape=(self.heads, self.word_size),
            initializer=keras.initializers.RandomUniform(-0.1, 0.1),
        )
        self.first_read_weights, self.first_write_weights = (
            self.add_weight(
                name=f"first_{kind}_weights",
                shape=(self.heads, self.memory_size),
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
            read_weights=repeated(ops.softmax(self.first_read_weights)),
            write_weights=repeated(ops.softmax(self.first_write_weights)),
            read_vectors=repeated(self.first_read_vectors),
            controller=zero.controller,
        )

    def step(self, x: Tensor, state: NTMState) -> tuple[Tensor, NTMState]:
        inputs = ops.concatenate([x, self._flat(state.read_vectors)], axis=-1)
        h, controller = self._control(inputs, state.controller)
        parameters, erase, add = self._head_parameters(h)

        before = ops.concatenate([state.read_weights, state.write_weights], axis=1)
        w = address(state.memory, before, parameters)
        w_read, w_write = w[:, : self.heads], w[:, self.heads :]
        memory = write(state.memory, w_write, erase, add)
        read_vectors = ops.matmul(w_read, ops.transpose(memory, (0, 2, 1)))

        y = ops.concatenate([h, self._flat(read_vectors)], axis=-1)
        return y, NTMState(memory, w_read, w_write, read_vectors, controller)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "memory_size": self.memory_size,
            "word_size": self.word_size,
            "heads": self.heads,
            "controller": self.controller,
            "shift_range": self.shift_range,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "NTM":
        # Names of two arguments in models that were saved earlier.
        names = {"memory_rows": "memory_size", "memory_columns": "word_size"}
        return cls(**{names.get(name, name): value for name, value in config.items()})

    @property
    def _addressing_size(self) -> int:
        """Number of addressing parameters of one head: k, β, g, s and γ."""
        return self.word_size + 2 + (2 * self.shift_range + 1) + 1

    def _control(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:
        """The controller's output and its state."""
        if self.controller == "feedforward":
            return self.network(inputs), state
        return self.network.advance(inputs, state)

    def _head_parameters(self, h: Tensor) -> tuple[HeadParameters, Tensor, Tensor]:
        """The addressing parameters of all heads, read heads first, and e, a of the write heads."""
        size, shifts = self.word_size, 2 * self.shift_range + 1
        outputs = ops.matmul(h, self.heads_kernel) + self.heads_bias
        outputs = ops.clip(outputs, -BOUND, BOUND)
        end = 2 * self.heads * self._addressing_size
        addressing_outputs = ops.reshape(
            outputs[:, :end], (-1, 2 * self.heads, self._addressing_size)
        )
        write_outputs = ops.reshape(outputs[:, end:], (-1, self.heads, 2 * size))
        strength_and_exponent = ops.softplus(addressing_outputs[..., size : size + 2])
        parameters = HeadParameters(
            key=ops.tanh(addressing_outputs[..., :size]),
            strength=strength_and_exponent[..., :1],
            exponent=1 + strength_and_exponent[..., 1:],
            gate=ops.sigmoid(addressing_outputs[..., size + 2 : size + 3]),
            shift=ops.softmax(addressing_outputs[..., size + 3 : size + 3 + shifts], axis=-1),
        )
        erase, add = ops.sigmoid(write_outputs[..., :size]), ops.tanh(write_outputs[..., size:])
        return parameters, erase, add

    @staticmethod
    def _flat(read_vectors: Tensor) -> Tensor:
        """(batch, heads, word size) as (batch, heads x word size)."""
        return ops.reshape(read_vectors, (-1, read_vectors.shape[1] * read_vectors.shape[2]))


def address(memory: Tensor, before: Tensor, parameters: HeadParameters) -> Tensor:
    """w_t of heads whose weights were w_{t-1}, (batch, heads, memory size)."""
    by_content = addressing.content(memory, parameters.key, parameters.strength)
    gated = addressing.interpolate(by_content, before, parameters.gate)
    shifted = addressing.shift(gated, parameters.shift)
    return addressing.sharpen(shifted, parameters.exponent)


def write(memory: Tensor, weights: Tensor, erase: Tensor, add: Tensor) -> Tensor:
    """M_t: erases for each write head, then adds for each (eq. 3, 4).

    Args:
        memory: M_{t-1}, (batch, word size, memory size).
        weights: w, (batch, heads, memory size).
        erase: e, (batch, heads, word size), from 0 to 1.
        add: a, (batch, heads, word size).
    """
    for head in range(weights.shape[1]):
        memory = memory * (1 - erase[:, head, :, None] * weights[:, head, None])
    return memory + ops.matmul(ops.transpose(add, (0, 2, 1)), weights)


def _at_the_first_rows(shape: Any, dtype: Any = None) -> Tensor:
    """An initializer: head k starts with nearly all weight on row k, so that heads and rows
    differ."""
    return 5.0 * ops.eye(*shape, dtype=dtype)
