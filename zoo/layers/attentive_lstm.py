"""The decoder of Bahdanau et al. (2015): an LSTM that looks at a memory before each step."""

from typing import Any, ClassVar, Unpack

import keras
from keras import ops

from zoo.layers.attention import BahdanauAttention
from zoo.layers.base.arguments import Activation, GatedArguments, SequenceArguments
from zoo.layers.base.cell import Tensor
from zoo.layers.lstm import LSTM, LSTMState


class AttentiveLSTMArguments(GatedArguments, SequenceArguments, total=False):
    """Those of `LSTM` but for what it returns, which is always all."""


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class AttentiveLSTM(LSTM):
    """An `LSTM` whose hidden state and what it makes look at go back together.

        c_t = attention(h_{t-1}, m)                   context
        h_t = LSTM(x_t, [h_{t-1}; c_t])

    Weights: those of `LSTM`, with `recurrent_kernel` U (units + memory features, 4 units), and
    those of its `attention`, a `BahdanauAttention`.

    Args:
        units: size of the hidden state.
        attention_units: size of the space in which states and memories are compared.
        **kwargs: of `LSTM`, but for `return_sequences` and `return_state`, which are always on.

    Call arguments:
        sequences: (batch, time, features).
        initial_state: h_0 and c_0, (batch, units) each; zeros by default.
        mask: (batch, time), true at the steps that are no padding.
        training: whether dropout applies.
        memory: m, (batch, source time, memory features).
        memory_mask: (batch, source time), true at the memories that are not padding; by default
            the mask that `memory` has, and all memories where it has none.

    Returns:
        The hidden states (batch, time, units), the contexts (batch, time, memory features), the
        weights (batch, time, source time), and the final state in its two parts.

    Raises:
        ValueError: as `Recurrence` and `BahdanauAttention`.

    Source: D. Bahdanau, K. Cho, Y. Bengio, Neural machine translation by jointly learning to
    align and translate, ICLR 2015, eq. 4 to 6, with an LSTM for its gated unit.

    >>> import keras, zoo
    >>> layer = zoo.layers.AttentiveLSTM(8, attention_units=6)
    >>> states, contexts, weights, h, c = layer(keras.Input((5, 3)), memory=keras.Input((7, 4)))
    >>> states.shape, contexts.shape, weights.shape
    ((None, 5, 8), (None, 5, 4), (None, 5, 7))
    """

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        recurrent_activation: Activation = "sigmoid",
        use_bias: bool = True,
        *,
        attention_units: int,
        unit_forget_bias: bool = True,
        **kwargs: Unpack[AttentiveLSTMArguments],
    ):
        always: dict[str, Any] = {"return_sequences": True, "return_state": True}
        super().__init__(
            units,
            activation,
            recurrent_activation,
            use_bias,
            unit_forget_bias=unit_forget_bias,
            **{**kwargs, **always},
        )
        self.attention = BahdanauAttention(attention_units, name="attention")

    renamed_arguments: ClassVar[dict[str, str]] = {"counts": "memory_mask"}

    def build(
        self,
        sequences_shape: Any,
        initial_state_shape: Any = None,
        memory_shape: Any = None,
    ) -> None:
        self._require(memory_shape is not None, "a memory", None, "(batch, source time, features)")
        self.recurrent_units = self.units + memory_shape[-1]
        super().build(sequences_shape)
        self.attention.build((None, None, self.units), memory_shape)

    def call(
        self,
        sequences: Tensor,
        initial_state: Any = None,
        mask: Tensor | None = None,
        training: bool = False,
        memory: Tensor | None = None,
        memory_mask: Tensor | None = None,
    ) -> Any:
        # Read before the call, in which a stateful layer writes its new state over it.
        first = self._start(sequences, initial_state).h
        keys = self.attention.keys(memory)
        context = {"memory": memory, "keys": keys, "memory_mask": memory_mask}
        states, h, c = self.run_gated(sequences, initial_state, mask, training, **context)
        before = ops.concatenate([first[:, None], states[:, :-1]], axis=1)
        if mask is not None:
            read = ops.cast(ops.flip(mask, axis=1) if self.go_backwards else mask, "int32")
            is_begun = ops.cumsum(read, axis=1) > read
            # Outputs before the first step that is not padding are zeros, states are not.
            before = ops.where(is_begun[..., None], before, first[:, None])
            states = super().masked_output(states, ops.cast(read, "bool"))
        contexts, weights = self.attention(before, memory, memory_mask=memory_mask)
        return states, contexts, weights, h, c

    def masked_output(self, output: Tensor, _: Tensor) -> Tensor:
        # As the states are, until `call` has looked from them.
        return output

    def recurrent_input(
        self, state: LSTMState, *, memory: Tensor, keys: Tensor, memory_mask: Tensor | None
    ) -> Tensor:
        context, _ = self.attention.attend(state.h[:, None], memory, keys, memory_mask)
        return ops.concatenate([state.h, context[:, 0]], axis=-1)

    def compute_output_shape(
        self,
        sequences_shape: Any,
        initial_state_shape: Any = None,
        memory_shape: Any = None,
    ) -> Any:
        batch, time, _ = sequences_shape
        return (
            (batch, time, self.units),
            (batch, time, memory_shape[-1]),
            (batch, time, memory_shape[1]),
            (batch, self.units),
            (batch, self.units),
        )

    def compute_mask(self, _: Any, previous_mask: Any) -> tuple[Any, ...]:
        return previous_mask, previous_mask, previous_mask, None, None

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "attention_units": self.attention.units}
