"""The captioner's networks: from the features of an image to words.

    AttentiveLSTM   h_t, c_t = LSTM([E y_{t-1}; z_t], ...)    z_t = attention(h_{t-1}, memory)
    LSTM            h_0 = LSTM(W v), h_t = LSTM(E y_{t-1}, h_{t-1})
    Elman           h_t = φ(W_xh E y_{t-1} + W_hh h_{t-1} + W_ih v)

v is the mean of the image's features over the positions of the grid; the memory is a projection of
the features at each position. With attention the initial state depends on the mean of the memory
(Xu et al. 2015); for an LSTM the image is the first input (Vinyals et al. 2015); for an Elman
network, and any other layer, it is an input at every step. The next word is
softmax(E tanh(W [h_t; z_t] + b)).
"""

from functools import partial

import keras
from keras import layers, ops

from zoo.inference.arrays import NEXT
from zoo.inference.vocabulary import BEGIN
from zoo.layers import AttentiveLSTM, Conditioned, Core
from zoo.recipes import cells
from zoo.recipes.captioner import features
from zoo.recipes.captioner.options import ATTENTIVE, Options


def model(options: Options) -> keras.Model:
    """An image and the words so far to the logits of what comes next.

    Inputs: `images` (batch, side, side, 3) from 0 to 255, and `words` (batch, time), which begins
    with BEGIN; 0 is padding. Output: `logits` (batch, time, words). The two halves are the layers
    `encoder` and `decoder`, models themselves; the encoder is `features`, and a second `encoder`
    from there.
    """
    images = keras.Input((options.side, options.side, 3), name="images")
    network = features.network(options.features, options.side, options.enlarged)
    grid = network(images)
    encoder = keras.Model(images, _encoder(options, *grid.shape[1:])(grid), name="encoder")
    return _whole(encoder, _decoder(options, encoder.output), images)


def from_features(captioner: keras.Model) -> keras.Model:
    """The same network, its weights included, from the features of an image on."""
    encoder = captioner.get_layer("encoder").get_layer("encoder")
    grid = keras.Input(encoder.input_shape[1:], name="grid")
    return _whole(encoder, captioner.get_layer("decoder"), grid)


def _whole(encoder: keras.Model, decoder: keras.Model, source: keras.KerasTensor) -> keras.Model:
    words = keras.Input((None,), dtype="int32", name="words")
    decoded = decoder({"symbols": words, **encoder(source)})
    return keras.Model({source.name: source, "words": words}, {"logits": decoded["logits"]})


def _encoder(options: Options, positions: int, size: int) -> keras.Model:
    """The features of a grid to the decoder's initial state and, with attention, its memory."""
    grid = keras.Input((positions, size), name="grid")
    mean = layers.Dropout(options.dropout)(ops.mean(grid, axis=1))
    if options.cell != ATTENTIVE:
        image = mean
        if options.cell == "LSTM":
            image = layers.Dense(options.embedding, name="image")(mean)
        one = ops.zeros_like(mean[:, :1])
        zeros = {size: ops.repeat(one, size, axis=1) for size in _state(options, size).values()}
        first = {name: zeros[units] for name, units in _state(options, size).items()}
        outputs = {**first, "image": image}
    else:
        memory = layers.Dense(options.places, activation="relu", name="places")(grid)
        memory = layers.Dropout(options.dropout)(memory)
        mean = ops.mean(memory, axis=1)
        outputs = {
            "memory": memory,
            "h": layers.Dense(options.units, activation="tanh", name="first_h")(mean),
            "c": layers.Dense(options.units, name="first_c")(mean),
        }
    return keras.Model(grid, outputs, name="encoder")


def _decoder(options: Options, encoded: dict[str, keras.KerasTensor]) -> keras.Model:
    """Symbols and an initial state to the logits of the next symbols and the final state."""
    symbols = keras.Input((None,), dtype="int32", name="symbols")
    inputs = {name: keras.Input(each.shape[1:], name=name) for name, each in encoded.items()}
    table = layers.ReversibleEmbedding(
        options.words, options.embedding, embeddings_initializer="glorot_normal", name="words"
    )
    embedded = layers.Dropout(options.dropout)(table(symbols))
    outputs: dict[str, keras.KerasTensor] = {}
    state = [name for name in encoded if name not in ("image", "memory")]
    if options.cell == "LSTM":
        lstm = _layer(options)
        begins = ops.equal(symbols[:, :1], BEGIN)
        _, *after_image = lstm(inputs["image"][:, None], initial_state=[inputs["h"], inputs["c"]])
        first = [
            ops.where(begins, state, inputs[name])
            for state, name in zip(after_image, "hc", strict=True)
        ]
        decoded, *final = lstm(embedded, initial_state=first)
    elif options.cell == ATTENTIVE:
        attentive = AttentiveLSTM(
            options.units, attention_units=options.places, recurrent_dropout=options.recurrent
        )
        states, contexts, outputs["attention"], *final = attentive(
            embedded, initial_state=[inputs["h"], inputs["c"]], memory=inputs["memory"]
        )
        decoded = ops.concatenate([states, contexts], axis=-1)
    else:
        conditioned = Conditioned(_layer(options))
        first = [inputs[name] for name in state]
        decoded, *final = conditioned(embedded, inputs["image"], initial_state=first)
    outputs |= {name + NEXT: last for name, last in zip(state, final, strict=True)}
    decoded = layers.Dropout(options.dropout)(decoded)
    readout = layers.Dense(options.embedding, activation="tanh", name="readout")(decoded)
    outputs["logits"] = table(layers.Dropout(options.dropout)(readout), reverse=True)
    return keras.Model({"symbols": symbols, **inputs}, outputs, name="decoder")


def _layer(options: Options) -> Core:
    """The decoder's layer, where it is not `AttentiveLSTM`."""
    return cells.core(
        "captioner",
        options.cell,
        options.units,
        optional={"recurrent_dropout": options.recurrent},
        return_sequences=True,
        return_state=True,
    )


def _state(options: Options, features: int) -> dict[str, int]:
    """Name → size of each part of the decoder's state.

    Args:
        features: of the image.
    """
    return cells.state(
        partial(_layer, options), options.cell, options.units, options.embedding + features
    )
