"""The translator's networks: an encoder reads a sentence, a decoder writes it in another language.

    m_1 ... m_S = BLSTM(x_1 ... x_S)                              memory
    h_t = LSTM(y_{t-1}, h_{t-1})                                  each symbol is the next input
    c_t = attention(h_t, m_1 ... m_S)
    p(y_t) = softmax(E tanh(W [c_t; h_t]) + b)

With attention "bahdanau" the context of h_{t-1} enters the LSTM; with "none" the encoder reads the
source reversed and passes on its last state alone (Sutskever et al. 2014). E is the embedding
of the target's subwords, also used for the decoder's inputs.
"""

from functools import partial

import keras
from keras import layers, ops

from zoo.errors import UserError
from zoo.inference.arrays import NEXT
from zoo.inference.vocabulary import PADDING
from zoo.layers import AttentiveLSTM, Bidirectional, Core, LuongAttention
from zoo.recipes import cells
from zoo.recipes.translator.options import Options


def model(options: Options) -> keras.Model:
    """Source and target so far to the logits of the target's next subwords.

    Inputs: `source` (batch, source time) and `target` (batch, time), which begins with BEGIN;
    0 is padding. Output: `logits` (batch, time, subwords). The two halves are the layers `encoder`
    and `decoder`, models themselves.
    """
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    encoded = _encoder(options)(source)
    decoded = _decoder(options)({"symbols": target, **encoded})
    return keras.Model({"source": source, "target": target}, {"logits": decoded["logits"]})


def _encoder(options: Options) -> keras.Model:
    """Source to the decoder's initial state and, with attention, its memory."""
    source = keras.Input((None,), dtype="int32", name="source")
    mask = ops.not_equal(source, PADDING)
    embedded = layers.Embedding(options.subwords, options.features, name="source_subwords")(source)
    embedded = layers.Dropout(options.dropout)(embedded)
    state, outputs = _state(options), {}
    if options.attention == "none":
        reversed_ = _layer(options, options.units, go_backwards=True)
        _, *first = reversed_(embedded, mask=mask)
    else:
        bidirectional = Bidirectional(_layer(options, options.encoder_units, return_sequences=True))
        memory, *final = bidirectional(embedded, mask=mask)
        # The first part of a state is the output.
        ends = zip(final[: len(state)], final[len(state) :], state.items(), strict=True)
        first = [
            layers.Dense(size, activation=None if number else "tanh", name=f"first_{name}")(
                ops.concatenate([ahead, behind], axis=-1)
            )
            for number, (ahead, behind, (name, size)) in enumerate(ends)
        ]
        memory = layers.Dropout(options.dropout)(memory)
        outputs = {"memory": memory, "memory_mask": ops.cast(mask, "int32")}
    return keras.Model(source, {**dict(zip(state, first, strict=True)), **outputs}, name="encoder")


def _decoder(options: Options) -> keras.Model:
    """Symbols and an initial state to the logits of the next symbols and the final state."""
    symbols = keras.Input((None,), dtype="int32", name="symbols")
    first = {name: keras.Input((size,), name=name) for name, size in _state(options).items()}
    inputs = {"symbols": symbols, **first}
    table = layers.ReversibleEmbedding(
        options.subwords,
        options.features,
        embeddings_initializer="glorot_normal",
        name="target_subwords",
    )
    embedded = layers.Dropout(options.dropout)(table(symbols))
    memory = keras.Input((None, 2 * options.encoder_units), name="memory")
    memory_mask = keras.Input((None,), dtype="int32", name="memory_mask")
    outputs = {}
    if options.attention == "bahdanau":
        lstm = AttentiveLSTM(
            options.units,
            attention_units=options.units,
            recurrent_dropout=options.recurrent_dropout,
        )
        states, contexts, outputs["attention"], *final = lstm(
            embedded, initial_state=[*first.values()], memory=memory, memory_mask=memory_mask
        )
        states = layers.Dropout(options.dropout)(states)
    else:
        layer = _layer(options, options.units, return_sequences=True)
        states, *final = layer(embedded, initial_state=[*first.values()])
        states = layers.Dropout(options.dropout)(states)
    if options.attention == "luong":
        contexts, outputs["attention"] = LuongAttention()(states, memory, memory_mask=memory_mask)
    if options.attention != "none":
        inputs |= {"memory": memory, "memory_mask": memory_mask}
        states = ops.concatenate([contexts, states], axis=-1)
    outputs |= {name + NEXT: last for name, last in zip(first, final, strict=True)}
    readout = layers.Dense(options.features, activation="tanh", name="readout")(states)
    readout = layers.Dropout(options.dropout)(readout)
    outputs["logits"] = table(readout, reverse=True)
    return keras.Model(inputs, outputs, name="decoder")


def _layer(
    options: Options, units: int, *, return_sequences: bool = False, go_backwards: bool = False
) -> Core:
    return cells.core(
        "translator",
        options.cell,
        units,
        optional={"recurrent_dropout": options.recurrent_dropout},
        return_sequences=return_sequences,
        return_state=True,
        go_backwards=go_backwards,
    )


def _state(options: Options) -> dict[str, int]:
    """Name → size of each part of the decoder's initial state."""
    if options.attention == "bahdanau" and options.cell != "LSTM":
        raise UserError(
            f"attention=bahdanau is a part of an LSTM, and the cell is {options.cell}; take "
            "attention=luong or attention=none with it."
        )
    state = cells.state(
        partial(_layer, options, options.units), options.cell, options.units, options.features
    )
    if reserved := {"symbols", "memory", "memory_mask", "attention"} & set(state):
        raise UserError(
            f"cell={options.cell} has a state named {reserved.pop()}, which is a name of the "
            "translator's own; rename that of the layer."
        )
    return state
