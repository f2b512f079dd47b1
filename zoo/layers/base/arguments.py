"""The keyword arguments that layers share, by name and type.

A layer writes out what is its own and takes the others as `**kwargs: Unpack[...]` of these.
"""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, TypedDict

import keras

Activation: TypeAlias = str | Callable[[Any], Any] | None
Initializer: TypeAlias = str | dict[str, Any] | Callable[..., Any]
Regularizer: TypeAlias = str | dict[str, Any] | Callable[[Any], Any] | None
Constraint: TypeAlias = str | dict[str, Any] | Callable[[Any], Any] | None
UseCuDNN: TypeAlias = bool | Literal["auto"]


class LayerArguments(TypedDict, total=False):
    """Of every Keras layer."""

    name: str | None
    trainable: bool
    dtype: str | keras.DTypePolicy | None
    autocast: bool
    activity_regularizer: Regularizer


class LoopArguments(TypedDict, total=False):
    """How a recurrent layer goes through a sequence."""

    go_backwards: bool
    stateful: bool
    unroll: bool
    zero_output_for_mask: bool


class SequenceArguments(LoopArguments, LayerArguments, total=False):
    """Of a recurrent layer whose outputs are fixed."""


class ReturnArguments(TypedDict, total=False):
    """What a recurrent layer returns."""

    return_sequences: bool
    return_state: bool


class CoreArguments(ReturnArguments, SequenceArguments, total=False):
    """Of every recurrent layer: those of `Core`."""


class GatedArguments(TypedDict, total=False):
    """The weights and the dropout of a gated layer."""

    kernel_initializer: Initializer
    recurrent_initializer: Initializer
    bias_initializer: Initializer
    kernel_regularizer: Regularizer
    recurrent_regularizer: Regularizer
    bias_regularizer: Regularizer
    kernel_constraint: Constraint
    recurrent_constraint: Constraint
    bias_constraint: Constraint
    dropout: float
    recurrent_dropout: float
    seed: int | None
    implementation: int | None
    use_cudnn: UseCuDNN


class RecurrenceArguments(GatedArguments, CoreArguments, total=False):
    """Of every gated layer: those of `Recurrence`, but for what each spells out in its own."""
