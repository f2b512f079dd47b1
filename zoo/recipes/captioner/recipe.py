"""Captions of photographs: features of an image, and a recurrent network that writes the words.

The convolutional network has fixed weights from ImageNet, and its features of every photograph are
computed once. See `networks` for the equations of the three decoders.
"""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import keras
import numpy as np
from sacrebleu.metrics import BLEU

from zoo.inference import search
from zoo.inference.greedy import greedy
from zoo.inference.predictor import Predictor
from zoo.recipes.captioner import examples, features, networks, processing
from zoo.recipes.captioner.options import Options
from zoo.recipes.data import coco, flickr8k
from zoo.recipes.recipe import Recipe, Trained, Training
from zoo.training import loop
from zoo.training.distributed import data_parallel

BATCH_SIZE = 100
"""Photographs in a batch of the greedy search over the dev split."""


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    captioner = RECIPE.initialized(options, start)
    network = captioner.get_layer("encoder").get_layer("features")
    captions = {split: examples.captions(options.data, split) for split in ("train", "dev")}
    if start is None:
        features.load_weights(network, options.features)
        words = examples.words(captions["train"], options.words)
    else:
        words = json.loads(start.asset(processing.WORDS))
    grids = {
        split: examples.grids(
            network,
            examples.photographs(options.data, split, options.side),
            len(captions[split]),
            folder / f"features-{split}.npy",
            mirrored=split == "train",
        )
        for split in captions
    }
    learner = networks.from_features(captioner)
    batches = partial(examples.batches, words=words, options=options)
    steps = len(batches(grids["train"], captions["train"], epoch=0))
    learner.compile(
        optimizer=loop.adam(options.learning_rate, steps, options.epochs),
        loss={"logits": loop.SmoothedCrossEntropy(options.label_smoothing)},
        weighted_metrics={"logits": [loop.StepAccuracy(name="accuracy")]},
        jit_compile=loop.compiles(),
    )
    progress = loop.fit(
        learner,
        train=lambda epoch: batches(grids["train"], captions["train"], epoch=epoch),
        dev=batches(grids["dev"], captions["dev"], epoch=None),
        monitor="val_bleu_4",
        better=max,
        epochs=options.epochs,
        patience=options.patience,
        folder=folder,
        callbacks=[_Bleu(grids["dev"], captions["dev"], words)],
    )
    return Training(captioner, {processing.WORDS: json.dumps(words)}, progress)


def evaluate(trained: Predictor, split: str) -> dict[str, float | str]:
    """BLEU-1 to 4 by beam search and greedily, and how many of the sentences differ."""
    options = trained.options
    photographs = list(examples.photographs(options.data, split, options.side))
    references = examples.captions(options.data, split)
    metrics: dict[str, float | str] = {}
    for prefix, width in (("", processing.WIDTH), ("greedy_", 1)):
        predictions = processing.sentences(trained, photographs, width)
        bleu = scores(predictions, references)
        metrics |= {f"{prefix}{name}": score for name, score in bleu.items()}
        metrics[f"{prefix}different_sentences"] = len(set(predictions))
        if not prefix:
            metrics |= sacrebleu(predictions, references)
    return metrics


def scores(predictions: Sequence[str], captions: Sequence[Sequence[str]]) -> dict[str, float]:
    """BLEU-1 to 4 as shares, of lower-case words without punctuation, against all captions."""
    hypotheses = [" ".join(processing.plain(each)) for each in predictions]
    references = [
        [" ".join(processing.plain(text)) for text in each] for each in _transposed(captions)
    ]
    bleu_scores = {}
    for order in range(1, 5):
        bleu = BLEU(max_ngram_order=order, tokenize="none", smooth_method="none", force=True)
        bleu_scores[f"bleu_{order}"] = bleu.corpus_score(hypotheses, references).score / 100
    return bleu_scores


def sacrebleu(
    predictions: Sequence[str], captions: Sequence[Sequence[str]]
) -> dict[str, float | str]:
    """sacreBLEU with its own tokenization of the unchanged sentences, and its signature."""
    bleu = BLEU(lowercase=True)
    score = bleu.corpus_score(list(predictions), _transposed(captions)).score
    return {"sacrebleu": score, "signature": str(bleu.get_signature())}


def _transposed(captions: Sequence[Sequence[str]]) -> list[list[str]]:
    """The first captions of all photographs, the second ones, and so on."""
    most = max(map(len, captions))
    return [[each[min(i, len(each) - 1)] for each in captions] for i in range(most)]


class _Bleu(keras.callbacks.Callback):
    """Adds BLEU of greedy sentences of the dev split to the logs of an epoch."""

    def __init__(self, grids: np.ndarray, captions: examples.Captions, words: list[str]):
        super().__init__()
        self.grids, self.captions, self.words = grids, captions, words

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        model, predictions = data_parallel.alone(self.model), []
        for first in range(0, len(self.grids), BATCH_SIZE):
            grid = self.grids[first : first + BATCH_SIZE, 0].astype("float32")
            symbols = greedy(model, grid, processing.LONGEST)
            predictions += [
                processing.sentence(processing.spelled(row, self.words)) for row in symbols.tolist()
            ]
        logs |= {f"val_{name}": score for name, score in scores(predictions, self.captions).items()}


searched = partial(search.search_graph, longest=processing.LONGEST)

RECIPE = Recipe(
    name="captioner",
    options=Options,
    model=networks.model,
    train=train,
    evaluate=evaluate,
    splits=flickr8k.SPLITS,
    processing=processing,
    data=flickr8k.DATA,
    sources=(
        "O. Vinyals, A. Toshev, S. Bengio, D. Erhan, Show and tell: a neural image caption "
        "generator, CVPR 2015",
        "K. Xu et al., Show, attend and tell: neural image caption generation with visual "
        "attention, ICML 2015",
        "A. Karpathy, L. Fei-Fei, Deep visual-semantic alignments for generating image "
        "descriptions, CVPR 2015",
        "M. Tan, Q. V. Le, EfficientNet: rethinking model scaling for convolutional neural "
        "networks, ICML 2019",
    ),
    other_data=lambda options: coco.DATA if options.data == "coco" else None,
    graph=searched,
)
