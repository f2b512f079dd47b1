"""A part-of-speech tagger: a BLSTM over words, each represented by an embedding and by its
characters.

    s_j = BLSTM over the characters of word j, last states          (Ling et al. 2015)
    e_j = [embedding of word j; s_j]
    y_1 ... y_T = softmax(W BLSTM(BLSTM(e_1 ... e_T)) + b)          (Plank et al. 2016)

In training the same states have three more heads: the treebank's other tags, its morphological
features and its dependency relations. They are auxiliary tasks, whose heads are dropped afterwards.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from pydantic import Field

from zoo.inference.predictor import Predictor
from zoo.layers import Each
from zoo.recipes import cells
from zoo.recipes.blstm_tagger import processing
from zoo.recipes.blstm_tagger.processing import PADDING, UNKNOWN, VOCABULARY, Vocabulary, indices
from zoo.recipes.cells import Cell
from zoo.recipes.data import gum, treebank
from zoo.recipes.data.treebank import Sentence
from zoo.recipes.options import Options as Shared
from zoo.recipes.recipe import DataSource, Recipe, Trained, Training
from zoo.training import loop
from zoo.training.batches import bucketed, word_dropout

ANNOTATIONS = ("upos", "xpos", "feats", "deprel")
"""Columns of a treebank; the tags are in one of them, the others are auxiliary tasks."""

HEAD = "logits"
UNIVERSAL = " ".join(processing.UNIVERSAL)
OF_THE_TREEBANK = "treebank"


class Options(Shared):
    epochs: int = Field(18, ge=1, description="epochs at most")
    patience: int = Field(6, ge=1, description="epochs without a better dev accuracy")
    learning_rate: float = Field(2e-3, gt=0, description="learning rate at its peak")
    treebank: str = Field("", description="a file in CoNLL-U to train on instead of GUM")
    column: Literal["upos", "xpos"] = Field("upos", description="column that has the tags")
    tags: str = Field(
        UNIVERSAL,
        min_length=1,
        description=f"the tags, spaces between them; '{OF_THE_TREEBANK}' takes those it is "
        "trained on",
    )
    cell: Cell = Field("LSTM", description="recurrent layer, in both directions")
    words: int = Field(8192, ge=3, description="rows of the table of words")
    characters: int = Field(192, ge=3, description="rows of the table of characters")
    longest_word: int = Field(16, ge=1, description="characters read of a word")
    word_features: int = Field(100, ge=1, description="size of a word's embedding")
    character_features: int = Field(32, ge=1, description="size of a character's embedding")
    character_units: int = Field(40, ge=1, description="units of each direction over characters")
    units: int = Field(200, ge=1, description="units of each direction over words")
    layers: int = Field(2, ge=1, description="layers over words, on top of one another")
    dropout: float = Field(0.4, ge=0, lt=1, description="between the layers")
    recurrent_dropout: float = Field(
        0.2, ge=0, lt=1, description="inside the layers over words that have it"
    )
    word_dropout: float = Field(
        0.2, ge=0, lt=1, description="share of words replaced by the unknown word"
    )
    helper_weight: float = Field(0.3, ge=0, description="weight of the auxiliary losses")
    steps_per_batch: int = Field(1000, ge=1, description="words in a batch, padding included")


def model(options: Options) -> keras.Model:
    """Word and character indices to tag probabilities.

    Inputs: `words` (batch, time) and `characters` (batch, time, length), 0 where there is none.
    Output: `tags` (batch, time, number of tags).
    """
    words = keras.Input((None,), dtype="int32", name="words")
    characters = keras.Input((None, None), dtype="int32", name="characters")
    mask = ops.not_equal(words, PADDING)

    spelling = layers.Embedding(options.characters, options.character_features)(characters)
    over_characters = cells.layer(options.cell, options.character_units, return_sequences=False)
    spelling = cells.masked(
        Each(cells.bidirectional(over_characters)), spelling, ops.not_equal(characters, PADDING)
    )
    states = ops.concatenate(
        [layers.Embedding(options.words, options.word_features)(words), spelling], axis=-1
    )
    states = layers.Dropout(options.dropout)(states)
    for _ in range(options.layers):
        layer = cells.layer(
            options.cell,
            options.units,
            optional={"recurrent_dropout": options.recurrent_dropout},
            return_sequences=True,
        )
        states = cells.masked(cells.bidirectional(layer), states, mask)
        states = layers.Dropout(options.dropout)(states)
    logits = layers.Dense(len(options.tags.split()), name=HEAD)(states)
    tags = layers.Activation("softmax", name="tags", dtype="float32")(logits)
    return keras.Model({"words": words, "characters": characters}, {"tags": tags})


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    sentences = _sentences(options, "train")
    tagger = RECIPE.initialized(options, start)
    if start is None:
        vocabulary = Vocabulary.of([sentence.words for sentence in sentences], options)
    else:
        vocabulary = replace(Vocabulary.read(start), longest_word=options.longest_word)

    tags = {options.column: {tag: i for i, tag in enumerate(options.tags.split())}}
    auxiliary_labels = _auxiliary_labels(sentences, options.column)
    labels = tags | auxiliary_labels
    batches = bucketed(
        [_example(sentence, vocabulary, labels) for sentence in sentences],
        "words",
        steps_per_batch=options.steps_per_batch,
    )
    dev = bucketed(
        [_example(sentence, vocabulary, labels) for sentence in _sentences(options, "dev")],
        "words",
        steps_per_batch=4 * options.steps_per_batch,
    )(None).map(_targets)

    def epoch(number: int) -> tf.data.Dataset:
        seed = options.seed * 1000 + number
        noise = tf.data.Dataset.random(seed=seed).batch(2)
        data = tf.data.Dataset.zip(batches(seed), noise)
        return data.map(_with_unknown_words(options.word_dropout)).map(_targets)

    trainee = _with_auxiliary_heads(tagger, options.column, labels)
    trainee.compile(
        optimizer=loop.adam(options.learning_rate, len(batches(0)), options.epochs),
        loss={head: _cross_entropy() for head in labels},
        loss_weights=dict.fromkeys(auxiliary_labels, options.helper_weight) | {options.column: 1.0},
        weighted_metrics={options.column: [loop.StepAccuracy(name="accuracy")]},
        jit_compile=loop.compiles(),
    )
    progress = loop.fit(
        trainee,
        train=epoch,
        dev=dev,
        # Keras names a head's metric after the head where there are several.
        monitor=f"val_{options.column}_accuracy" if auxiliary_labels else "val_accuracy",
        better=max,
        epochs=options.epochs,
        patience=options.patience,
        folder=folder,
    )
    return Training(tagger, {VOCABULARY: vocabulary.write()}, progress)


def evaluate(trained: Predictor, split: str) -> dict[str, float]:
    """Share of the gold words whose tag is predicted correctly."""
    sentences, column = _sentences(trained.options, split), trained.options.column
    predictions = processing.tag(trained, [sentence.words for sentence in sentences])
    correct = [
        prediction == gold
        for predicted, sentence in zip(predictions, sentences, strict=True)
        for prediction, gold in zip(predicted, getattr(sentence, column), strict=True)
    ]
    return {"accuracy": float(np.mean(correct))}


def _sentences(options: Options, split: str) -> tuple[Sentence, ...]:
    """The sentences of a split; universal tags of a user's own treebank are checked."""
    if not options.treebank:
        return gum.sentences(split)
    is_universal = options.column == "upos" and options.tags == UNIVERSAL
    allowed = processing.UNIVERSAL if is_universal else None
    return treebank.sentences(options.treebank, split, allowed)


def _auxiliary_labels(sentences: Sequence[Sentence], column: str) -> dict[str, dict[str, int]]:
    """Column → label → index, of the other columns that have several labels."""
    columns = {
        other: indices(Counter(x for s in sentences for x in getattr(s, other)), 1 << 10, 0)
        for other in ANNOTATIONS
        if other != column
    }
    return {other: labels for other, labels in columns.items() if len(labels) > 1}


def _with_tags_of_the_treebank(options: Options) -> Options:
    """The options with the tags of the training sentences, where `tags` is 'treebank'."""
    if options.tags != OF_THE_TREEBANK:
        return options
    tags = {tag for s in _sentences(options, "train") for tag in getattr(s, options.column)}
    return options.model_copy(update={"tags": " ".join(sorted(tags))})


def _head_for_other_tags(ours: Options, theirs: Options) -> tuple[str, ...]:
    return () if ours.tags == theirs.tags else (HEAD,)


def _example(
    sentence: Sentence, vocabulary: Vocabulary, labels: dict[str, dict[str, int]]
) -> dict[str, np.ndarray]:
    """Inputs and, counted from 1 so that 0 is padding and unknown labels, the labels."""
    targets = {
        column: np.array([index.get(label, -1) + 1 for label in getattr(sentence, column)], "int32")
        for column, index in labels.items()
    }
    return vocabulary.encode(sentence.words) | targets


def _with_unknown_words(rate: float) -> Callable:
    """Replaces a share of the words by the unknown one, so that their characters must suffice."""

    def replace_words(example: dict, seed: tf.Tensor) -> dict:
        return example | {"words": word_dropout(example["words"], rate, seed, UNKNOWN)}

    return replace_words


def _targets(example: dict) -> tuple[dict, dict, dict]:
    """Inputs, targets and weights: padding has no weight in the loss and the metric."""
    inputs = {name: example[name] for name in ("words", "characters")}
    labels = {name: values for name, values in example.items() if name not in inputs}
    targets = {name: tf.maximum(values - 1, 0) for name, values in labels.items()}
    weights = {name: tf.cast(values > 0, "float32") for name, values in labels.items()}
    return inputs, targets, weights


def _with_auxiliary_heads(
    tagger: keras.Model, column: str, labels: dict[str, dict[str, int]]
) -> keras.Model:
    """The tagger with a head for each column: its own, and new ones for the auxiliary tasks."""
    head = tagger.get_layer(HEAD)
    outputs = {
        name: layers.Dense(len(index), name=name)(head.input)
        for name, index in labels.items()
        if name != column
    }
    return keras.Model(tagger.input, {column: head.output, **outputs})


def _cross_entropy() -> keras.losses.Loss:
    return keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, reduction="mean_with_sample_weight"
    )


RECIPE = Recipe(
    name="blstm-tagger",
    options=Options,
    model=model,
    train=train,
    evaluate=evaluate,
    splits=("train", "dev", "test"),
    processing=processing,
    other_data=lambda options: DataSource.of_file(options.treebank),
    resolve=_with_tags_of_the_treebank,
    reinitialized_layers=_head_for_other_tags,
    data=DataSource(
        name=gum.NAME,
        version="1.0.1",
        licence="CC BY 4.0 (annotations; texts under several licences)",
        note="Prepared from a GUM later than the r2.10 that tensorflow-datasets downloads. "
        "Accuracy is over syntactic words; rows that spell several words at once are left out.",
    ),
    sources=(
        "M. Schuster, K. K. Paliwal, Bidirectional recurrent neural networks, 1997",
        "W. Ling et al., Finding function in form: compositional character models, EMNLP 2015",
        "B. Plank, A. Søgaard, Y. Goldberg, Multilingual part-of-speech tagging with "
        "bidirectional LSTMs and auxiliary loss, ACL 2016",
        "A. Zeldes, The GUM corpus, Language Resources and Evaluation 51, 2017",
    ),
)
