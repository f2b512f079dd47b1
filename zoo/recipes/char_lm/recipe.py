"""A language model over characters: stacked LSTMs that predict the next character of a text.

    e_t = embedding of character t
    h^1_t ... h^L_t = LSTM(... LSTM(e_t))
    p(character t+1 | characters 1 ... t) = softmax(W h^L_t + b)

Trained by truncated backpropagation through time: the text is read in blocks, the state is passed
on from block to block and the gradient is cut between them.
"""

import json
import math
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from pydantic import Field

from zoo.inference.predictor import Predictor
from zoo.recipes import cells
from zoo.recipes.cells import Cell
from zoo.recipes.char_lm import names, ngrams, processing
from zoo.recipes.data import shakespeare
from zoo.recipes.options import Options as Shared
from zoo.recipes.recipe import DataSource, Recipe, Trained, Training
from zoo.training import loop, streams


class Options(Shared):
    epochs: int = Field(30, ge=1, description="epochs at most")
    patience: int = Field(6, ge=1, description="epochs without a smaller dev loss")
    learning_rate: float = Field(3e-3, gt=0, description="learning rate at its peak")
    cell: Cell = Field("LSTM", description="recurrent layer")
    units: int = Field(480, ge=1, description="units of each recurrent layer")
    layers: int = Field(2, ge=1, description="recurrent layers on top of one another")
    features: int = Field(64, ge=1, description="size of a character's embedding")
    dropout: float = Field(0.5, ge=0, lt=1, description="after each recurrent layer")
    recurrent_dropout: float = Field(
        0.2, ge=0, lt=1, description="inside the recurrent layers that have it"
    )
    renamed: float = Field(
        0.5, ge=0, le=1, description="share of the speakers with a made-up name in an epoch"
    )
    streams_per_batch: int = Field(16, ge=1, description="parts of the text read in parallel")
    steps: int = Field(
        320, ge=1, description="characters in a block, at whose start the gradient stops"
    )
    characters: int = Field(65, ge=1, description="different characters of the text")


def model(options: Options, batch_size: int | None = None) -> keras.Model:
    """Characters to the logits of the characters after them.

    Input: `characters` (batch, time), indices. Output: `logits` (batch, time, characters).

    Args:
        batch_size: of a stateful model, which passes its state on from call to call; None for a
            model whose every call begins with a state of zeros.
    """
    characters = keras.Input((None,), batch_size=batch_size, dtype="int32", name="characters")
    states = layers.Embedding(options.characters, options.features)(characters)
    for number in range(1, options.layers + 1):
        layer = cells.core(
            "char-lm",
            options.cell,
            options.units,
            optional={"recurrent_dropout": options.recurrent_dropout},
            return_sequences=True,
            stateful=batch_size is not None,
            name=f"{cells.kind(options.cell).__name__.lower()}_{number}",
        )
        states = layers.Dropout(options.dropout)(layer(states))
    logits = layers.Dense(options.characters, name="logits")(states)
    return keras.Model(characters, {"logits": logits})


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    text = shakespeare.text("train")
    vocabulary = sorted(set(text))
    index = {character: i for i, character in enumerate(vocabulary)}
    trainee = model(options, options.streams_per_batch)
    _copy_weights(RECIPE.initialized(options, start), trainee)
    trainee.compile(
        optimizer=loop.adam(
            options.learning_rate,
            len(text) // (options.streams_per_batch * options.steps),
            options.epochs,
        ),
        loss={"logits": keras.losses.SparseCategoricalCrossentropy(from_logits=True)},
    )

    def blocks(text: str) -> tf.data.Dataset:
        indices = np.array([index[character] for character in text], "int32")
        return streams.blocks(indices[:-1], indices[1:], options.streams_per_batch, options.steps)

    def epoch(number: int) -> tf.data.Dataset:
        """The text from a random position on, which shifts the blocks, with new names."""
        rng = np.random.default_rng((options.seed, number))
        first = rng.integers(options.steps)
        return blocks(names.renamed(text, options.renamed, rng)[first:]).prefetch(tf.data.AUTOTUNE)

    progress = loop.fit(
        trainee,
        train=epoch,
        dev=blocks(shakespeare.text("dev")),
        monitor="val_loss",
        better=min,
        epochs=options.epochs,
        patience=options.patience,
        folder=folder,
        callbacks=[streams.ResetStates()],
    )
    reader = model(options)
    _copy_weights(trainee, reader)
    return Training(reader, {processing.VOCABULARY: json.dumps(vocabulary)}, progress)


def evaluate(trained: Predictor, split: str) -> dict[str, float]:
    """Cross entropy of a split, read once as one sequence.

    Also that of a Markov model: character n-grams of the training split, by order.
    """
    text = shakespeare.text(split)
    nats = nats_per_character(trained, text)
    of_ngrams = ngrams.nats_per_character(shakespeare.text("train"), text)
    return {
        "nats_per_character": nats,
        "bits_per_character": nats / math.log(2),
        **{f"{order}_gram_nats_per_character": value for order, value in of_ngrams.items()},
    }


def nats_per_character(trained: Predictor, text: str, steps: int = 100) -> float:
    """Cross entropy of a text, read in blocks of so many steps, but for its first character."""
    indices = processing.encode(trained, text)
    run = trained.stream()
    total = 0.0
    for first in range(0, len(indices) - 1, steps):
        targets = indices[first + 1 : first + 1 + steps]
        logits = run({"characters": indices[None, first : first + len(targets)]})["logits"][0]
        logits = logits.astype("float64")
        logits -= logits.max(axis=-1, keepdims=True)
        log_weights = np.take_along_axis(logits, targets[:, None], axis=-1)[:, 0]
        total += float(np.sum(np.log(np.sum(np.exp(logits), axis=-1)) - log_weights))
    return total / (len(indices) - 1)


RECIPE = Recipe(
    name="char-lm",
    options=Options,
    model=model,
    train=train,
    evaluate=evaluate,
    splits=("dev", "test"),
    processing=processing,
    data=DataSource(
        name=shakespeare.NAME,
        version="1.0.0",
        licence="public domain",
        note="The first 90% of the characters are for training, the next 5% dev, the last 5% "
        "test. Markov models beside it are smoothed after Witten and Bell.",
    ),
    sources=(
        "J. L. Elman, Finding structure in time, Cognitive Science 14, 1990",
        "S. Hochreiter, J. Schmidhuber, Long short-term memory, Neural Computation 9, 1997",
        "A. Karpathy, The unreasonable effectiveness of recurrent neural networks, 2015",
        "I. H. Witten, T. C. Bell, The zero-frequency problem, IEEE Transactions on Information "
        "Theory 37, 1991",
    ),
)


def _copy_weights(source: keras.Model, target: keras.Model) -> None:
    """Copies the trained weights, without the states of stateful layers."""
    for ours, theirs in zip(target.trainable_weights, source.trainable_weights, strict=True):
        ours.assign(theirs)
