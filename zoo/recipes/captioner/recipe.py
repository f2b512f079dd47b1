"""Photographs told in sentences: features of an image, and a recurrent network that words them.

The convolutional network stays as ImageNet left it, and its features of every photograph are
computed once. See `networks` for the equations of the three forms.
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

TOGETHER = 100
"""Photographs of which greedy sentences are made in one batch, from their features."""


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    captioner = RECIPE.initialized(options, start)
    network = captioner.get_layer("encoder").get_layer("features")
    said = {split: examples.captions(options.data, split) for split in ("train", "dev")}
    if start is None:
        features.train(network, options.features)
        known = examples.words(said["train"], options.words)
    else:
        known = json.loads(start.asset(processing.WORDS))
    found = {
        split: examples.grids(
            network,
            examples.photographs(options.data, split, options.side),
            len(said[split]),
            folder / f"features-{split}.npy",
            mirrored=split == "train",
        )
        for split in said
    }
    learner = networks.from_features(captioner)
    batches = partial(examples.batches, known=known, options=options)
    steps = len(batches(found["train"], said["train"], epoch=0))
    learner.compile(
        optimizer=loop.adam(options.learning_rate, steps, options.epochs),
        loss={"logits": loop.SmoothedCrossEntropy(options.label_smoothing)},
        weighted_metrics={"logits": [loop.StepAccuracy(name="accuracy")]},
        jit_compile=loop.compiles(),
    )
    progress = loop.fit(
        learner,
        train=lambda epoch: batches(found["train"], said["train"], epoch=epoch),
        dev=batches(found["dev"], said["dev"], epoch=None),
        monitor="val_bleu_4",
        better=max,
        epochs=options.epochs,
        patience=options.patience,
        folder=folder,
        callbacks=[_Told(found["dev"], said["dev"], known)],
    )
    return Training(captioner, {processing.WORDS: json.dumps(known)}, progress)


def evaluate(trained: Predictor, split: str) -> dict[str, float | str]:
    """BLEU-1 to 4 by beam search and greedily, and how many of the sentences differ."""
    options = trained.options
    read = list(examples.photographs(options.data, split, options.side))
    said = examples.captions(options.data, split)
    metrics: dict[str, float | str] = {}
    for way, width in (("", processing.WIDTH), ("greedy_", 1)):
        told = processing.sentences(trained, read, width)
        metrics |= {f"{way}{name}": score for name, score in scores(told, said).items()}
        metrics[f"{way}different_sentences"] = len(set(told))
        if not way:
            metrics |= sacrebleu(told, said)
    return metrics


def scores(told: Sequence[str], said: Sequence[Sequence[str]]) -> dict[str, float]:
    """BLEU-1 to 4 as shares, of words in lower case without marks, against all captions of each."""
    hypotheses = [" ".join(processing.plain(each)) for each in told]
    references = [[" ".join(processing.plain(text)) for text in each] for each in _by_turn(said)]
    found = {}
    for order in range(1, 5):
        bleu = BLEU(max_ngram_order=order, tokenize="none", smooth_method="none", force=True)
        found[f"bleu_{order}"] = bleu.corpus_score(hypotheses, references).score / 100
    return found


def sacrebleu(told: Sequence[str], said: Sequence[Sequence[str]]) -> dict[str, float | str]:
    """sacreBLEU in its own tokenization of sentences as they are, and its signature."""
    bleu = BLEU(lowercase=True)
    score = bleu.corpus_score(list(told), _by_turn(said)).score
    return {"sacrebleu": score, "signature": str(bleu.get_signature())}


def _by_turn(said: Sequence[Sequence[str]]) -> list[list[str]]:
    """The first captions of all photographs, the second ones, and so on."""
    most = max(map(len, said))
    return [[each[min(turn, len(each) - 1)] for each in said] for turn in range(most)]


class _Told(keras.callbacks.Callback):
    """Adds BLEU of greedy sentences of the dev split to what is known of an epoch."""

    def __init__(self, found: np.ndarray, said: examples.Captions, known: list[str]):
        super().__init__()
        self.found, self.said, self.known = found, said, known

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        model, told = data_parallel.alone(self.model), []
        for first in range(0, len(self.found), TOGETHER):
            grid = self.found[first : first + TOGETHER, 0].astype("float32")
            symbols = greedy(model, grid, processing.LONGEST)
            told += [
                processing.sentence(processing.spelled(row, self.known)) for row in symbols.tolist()
            ]
        logs |= {f"val_{name}": score for name, score in scores(told, self.said).items()}


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
