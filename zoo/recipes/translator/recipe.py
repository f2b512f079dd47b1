"""Sequence to sequence: an encoder reads a sentence, a decoder writes it in another language.

See `networks` for the equations.
"""

import json
from itertools import islice
from pathlib import Path

import numpy as np
import tensorflow as tf
from sacrebleu.metrics import BLEU

from zoo.inference import search
from zoo.inference.predictor import Predictor
from zoo.recipes.data import multi30k
from zoo.recipes.data import pairs as pairs_file
from zoo.recipes.pipeline import OWN_EXAMPLES
from zoo.recipes.recipe import DataSource, Recipe, Trained, Training
from zoo.recipes.translator import networks, processing, subwords, teaching
from zoo.recipes.translator.options import Options
from zoo.training import loop
from zoo.training.batches import bucketed

EXAMPLES = 3
"""Number of example sentences of a model."""


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
    model=networks.model,
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


def _example(pair: tuple[str, str], assets: dict[str, str]) -> dict[str, np.ndarray]:
    source, target = (
        processing.encode(assets[name], text)
        for name, text in zip((processing.SOURCE, processing.TARGET), pair, strict=True)
    )
    return {"source": source, "target": target}
