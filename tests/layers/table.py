"""Every public layer of the zoo with a sample input: what the tests of all layers run over."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from zoo import layers

RNG = np.random.default_rng(0)
SEQUENCES = RNG.normal(size=(2, 5, 4)).astype("float32")
MEMORY = RNG.normal(size=(2, 6, 3)).astype("float32")
IMAGES = RNG.random((2, 12, 16)).astype("float32")


@dataclass(frozen=True)
class Sample:
    """A layer as a user makes it, with arguments other than the defaults, and its inputs."""

    make: Callable[[], keras.layers.Layer]
    inputs: tuple[np.ndarray, ...] = (SEQUENCES,)
    names: tuple[str, ...] = ()
    """Keywords of the inputs after the first; by position where there are none."""

    fixed_axes: bool = False
    """Whether the layer wants to know every axis but the batch."""

    def model(self) -> keras.Model:
        """A functional model of the layer alone."""
        given = [
            keras.Input(array.shape[1:] if self.fixed_axes else _free(array), dtype=array.dtype)
            for array in self.inputs
        ]
        return keras.Model(given, self.called(self.make(), given))

    def called(self, layer: keras.layers.Layer, given: Any, **options: Any) -> Any:
        """What the layer returns for inputs like the sample's.

        Args:
            **options: further call arguments.
        """
        first, *others = given
        if self.names:
            return layer(first, **dict(zip(self.names, others, strict=True)), **options)
        return layer(first, *others, **options)


def _free(array: np.ndarray) -> tuple[int | None, ...]:
    return (*[None] * (array.ndim - 2), array.shape[-1])


SAMPLES: dict[str, Sample] = {
    "Elman": Sample(lambda: layers.Elman(3, return_state=True)),
    "Jordan": Sample(lambda: layers.Jordan(3, hidden_units=6, decay=0.25)),
    "LSTM": Sample(
        lambda: layers.LSTM(3, unit_forget_bias=False, recurrent_activation="hard_sigmoid")
    ),
    "LSTM1997": Sample(lambda: layers.LSTM1997(3, input_activation="sigmoid")),
    "PeepholeLSTM": Sample(lambda: layers.PeepholeLSTM(3, return_sequences=True)),
    "LEM": Sample(lambda: layers.LEM(3, time_step=0.3, return_sequences=True)),
    "GRU": Sample(lambda: layers.GRU(3, reset_after=False, kernel_regularizer="l2")),
    "NTM": Sample(
        lambda: layers.NTM(5, 6, 3, heads=2, controller="feedforward", return_sequences=True)
    ),
    "Bidirectional": Sample(lambda: layers.Bidirectional(layers.LSTM(3), merge_mode="ave")),
    "Stacked": Sample(
        lambda: layers.Stacked([layers.GRU(3, return_sequences=True), layers.LSTM(2)])
    ),
    "Each": Sample(
        lambda: layers.Each(layers.GRU(3)), (RNG.normal(size=(2, 5, 6, 4)).astype("float32"),)
    ),
    "Conditioned": Sample(
        lambda: layers.Conditioned(layers.Elman(3, return_sequences=True)),
        (SEQUENCES, RNG.normal(size=(2, 3)).astype("float32")),
    ),
    "BahdanauAttention": Sample(lambda: layers.BahdanauAttention(7), (SEQUENCES, MEMORY)),
    "LuongAttention": Sample(layers.LuongAttention, (SEQUENCES, MEMORY)),
    "AttentiveLSTM": Sample(
        lambda: layers.AttentiveLSTM(3, attention_units=5), (SEQUENCES, MEMORY), ("memory",)
    ),
    "Hopfield": Sample(
        lambda: layers.Hopfield(mode="synchronous", sweeps=3),
        (np.sign(RNG.normal(size=(2, 8))).astype("float32"),),
        fixed_axes=True,
    ),
    "GlimpseSensor": Sample(
        lambda: layers.GlimpseSensor(4, scales=2),
        (IMAGES, RNG.uniform(-1, 1, (2, 2)).astype("float32")),
        fixed_axes=True,
    ),
    "DRAWDecoder": Sample(lambda: layers.DRAWDecoder(3, 4, 5, size=2, return_sequences=True)),
    "DRAW": Sample(
        lambda: layers.DRAW(5, 4, write_size=3),
        (IMAGES, SEQUENCES, np.array([[1], [0]], "float32")),
        ("noise", "posterior"),
        fixed_axes=True,
    ),
    "RAM": Sample(lambda: layers.RAM(5, 3, size=4, scales=2), (IMAGES,), fixed_axes=True),
}

ABSTRACT = {"Core", "Recurrence"}
"""Bases, of which there is no layer as such."""


def public_layers() -> set[str]:
    """Names of the layers that `zoo.layers` offers."""
    kinds = {name: getattr(layers, name) for name in layers.__all__}
    return {
        name
        for name, kind in kinds.items()
        if isinstance(kind, type) and issubclass(kind, keras.layers.Layer)
    }
