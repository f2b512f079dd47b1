"""A part-of-speech tagger: a BLSTM over words, each known by itself and by its spelling.

    s_j = BLSTM over the characters of word j, last states          (Ling et al. 2015)
    e_j = [embedding of word j; s_j]
    y_1 ... y_T = softmax(W BLSTM(BLSTM(e_1 ... e_T)) + b)          (Plank et al. 2016)

In training three more heads read the same states: the treebank's own tags, its morphological
features and its dependency relations. They teach the states syntax and are dropped afterwards.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from pydantic import Field

from recipes import recipe, training
from recipes.data import english, gum
from recipes.data.batches import bucketed, padded
from recipes.recipe import DataSource, Recipe, Trained
from recipes.training import Progress
from zoo.layers import LSTM, Bidirectional, Each

# fmt: off
TAGS = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM",
    "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X",
)
# fmt: on
PADDING, UNKNOWN, FIRST = 0, 1, 2
HELPERS = ("xpos", "feats", "deprel")
VOCABULARY = "vocabulary.json"


class Options(recipe.Options):
    epochs: int = Field(18, ge=1, description="epochs at most")
    patience: int = Field(6, ge=1, description="epochs without a better dev accuracy")
    learning_rate: float = Field(2e-3, gt=0, description="learning rate at its peak")
    words: int = Field(8192, ge=3, description="rows of the table of words")
    characters: int = Field(192, ge=3, description="rows of the table of characters")
    longest_word: int = Field(16, ge=1, description="characters read of a word")
    word_features: int = Field(100, ge=1, description="size of a word's embedding")
    character_features: int = Field(32, ge=1, description="size of a character's embedding")
    character_units: int = Field(40, ge=1, description="units of the character LSTMs")
    units: int = Field(200, ge=1, description="units of the word LSTMs")
    layers: int = Field(2, ge=1, description="stacked BLSTMs over words")
    dropout: float = Field(0.4, ge=0, lt=1, description="between the layers")
    recurrent_dropout: float = Field(0.2, ge=0, lt=1, description="inside the word LSTMs")
    word_dropout: float = Field(0.2, ge=0, lt=1, description="share of words read as unknown")
    helper_weight: float = Field(0.3, ge=0, description="weight of the losses of the helpers")
    steps_per_batch: int = Field(1000, ge=1, description="words in a batch, padding included")


def model(options: Options) -> keras.Model:
    """Word and character indices to tag probabilities.

    Inputs: `words` (batch, time) and `characters` (batch, time, length), 0 where there is none.
    Output: `tags` (batch, time, 17).
    """
    words = keras.Input((None,), dtype="int32", name="words")
    characters = keras.Input((None, None), dtype="int32", name="characters")
    counts = ops.not_equal(words, PADDING)

    spelling = layers.Embedding(options.characters, options.character_features)(characters)
    spelling = Each(Bidirectional(LSTM(options.character_units)))(
        spelling, mask=ops.not_equal(characters, PADDING)
    )
    states = ops.concatenate(
        [layers.Embedding(options.words, options.word_features)(words), spelling], axis=-1
    )
    states = layers.Dropout(options.dropout)(states)
    for _ in range(options.layers):
        lstm = LSTM(
            options.units, recurrent_dropout=options.recurrent_dropout, return_sequences=True
        )
        states = layers.Dropout(options.dropout)(Bidirectional(lstm)(states, mask=counts))
    logits = layers.Dense(len(TAGS), name="logits")(states)
    tags = layers.Activation("softmax", name="tags", dtype="float32")(logits)
    return keras.Model({"words": words, "characters": characters}, {"tags": tags})


@dataclass(frozen=True)
class Vocabulary:
    """Indices of the words and characters that training saw."""

    words: dict[str, int]
    characters: dict[str, int]
    longest_word: int

    @classmethod
    def of(cls, sentences: Sequence[Sequence[str]], options: Options) -> "Vocabulary":
        """The most frequent words, in lower case, and characters that occur twice or more."""
        words = Counter(word.lower() for sentence in sentences for word in sentence)
        characters = Counter(c for sentence in sentences for word in sentence for c in word)
        return cls(
            _indices(words, options.words),
            _indices(characters, options.characters),
            options.longest_word,
        )

    @classmethod
    def read(cls, trained: Trained) -> "Vocabulary":
        content = json.loads(trained.assets[VOCABULARY])
        return cls(
            {word: i + FIRST for i, word in enumerate(content["words"])},
            {character: i + FIRST for i, character in enumerate(content["characters"])},
            trained.options.longest_word,
        )

    def write(self) -> str:
        content = {"words": list(self.words), "characters": list(self.characters)}
        return json.dumps(content, ensure_ascii=False)

    def encode(self, sentence: Sequence[str]) -> dict[str, np.ndarray]:
        """The inputs of the model for one sentence, without the batch axis."""
        spelled = [word[: self.longest_word] for word in sentence]
        characters = np.zeros((len(spelled), max(map(len, spelled), default=1)), "int32")
        for row, word in zip(characters, spelled, strict=True):
            row[: len(word)] = [self.characters.get(c, UNKNOWN) for c in word]
        words = [self.words.get(word.lower(), UNKNOWN) for word in sentence]
        return {"words": np.array(words, "int32"), "characters": characters}


def train(options: Options, folder: Path, start: Trained | None) -> tuple[Trained, Progress]:
    sentences = gum.sentences("train")
    vocabulary = Vocabulary.of([sentence.words for sentence in sentences], options)
    tagger = model(options)
    if start is not None:
        vocabulary = replace(Vocabulary.read(start), longest_word=options.longest_word)
        tagger.set_weights(start.model.get_weights())

    labels = {"logits": {tag: i for i, tag in enumerate(TAGS)}} | {
        helper: _indices(Counter(x for s in sentences for x in getattr(s, helper)), 1 << 10, 0)
        for helper in HELPERS
    }
    batches = bucketed(
        [_example(sentence, vocabulary, labels) for sentence in sentences],
        "words",
        steps_per_batch=options.steps_per_batch,
    )
    dev = bucketed(
        [_example(sentence, vocabulary, labels) for sentence in gum.sentences("dev")],
        "words",
        steps_per_batch=4 * options.steps_per_batch,
    )(None).map(_targets)

    def epoch(number: int) -> tf.data.Dataset:
        seed = options.seed * 1000 + number
        noise = tf.data.Dataset.random(seed=seed).batch(2)
        data = tf.data.Dataset.zip(batches(seed), noise)
        return data.map(_forgetting(options.word_dropout)).map(_targets)

    trainee = _with_helpers(tagger, labels)
    trainee.compile(
        optimizer=training.adam(options.learning_rate, len(batches(0)), options.epochs),
        loss={head: _cross_entropy() for head in labels},
        loss_weights=dict.fromkeys(HELPERS, options.helper_weight) | {"logits": 1.0},
        weighted_metrics={"logits": [training.StepAccuracy(name="accuracy")]},
        jit_compile=False,
    )
    progress = training.fit(
        trainee,
        train=epoch,
        dev=dev,
        monitor="val_logits_accuracy",
        better=max,
        epochs=options.epochs,
        patience=options.patience,
        folder=folder,
    )
    return Trained.of(options, tagger, {VOCABULARY: vocabulary.write()}), progress


def evaluate(trained: Trained, split: str) -> dict[str, float]:
    """Share of words whose tag is right, gold words given."""
    sentences = gum.sentences(split)
    found = tag(trained, [sentence.words for sentence in sentences])
    right = [
        guess == gold
        for guesses, sentence in zip(found, sentences, strict=True)
        for guess, gold in zip(guesses, sentence.upos, strict=True)
    ]
    return {"accuracy": float(np.mean(right))}


def pipeline(trained: Trained) -> Callable[[Sequence[str]], list[list[tuple[str, str]]]]:
    """Texts → for each the list of (token, tag)."""

    def apply(texts: Sequence[str]) -> list[list[tuple[str, str]]]:
        split = [english.sentences(text) for text in texts]
        tags = iter(tag(trained, [sentence for sentences in split for sentence in sentences]))
        return [
            [pair for sentence in sentences for pair in zip(sentence, next(tags), strict=True)]
            for sentences in split
        ]

    return apply


def tag(trained: Trained, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
    """The tags of sentences given as words, those of like length in one batch."""
    vocabulary = Vocabulary.read(trained)
    order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
    tags: list[list[str]] = [[] for _ in sentences]
    for group in (order[i : i + 64] for i in range(0, len(order), 64)):
        inputs = padded([vocabulary.encode(sentences[i]) for i in group])
        best = np.argmax(trained.run(inputs)["tags"], axis=-1)
        for i, row in zip(group, best, strict=True):
            tags[i] = [TAGS[j] for j in row[: len(sentences[i])]]
    return tags


def batch(trained: Trained, texts: Sequence[str]) -> dict[str, np.ndarray]:
    vocabulary = Vocabulary.read(trained)
    return padded([vocabulary.encode(s) for text in texts for s in english.sentences(text)])


RECIPE = Recipe(
    name="blstm-tagger",
    options=Options,
    model=model,
    train=train,
    evaluate=evaluate,
    splits=("train", "dev", "test"),
    pipeline=pipeline,
    examples=(
        "The old man the boats.",
        "Time flies like an arrow; fruit flies like a banana.",
        "They refuse to permit us to obtain the refuse permit.",
    ),
    batch=batch,
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


def _indices(counts: Counter, rows: int, first: int = FIRST) -> dict[str, int]:
    """The most frequent keys that occur twice or more, numbered from `first` up to `rows`."""
    kept = [key for key, count in counts.most_common(rows - first) if count > 1]
    return {key: i + first for i, key in enumerate(kept)}


def _example(
    sentence: gum.Sentence, vocabulary: Vocabulary, labels: dict[str, dict[str, int]]
) -> dict[str, np.ndarray]:
    """Inputs and, counted from 1 so that 0 is padding and unknown labels, the labels."""
    columns = {"logits": sentence.upos} | {name: getattr(sentence, name) for name in HELPERS}
    targets = {
        head: np.array([labels[head].get(label, -1) + 1 for label in column], "int32")
        for head, column in columns.items()
    }
    return vocabulary.encode(sentence.words) | targets


def _forgetting(rate: float) -> Callable:
    """Reads a share of the words as unknown, so that their spelling must do."""

    def forget(example: dict, seed: tf.Tensor) -> dict:
        words = example["words"]
        draw = tf.random.stateless_uniform(tf.shape(words), seed)
        forgotten = (draw < rate) & (words != PADDING)
        return example | {"words": tf.where(forgotten, UNKNOWN, words)}

    return forget


def _targets(example: dict) -> tuple[dict, dict, dict]:
    """Inputs, targets and weights: padding counts neither in the loss nor in the metric."""
    inputs = {name: example[name] for name in ("words", "characters")}
    labels = {name: values for name, values in example.items() if name not in inputs}
    targets = {name: tf.maximum(values - 1, 0) for name, values in labels.items()}
    weights = {name: tf.cast(values > 0, "float32") for name, values in labels.items()}
    return inputs, targets, weights


def _with_helpers(tagger: keras.Model, labels: dict[str, dict[str, int]]) -> keras.Model:
    """The tagger's states with one more head for each helper."""
    logits = tagger.get_layer("logits")
    heads = {name: layers.Dense(len(labels[name]), name=name)(logits.input) for name in HELPERS}
    return keras.Model(tagger.input, {"logits": logits.output, **heads})


def _cross_entropy() -> keras.losses.Loss:
    return keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, reduction="mean_with_sample_weight"
    )
