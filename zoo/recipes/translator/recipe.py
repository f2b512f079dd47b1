"""Sequence to sequence: an encoder reads a sentence, a decoder writes it in another language.

    m_1 ... m_S = BLSTM(x_1 ... x_S)                              memory
    h_t = LSTM(y_{t-1}, h_{t-1})                                  each symbol is the next input
    c_t = attention(h_t, m_1 ... m_S)
    p(y_t) = softmax(E tanh(W [c_t; h_t]) + b)

With attention "bahdanau" the context of h_{t-1} enters the LSTM; with "none" the encoder reads the
source reversed and passes on its last state alone (Sutskever et al. 2014). E is the embedding
of the target's subwords, also used for the decoder's inputs.
"""

import json
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from pydantic import Field
from sacrebleu.metrics import BLEU

from zoo.inference import search
from zoo.inference.arrays import NEXT
from zoo.inference.predictor import Predictor
from zoo.inference.vocabulary import PADDING
from zoo.layers import LSTM, AttentiveLSTM, Bidirectional, LuongAttention
from zoo.recipes.data import multi30k
from zoo.recipes.data import pairs as pairs_file
from zoo.recipes.options import Options as Shared
from zoo.recipes.pipeline import OWN_EXAMPLES
from zoo.recipes.recipe import DataSource, Recipe, Trained, Training
from zoo.recipes.translator import processing, subwords, teaching
from zoo.training import loop
from zoo.training.batches import bucketed

EXAMPLES = 3
"""Number of example sentences of a model."""


class Options(Shared):
    epochs: int = Field(45, ge=1, description="epochs at most")
    patience: int = Field(15, ge=1, description="epochs without a better dev accuracy")
    learning_rate: float = Field(2e-3, gt=0, description="learning rate at its peak")
    source: str = Field("de", description="language to translate from: cs, de, en or fr")
    target: str = Field("en", description="language to translate to")
    pairs: str = Field("", description="a file of pairs, source TAB target, instead of Multi30k")
    attention: Literal["luong", "bahdanau", "none"] = Field(
        "luong", description="attention of the decoder to the source"
    )
    subwords: int = Field(2000, ge=100, description="subwords of each language")
    features: int = Field(224, ge=1, description="size of a subword's embedding")
    encoder_units: int = Field(192, ge=1, description="units of each direction of the encoder")
    units: int = Field(320, ge=1, description="units of the decoder")
    dropout: float = Field(0.3, ge=0, lt=1, description="between the layers")
    recurrent_dropout: float = Field(0.2, ge=0, lt=1, description="inside the LSTMs")
    word_dropout: float = Field(
        0.1, ge=0, lt=1, description="share of inputs replaced by the unknown subword"
    )
    subword_candidates: int = Field(
        64, ge=1, le=512, description="segmentations of a text that training samples from"
    )
    likeliest_epochs: int = Field(
        12,
        ge=0,
        description="last epochs, or all of a short training, with the likeliest segmentation",
    )
    label_smoothing: float = Field(0.1, ge=0, lt=1, description="share spread over all subwords")
    steps_per_batch: int = Field(1200, ge=1, description="subwords in a batch, padding included")


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


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    pairs = _pairs(options, "train")
    translator = RECIPE.initialized(options, start)
    texts = dict(zip((processing.SOURCE, processing.TARGET), zip(*pairs, strict=True), strict=True))
    if start is not None:
        assets = {**start.assets, **{name: start.asset(name) for name in texts}}
    else:
        assets = {name: subwords.trained(texts[name], options.subwords) for name in texts}
        assets[OWN_EXAMPLES] = _examples(assets, options)
    candidates = options.subword_candidates
    segmentations = [
        subwords.Segmentations(assets[name], texts[name], candidates) for name in texts
    ]
    dev = bucketed(
        [_example(pair, assets) for pair in _pairs(options, "dev")],
        "target",
        steps_per_batch=4 * options.steps_per_batch,
    )(None).map(teaching.forced)

    def epoch(number: int) -> tf.data.Dataset:
        seed = options.seed * 1000 + number
        if number < options.epochs - options.likeliest_epochs:
            sides = [side.sampled([seed, i]) for i, side in enumerate(segmentations)]
        else:
            sides = [side.likeliest() for side in segmentations]
        batches = bucketed(
            [{"source": source, "target": target} for source, target in zip(*sides, strict=True)],
            "target",
            steps_per_batch=options.steps_per_batch,
        )
        noise = tf.data.Dataset.random(seed=seed).batch(2)
        data = tf.data.Dataset.zip(batches(seed).map(teaching.forced), noise)
        return data.map(teaching.with_unknown_subwords(options.word_dropout))

    translator.compile(
        optimizer=loop.adam(options.learning_rate, len(epoch(0)), options.epochs),
        loss={"logits": loop.SmoothedCrossEntropy(options.label_smoothing)},
        weighted_metrics={"logits": [loop.StepAccuracy(name="accuracy")]},
        jit_compile=loop.compiles(),
    )
    progress = loop.fit(
        translator,
        train=epoch,
        dev=dev,
        monitor="val_accuracy",
        better=max,
        epochs=options.epochs,
        patience=options.patience,
        folder=folder,
    )
    return Training(translator, assets, progress)


def evaluate(trained: Predictor, split: str) -> dict[str, float | str]:
    """sacreBLEU of whole sentences, cased and detokenized: by beam search, and greedily."""
    sources, references = zip(*_pairs(trained.options, split), strict=True)
    bleu = BLEU()
    scores = {
        name: bleu.corpus_score(
            processing.translate(trained, sources, width, processing.LENGTH_PENALTY), [references]
        ).score
        for name, width in (("bleu", processing.WIDTH), ("greedy_bleu", 1))
    }
    return {**scores, "signature": str(bleu.get_signature())}


def _languages(options: Options) -> str | None:
    """The languages; those of a file of pairs are not known."""
    if options.pairs:
        return None
    return f"{multi30k.LANGUAGES[options.source]} to {multi30k.LANGUAGES[options.target]}"


RECIPE = Recipe(
    name="translator",
    options=Options,
    model=model,
    train=train,
    evaluate=evaluate,
    splits=tuple(multi30k.SPLITS),
    processing=processing,
    data=DataSource(
        name="multi30k task 1",
        version="1.0.0",
        licence="none stated in its repository",
        note="Captions of Flickr30k and their translations; test is test_2016_flickr. "
        "Subwords were learned on train; the epoch and the length "
        "penalty were chosen on dev.",
    ),
    sources=(
        "I. Sutskever, O. Vinyals, Q. V. Le, Sequence to sequence learning with neural networks, "
        "NIPS 2014",
        "D. Bahdanau, K. Cho, Y. Bengio, Neural machine translation by jointly learning to align "
        "and translate, ICLR 2015",
        "M.-T. Luong, H. Pham, C. D. Manning, Effective approaches to attention-based neural "
        "machine translation, EMNLP 2015",
        "D. Elliott et al., Multi30K: multilingual English-German image descriptions, Workshop on "
        "Vision and Language 2016",
        "T. Kudo, Subword regularization: improving neural network translation models with "
        "multiple subword candidates, ACL 2018",
        "M. Post, A call for clarity in reporting BLEU scores, WMT 2018",
    ),
    other_data=lambda options: DataSource.of_file(options.pairs),
    other_summary=_languages,
    graph=search.search_graph,
)


def _examples(assets: dict[str, str], options: Options) -> str:
    """The first sentences of dev that the pipeline takes."""
    sources = (source for source, _ in _pairs(options, "dev"))
    accepted = (
        source for source in sources if not processing.is_foreign(assets.__getitem__, source)
    )
    return json.dumps([*islice(accepted, EXAMPLES)], ensure_ascii=False)


def _pairs(options: Options, split: str) -> tuple[tuple[str, str], ...]:
    if options.pairs:
        return pairs_file.pairs(options.pairs, split)
    return multi30k.pairs(split, options.source, options.target)


def _encoder(options: Options) -> keras.Model:
    """Source to the decoder's initial state and, with attention, its memory."""
    source = keras.Input((None,), dtype="int32", name="source")
    mask = ops.not_equal(source, PADDING)
    embedded = layers.Embedding(options.subwords, options.features, name="source_subwords")(source)
    embedded = layers.Dropout(options.dropout)(embedded)
    lstm: dict[str, Any] = {
        "recurrent_dropout": options.recurrent_dropout,
        "return_state": True,
        "return_sequences": options.attention != "none",
    }
    outputs = {}
    if options.attention == "none":
        reversed_ = LSTM(options.units, go_backwards=True, **lstm)
        _, h, c = reversed_(embedded, mask=mask)
    else:
        bidirectional = Bidirectional(LSTM(options.encoder_units, **lstm))
        memory, h_ahead, c_ahead, h_behind, c_behind = bidirectional(embedded, mask=mask)
        h = layers.Dense(options.units, activation="tanh", name="first_h")(
            ops.concatenate([h_ahead, h_behind], axis=-1)
        )
        c = layers.Dense(options.units, name="first_c")(
            ops.concatenate([c_ahead, c_behind], axis=-1)
        )
        memory = layers.Dropout(options.dropout)(memory)
        outputs = {"memory": memory, "memory_mask": ops.cast(mask, "int32")}
    return keras.Model(source, {"h": h, "c": c, **outputs}, name="encoder")


def _decoder(options: Options) -> keras.Model:
    """Symbols and an initial state to the logits of the next symbols and the final state."""
    symbols = keras.Input((None,), dtype="int32", name="symbols")
    h, c = (keras.Input((options.units,), name=name) for name in "hc")
    inputs = {"symbols": symbols, "h": h, "c": c}
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
            embedded, initial_state=[h, c], memory=memory, memory_mask=memory_mask
        )
        states = layers.Dropout(options.dropout)(states)
    else:
        lstm = LSTM(
            options.units,
            recurrent_dropout=options.recurrent_dropout,
            return_sequences=True,
            return_state=True,
        )
        states, *final = lstm(embedded, initial_state=[h, c])
        states = layers.Dropout(options.dropout)(states)
    if options.attention == "luong":
        contexts, outputs["attention"] = LuongAttention()(states, memory, memory_mask=memory_mask)
    if options.attention != "none":
        inputs |= {"memory": memory, "memory_mask": memory_mask}
        states = ops.concatenate([contexts, states], axis=-1)
    outputs |= dict(zip(("h" + NEXT, "c" + NEXT), final, strict=True))
    readout = layers.Dense(options.features, activation="tanh", name="readout")(states)
    readout = layers.Dropout(options.dropout)(readout)
    outputs["logits"] = table(readout, reverse=True)
    return keras.Model(inputs, outputs, name="decoder")


def _example(pair: tuple[str, str], assets: dict[str, str]) -> dict[str, np.ndarray]:
    source, target = (
        processing.encode(assets[name], text)
        for name, text in zip((processing.SOURCE, processing.TARGET), pair, strict=True)
    )
    return {"source": source, "target": target}
