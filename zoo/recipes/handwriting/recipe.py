"""Online handwriting recognition: a BLSTM with connectionist temporal classification.

    x_t         = step t of the pen, or column t of an image
    c           = convolutions over time that halve its steps twice
    h           = BLSTM(... BLSTM(c))                              (Graves and Schmidhuber 2005)
    y_t         = softmax(W h_t + b), over the letters and the blank
    L           = -log Σ over the paths π of the word of Π_t y_t(π_t)   (Graves et al. 2006)

At padding the blank has probability one, which changes no word.
"""

import json
import string
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import jiwer
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from pydantic import Field

from zoo.errors import UserError
from zoo.inference import ctc
from zoo.inference.padding import group_by_length, padded
from zoo.inference.predictor import Predictor
from zoo.recipes import cells
from zoo.recipes.cells import Cell
from zoo.recipes.data import mnist, unipen
from zoo.recipes.handwriting import examples, ink, lines, processing
from zoo.recipes.handwriting.examples import Example
from zoo.recipes.options import Options as Shared
from zoo.recipes.recipe import Recipe, Trained, Training
from zoo.training import loop
from zoo.training.batches import few_lengths
from zoo.training.distributed import data_parallel

LETTERS = string.ascii_letters + "'-"
SURE = 30.0
"""Logit of the blank at padding."""

SPAN, HALVINGS = 5, 2
"""Kernel size of the convolutions, and their number."""


class Options(Shared):
    epochs: int = Field(30, ge=1, description="epochs at most")
    patience: int = Field(10, ge=1, description="epochs without a better dev character error")
    learning_rate: float = Field(2e-3, gt=0, description="learning rate at its peak")
    data: Literal["words", "digits"] = Field(
        "words", description="UNIPEN's words, or lines of MNIST's digits"
    )
    alphabet: str = Field("", description="the letters; by default those of the alphabet, ' and -")
    features: int = Field(64, ge=1, description="features of the first convolution")
    cell: Cell = Field("LSTM", description="recurrent layer, in both directions")
    units: int = Field(128, ge=1, description="units of each direction")
    layers: int = Field(3, ge=1, description="layers of them, on top of one another")
    dropout: float = Field(0.3, ge=0, lt=1, description="between the layers")
    distortion: float = Field(1.0, ge=0, description="strength of the distortion in training")
    examples_per_batch: int = Field(64, ge=1, description="words in a batch")


def model(options: Options) -> keras.Model:
    """Steps of the pen to logits of the blank and the letters.

    Input: `points` (batch, time, features), zeros where there is none. Output: `logits` (batch,
    time / 4 rounded up, 1 + letters), the blank first.
    """
    features = ink.FEATURES if options.data == "words" else lines.SIDE
    points = keras.Input((None, features), name="points")
    mask = ops.any(ops.not_equal(points, 0), axis=-1)
    states = points
    for halving in range(HALVINGS):
        states = layers.ZeroPadding1D(SPAN // 2)(states)
        states = layers.Conv1D(options.features << halving, SPAN, strides=2, activation="relu")(
            states
        )
        mask = mask[:, ::2]
        states = states * ops.cast(mask, states.dtype)[:, :, None]
    for _ in range(options.layers):
        layer = cells.bidirectional(cells.layer(options.cell, options.units, return_sequences=True))
        states = cells.masked(layer, layers.Dropout(options.dropout)(states), mask)
    states = layers.Dropout(options.dropout)(states)
    logits = layers.Dense(1 + len(resolved(options).alphabet), dtype="float32")(states)
    blank = SURE * ops.one_hot(ctc.BLANK, logits.shape[-1])
    logits = layers.Identity(name="logits")(ops.where(mask[:, :, None], logits, blank))
    return keras.Model(points, {"logits": logits})


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    reader = RECIPE.initialized(options, start)
    is_ink = options.data == "words"
    source = examples.source(options)
    dev = source.split("dev")
    _require_letters(options)

    def epoch(number: int) -> tf.data.Dataset:
        def shuffled() -> tuple[int, Iterator[list[Example]]]:
            rng = np.random.default_rng((options.seed, number))
            return examples.batches(source, options.examples_per_batch, rng)

        return _dataset(lambda: shuffled()[1], options, shuffled()[0])

    groups = list(group_by_length([len(each.points) for each in dev], 2 * processing.BATCH_SIZE))
    reader.compile(
        optimizer=loop.adam(options.learning_rate, len(epoch(0)), options.epochs),
        loss={"logits": keras.losses.CTC()},
        jit_compile=loop.compiles(),
    )
    progress = loop.fit(
        reader,
        train=epoch,
        dev=_dataset(lambda: iter([dev[i] for i in g] for g in groups), options, len(groups)),
        monitor="val_character_error",
        better=min,
        epochs=options.epochs,
        patience=options.patience,
        folder=folder,
        callbacks=[_CharacterError(dev, options)],
    )
    words = sorted({word.label for word in unipen.words("train")} if is_ink else ())
    return Training(reader, {processing.WORDS: json.dumps(words)}, progress)


def evaluate(trained: Predictor, split: str) -> dict[str, float]:
    """Share of the characters, and of the words, that are recognized wrongly.

    A character error is an insertion, a deletion or a substitution, as a share of the characters
    written. Decoded by the likeliest symbol at each step, by beam search, and by beam search with
    the language model.
    """
    split_examples = examples.source(trained.options).split(split)
    log_probs = processing.log_probs(trained, [example.points for example in split_examples])
    labels = [example.label for example in split_examples]
    searches = {"": (1, 0.0), "beam_": (processing.WIDTH, 0.0)}
    if json.loads(trained.asset(processing.WORDS)):
        searches["spelled_"] = (processing.WIDTH, processing.WEIGHT)
    metrics = {}
    for prefix, (width, language) in searches.items():
        decode = processing.decoder(trained, width, language)
        predictions = [decode(each) for each in log_probs]
        metrics[f"{prefix}character_error"] = jiwer.cer(labels, predictions)
        wrong = [ours != theirs for ours, theirs in zip(predictions, labels, strict=True)]
        metrics[f"{prefix}word_error"] = float(np.mean(wrong))
    return metrics


def resolved(options: Options) -> Options:
    """The options with the alphabet of the data where none was asked for."""
    alphabet = options.alphabet or (LETTERS if options.data == "words" else string.digits)
    return options.model_copy(update={"alphabet": alphabet})


def _require_letters(options: Options) -> None:
    """Refuses an alphabet that lacks letters of the data.

    Raises:
        UserError: the letters.
    """
    letters = set(string.digits)
    if options.data == "words":
        letters = {c for split in unipen.SPLITS for word in unipen.words(split) for c in word.label}
    missing = sorted(letters - set(options.alphabet))
    if missing:
        raise UserError(
            f"alphabet={options.alphabet!r:.80} lacks {''.join(missing)!r}, which the data have; "
            "add them, or leave the option out."
        )


class _CharacterError(keras.callbacks.Callback):
    """Adds the character error of dev to the metrics of an epoch.

    It is 1 for a network that outputs only blanks.
    """

    def __init__(self, dev: Sequence[Example], options: Options):
        super().__init__()
        self.dev = dev
        self.alphabet = options.alphabet

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        model = data_parallel.alone(self.model)
        labels, predictions = [], []
        for group in group_by_length(
            [len(each.points) for each in self.dev], 2 * processing.BATCH_SIZE
        ):
            points = padded([{"points": self.dev[i].points} for i in group])["points"]
            logits = model.predict_on_batch(points)["logits"]
            labels += [self.dev[i].label for i in group]
            predictions += [processing.text(self.alphabet, ctc.greedy(row)) for row in logits]
        logs["val_character_error"] = jiwer.cer(labels, predictions)


def _dataset(
    batches: Callable[[], Iterator[list[Example]]], options: Options, number: int
) -> tf.data.Dataset:
    """Padded batches of (points, labels), the labels as indices of the alphabet from 1."""
    index = {letter: i + 1 for i, letter in enumerate(options.alphabet)}

    def generated() -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        for batch in batches():
            rows = [
                {
                    "points": example.points,
                    "logits": np.array([index[letter] for letter in example.label], "int32"),
                }
                for example in batch
            ]
            arrays = padded(rows)
            yield arrays["points"], {"logits": arrays["logits"]}

    features = ink.FEATURES if options.data == "words" else lines.SIDE
    signature = (
        tf.TensorSpec([None, None, features], tf.float32),
        {"logits": tf.TensorSpec([None, None], tf.int32)},
    )
    data = tf.data.Dataset.from_generator(generated, output_signature=signature)
    data = data.apply(tf.data.experimental.assert_cardinality(number))
    return data.apply(few_lengths).prefetch(4)


RECIPE = Recipe(
    name="handwriting",
    options=Options,
    model=model,
    train=train,
    evaluate=evaluate,
    splits=unipen.SPLITS,
    processing=processing,
    data=unipen.DATA,
    other_data=lambda options: mnist.DATA if options.data == "digits" else None,
    other_summary=lambda options: "a line of digits" if options.data == "digits" else None,
    resolve=resolved,
    sources=(
        "A. Graves, S. Fernández, F. Gomez, J. Schmidhuber, Connectionist temporal "
        "classification, ICML 2006",
        "A. Graves et al., A novel connectionist system for unconstrained handwriting "
        "recognition, IEEE Transactions on Pattern Analysis and Machine Intelligence 31, 2009",
    ),
)
