"""Random functional models of stock layers, as hypothesis draws them."""

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from hypothesis import strategies as st
from keras import layers

FEATURES = 4
SYMBOLS = 9
ACTIVATIONS = ("tanh", "relu", "sigmoid", "linear", "softsign", "hard_sigmoid")


@dataclass
class Drawn:
    """A model, and what it takes."""

    model: keras.Model
    inputs: list[tuple[str, tuple[int | None, ...]]] = field(default_factory=list)
    """Kind of each input, "tokens" or "values", and its shape without the batch."""

    together: bool = False
    """Whether the sequences of all inputs must be as long as each other."""

    def batch(self, size: int, lengths: list[int], seed: int) -> list[np.ndarray]:
        """Inputs of so many sequences; about a third of the steps are padding, in any place."""
        rng = np.random.default_rng(seed)
        arrays = []
        for (kind, shape), length in zip(self.inputs, lengths, strict=True):
            steps = shape[0] or (lengths[0] if self.together else length)
            padding = rng.random((size, steps)) < 0.3
            padding[size // 2 :] |= rng.random((size - size // 2, 1)) < 0.3
            if kind == "tokens":
                values = rng.integers(1, SYMBOLS, (size, steps))
                arrays.append(np.where(padding, 0, values).astype("int32"))
            else:
                values = rng.normal(size=(size, steps, FEATURES))
                arrays.append(np.where(padding[..., None], 0, values).astype("float32"))
        return arrays


@st.composite
def models(draw: st.DrawFn) -> Drawn:
    """Models of one to three inputs, of layers in a row, side by side, shared and nested."""
    count = draw(st.integers(1, 3))
    fixed = draw(st.sampled_from([None, None, 6]))
    specs = [
        (kind, (fixed,) if kind == "tokens" else (fixed, FEATURES))
        for kind in draw(
            st.lists(st.sampled_from(["tokens", "values"]), min_size=count, max_size=count)
        )
    ]
    inputs = [
        keras.Input(shape, dtype="int32" if kind == "tokens" else "float32", name=f"x{k}")
        for k, (kind, shape) in enumerate(specs)
    ]
    branches = [_begun(draw, kind, x) for (kind, _), x in zip(specs, inputs, strict=True)]
    shared = _recurrent(draw, fixed, sequences=True)
    outputs: list[Any] = []
    for number in range(len(branches)):
        h = branches[number]
        if draw(st.integers(0, 3)) == 0:
            h = layers.Dense(FEATURES)(h)
            h = _flat_states(shared(h), outputs, draw)
        for _ in range(draw(st.integers(1, 2))):
            h = _followed(draw, h, fixed, outputs)
        branches[number] = h
    together = False
    if len(branches) > 1:
        how = draw(st.sampled_from(["apart", "last", "attend", "add"]))
        if how == "add":
            together = True
            joined = layers.Add()([layers.Dense(FEATURES)(h) for h in branches])
            branches = [_followed(draw, joined, fixed, outputs)]
        elif how == "attend":
            query, memory = (layers.Dense(FEATURES)(h) for h in branches[:2])
            branches = [layers.Attention()([query, memory]), *branches[2:]]
        elif how == "last":
            lasts = [layers.GRU(3)(h) for h in branches]
            branches = [layers.Concatenate()(lasts)]
    outputs = [*[_ended(draw, h) for h in branches], *outputs]
    if draw(st.booleans()):
        return Drawn(keras.Model(inputs, outputs), specs, together)
    named = {f"y{len(outputs) - k}": output for k, output in enumerate(outputs)}
    return Drawn(keras.Model(inputs, named), specs, together)


def _begun(draw: st.DrawFn, kind: str, x: Any) -> Any:
    if kind == "tokens":
        return layers.Embedding(SYMBOLS, FEATURES, mask_zero=draw(st.booleans()))(x)
    return layers.Masking()(x) if draw(st.booleans()) else x


def _recurrent(draw: st.DrawFn, fixed: int | None, sequences: bool) -> Any:
    """A recurrent layer of any kind."""
    options: dict[str, Any] = {
        "return_sequences": sequences,
        "go_backwards": draw(st.integers(0, 4)) == 0,
        "bias_initializer": "random_normal",
    }
    if fixed and draw(st.integers(0, 4)) == 0:
        options["unroll"] = True
    units = draw(st.integers(1, 5))
    kind = draw(st.sampled_from(["lstm", "gru", "gru_before", "simple", "cells", "bidirectional"]))
    if kind == "bidirectional":
        options.pop("go_backwards")
        one = draw(st.sampled_from([layers.LSTM, layers.GRU, layers.SimpleRNN]))
        merge = draw(st.sampled_from(["concat", "sum", "mul", "ave"]))
        return layers.Bidirectional(one(units, **options), merge_mode=merge)
    if kind == "cells":
        options.pop("bias_initializer")
        kinds = st.sampled_from([layers.LSTMCell, layers.GRUCell, layers.SimpleRNNCell])
        return layers.RNN([draw(kinds)(units) for _ in range(draw(st.integers(1, 2)))], **options)
    options["zero_output_for_mask"] = draw(st.booleans())
    options["activation"] = draw(st.sampled_from(ACTIVATIONS[:4]))
    options["use_bias"] = draw(st.booleans())
    options["return_state"] = draw(st.integers(0, 3)) == 0
    if kind == "simple":
        return layers.SimpleRNN(units, **options)
    options["recurrent_activation"] = draw(st.sampled_from(["sigmoid", "hard_sigmoid"]))
    if kind == "lstm":
        return layers.LSTM(units, **options)
    return layers.GRU(units, reset_after=kind == "gru", **options)


def _flat_states(result: Any, outputs: list[Any], draw: st.DrawFn) -> Any:
    """The sequence that a recurrent layer returned; its states may become outputs of the model."""
    if not isinstance(result, (list, tuple)):
        return result
    sequence, *states = result
    if draw(st.booleans()):
        outputs += states
    return sequence


def _followed(draw: st.DrawFn, h: Any, fixed: int | None, outputs: list[Any]) -> Any:
    """One more layer on a sequence."""
    kind = draw(
        st.sampled_from(
            ["recurrent", "recurrent", "recurrent", "dense", "conv", "norm", "nested", "timed"]
        )
    )
    if kind == "recurrent":
        return _flat_states(_recurrent(draw, fixed, sequences=True)(h), outputs, draw)
    if kind == "dense":
        return layers.Dropout(0.5)(
            layers.Dense(FEATURES, activation=draw(st.sampled_from(ACTIVATIONS)))(h)
        )
    if kind == "conv":
        return layers.Conv1D(3, 3, padding=draw(st.sampled_from(["same", "causal"])))(h)
    if kind == "norm":
        return draw(st.sampled_from([layers.LayerNormalization, layers.BatchNormalization]))()(h)
    if kind == "timed":
        return layers.TimeDistributed(layers.Dense(FEATURES, activation="relu"))(h)
    inner = keras.Input(h.shape[1:])
    below = layers.Bidirectional(layers.GRU(2, return_sequences=True))(inner)
    return keras.Model(inner, layers.Add()([below, layers.Dense(4)(inner)]))(h)


def _ended(draw: st.DrawFn, h: Any) -> Any:
    """A sequence or a vector as an output."""
    if len(h.shape) == 2:
        return layers.Dense(2)(h)
    how = draw(st.sampled_from(["sequence", "last", "pooled"]))
    if how == "sequence":
        return layers.Dense(2, activation="softmax")(h)
    if how == "pooled":
        return layers.GlobalMaxPooling1D()(h)
    return layers.Dense(2)(layers.Bidirectional(layers.LSTM(3))(h))
