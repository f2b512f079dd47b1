"""Attention over the states of an encoder, after Bahdanau et al. (2015) and Luong et al. (2015)."""

from typing import Any, ClassVar, Unpack

import keras
from keras import ops

from zoo.layers.base.arguments import LayerArguments
from zoo.layers.base.cell import Tensor
from zoo.layers.base.layer import Layer

FAR_BELOW = -1e9
"""Score of a memory that is padding: its weight is exactly 0 in single precision."""


class Attention(Layer):
    """What the two have in common: weights from scores, and the context from the weights.

        α_ts = exp e_ts / Σ_s' exp e_ts'              weights
        c_t  = Σ_s α_ts m_s                           context

    A kind of attention gives the scores e_ts of a query q_t and a memory m_s.

    Call arguments:
        queries: q, (batch, time, query features).
        memory: m, (batch, source time, memory features).
        memory_mask: (batch, source time), true at the memories that are not padding; by default
            the mask that `memory` has, and all memories where it has none.

    Returns:
        The contexts, (batch, time, memory features), and the weights, (batch, time, source time),
        which have the mask of the queries.

    Raises:
        ValueError: queries, a memory or a mask of another number of axes.
    """

    renamed_arguments: ClassVar[dict[str, str]] = {"counts": "memory_mask"}

    def keys(self, memory: Tensor) -> Tensor:
        """What queries are compared with: the same for every query, (batch, source time, ...)."""
        raise NotImplementedError

    def score(self, queries: Tensor, keys: Tensor) -> Tensor:
        """e, (batch, time, source time)."""
        raise NotImplementedError

    def call(
        self, queries: Tensor, memory: Tensor, memory_mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        return self.attend(queries, memory, self.keys(memory), memory_mask)

    def attend(
        self, queries: Tensor, memory: Tensor, keys: Tensor, memory_mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """The contexts and the weights, with the keys of the memory at hand."""
        scores = self.score(queries, keys)
        if memory_mask is not None:
            self._require_axes("a memory_mask", memory_mask.shape, "(batch, source time)")
            scores = ops.where(ops.cast(memory_mask, "bool")[:, None, :], scores, FAR_BELOW)
        weights = ops.softmax(scores, axis=-1)
        return ops.matmul(weights, memory), weights

    def build(self, queries_shape: Any, memory_shape: Any) -> None:
        self._require_axes("queries", queries_shape, "(batch, time, features)")
        self._require_axes("a memory", memory_shape, "(batch, source time, features)")

    def compute_output_shape(self, queries_shape: Any, memory_shape: Any) -> tuple[Any, Any]:
        weights = (*queries_shape[:-1], memory_shape[1])
        return (*queries_shape[:-1], memory_shape[-1]), weights

    def compute_mask(self, _: Any, queries_mask: Any) -> tuple[Any, Any]:
        return queries_mask, queries_mask

    def _require_axes(self, what: str, shape: Any, axes: str) -> None:
        if len(shape) != axes.count(",") + 1:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' got {what} of shape {tuple(shape)}; it takes "
                f"{axes}."
            )


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class BahdanauAttention(Attention):
    """Additive attention.

        e_ts = v · tanh(W q_t + U m_s)

    Weights: `query_kernel` W (query features, units), `memory_kernel` U (memory features, units),
    `score_kernel` v (units,).

    Args:
        units: size of the space in which a query and a memory are compared.
        **kwargs: of every Keras layer.

    Call arguments:
        queries: q, (batch, time, query features).
        memory: m, (batch, source time, memory features).
        memory_mask: (batch, source time), true at the memories that are not padding; by default
            the mask that `memory` has, and all memories where it has none.

    Returns:
        The contexts, (batch, time, memory features), and the weights, (batch, time, source time),
        which have the mask of the queries.

    Raises:
        ValueError: queries, a memory or a mask of another number of axes.

    Source: D. Bahdanau, K. Cho, Y. Bengio, Neural machine translation by jointly learning to
    align and translate, ICLR 2015, section A.1.2.

    >>> import keras, zoo
    >>> queries, memory = keras.Input((5, 3)), keras.Input((7, 4))
    >>> contexts, weights = zoo.layers.BahdanauAttention(8)(queries, memory)
    >>> contexts.shape, weights.shape
    ((None, 5, 4), (None, 5, 7))
    """

    def __init__(self, units: int, **kwargs: Unpack[LayerArguments]):
        super().__init__(**kwargs)
        if not isinstance(units, int) or units < 1:
            raise ValueError(f"BahdanauAttention got units={units!r}; it takes an integer above 0.")
        self.units = units

    def build(self, queries_shape: Any, memory_shape: Any) -> None:
        super().build(queries_shape, memory_shape)
        self.query_kernel = self.add_weight(
            name="query_kernel", shape=(queries_shape[-1], self.units)
        )
        self.memory_kernel = self.add_weight(
            name="memory_kernel", shape=(memory_shape[-1], self.units)
        )
        self.score_kernel = self.add_weight(
            name="score_kernel", shape=(self.units,), initializer="lecun_normal"
        )

    def keys(self, memory: Tensor) -> Tensor:
        return ops.matmul(memory, self.memory_kernel)

    def score(self, queries: Tensor, keys: Tensor) -> Tensor:
        queries = ops.matmul(queries, self.query_kernel)
        sums = ops.tanh(queries[:, :, None, :] + keys[:, None, :, :])
        return ops.sum(sums * self.score_kernel, axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class LuongAttention(Attention):
    """Multiplicative attention, "general".

        e_ts = q_t W · m_s

    Weights: `kernel` W (query features, memory features).

    Args:
        **kwargs: of every Keras layer.

    Call arguments:
        queries: q, (batch, time, query features).
        memory: m, (batch, source time, memory features).
        memory_mask: (batch, source time), true at the memories that are not padding; by default
            the mask that `memory` has, and all memories where it has none.

    Returns:
        The contexts, (batch, time, memory features), and the weights, (batch, time, source time),
        which have the mask of the queries.

    Raises:
        ValueError: queries, a memory or a mask of another number of axes.

    Source: M.-T. Luong, H. Pham, C. D. Manning, Effective approaches to attention-based neural
    machine translation, EMNLP 2015, eq. 8.

    >>> import keras, zoo
    >>> queries, memory = keras.Input((5, 3)), keras.Input((7, 4))
    >>> contexts, weights = zoo.layers.LuongAttention()(queries, memory)
    >>> contexts.shape, weights.shape
    ((None, 5, 4), (None, 5, 7))
    """

    def build(self, queries_shape: Any, memory_shape: Any) -> None:
        super().build(queries_shape, memory_shape)
        self.kernel = self.add_weight(name="kernel", shape=(queries_shape[-1], memory_shape[-1]))

    def keys(self, memory: Tensor) -> Tensor:
        return memory

    def score(self, queries: Tensor, keys: Tensor) -> Tensor:
        projected = ops.matmul(queries, self.kernel)
        return ops.matmul(projected, ops.transpose(keys, (0, 2, 1)))
