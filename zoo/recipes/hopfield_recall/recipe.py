"""An associative memory: six drawn digits, stored once, restored from corrupted ones.

Random patterns measure the capacity of such a memory: about 0.138 patterns a unit.
"""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from pydantic import Field

from zoo.errors import UserError
from zoo.inference.predictor import Predictor
from zoo.layers import Hopfield
from zoo.recipes.hopfield_recall import glyphs, processing
from zoo.recipes.options import Options as Shared
from zoo.recipes.recipe import DataSource, Recipe, Trained, Training
from zoo.training.checkpoints import Progress

SPLITS = ("dev", "test")
LOADS = (0.04, 0.08, 0.10, 0.12, 0.14, 0.16, 0.20)
"""Random patterns stored for each unit."""

UNITS = 500
CORRUPTIONS = 100
"""Of each digit."""

NEAR = 0.95
"""Overlap with the stored pattern from which a random one is regarded as restored: 2.5% of its bits
may differ, since a memory of many patterns converges near a pattern, not exactly to it."""


class Options(Shared):
    sweeps: int = Field(50, ge=1, description="sweeps over the units at most")
    flips: float = Field(0.2, ge=0, le=1, description="share of pixels inverted in evaluation")


def model(options: Options) -> keras.Model:
    """Patterns to the states in which recall ends, by both ways of updating.

    Input: `patterns` (batch, 120) of +1 and -1. Outputs: `asynchronous` and `synchronous`.
    """
    patterns = keras.Input((glyphs.WIDTH * glyphs.HEIGHT,), name="patterns")
    outputs = {
        mode: Hopfield(mode=mode, sweeps=options.sweeps, seed=options.seed, name=mode)(patterns)
        for mode in processing.MODES
    }
    return keras.Model(patterns, outputs)


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    """Storage by the Hebbian rule; there is nothing to iterate."""
    if start is not None:
        raise UserError("hopfield-recall stores its patterns at once; leave --from out.")
    memory = model(options)
    for mode in processing.MODES:
        memory.get_layer(mode).store(glyphs.patterns())
    return Training(memory, {}, Progress())


def evaluate(trained: Predictor, split: str) -> dict[str, float]:
    """Share of corrupted patterns restored: of the digits exactly, of random ones by load."""
    rng = np.random.default_rng((SPLITS.index(split), 1982))
    digits = np.repeat(glyphs.patterns(), CORRUPTIONS, axis=0)
    recalled = trained.run({"patterns": processing.corrupted(digits, trained.options.flips, rng)})
    metrics = {
        f"digits_{mode}": float(np.mean(np.all(recalled[mode] == digits, axis=1)))
        for mode in processing.MODES
    }
    for mode in processing.MODES:
        for load in LOADS:
            metrics[f"load_{load:.2f}_{mode}"] = restored(load, mode, split)
    return metrics


def restored(load: float, mode: processing.Mode, split: str, flips: float = 0.1) -> float:
    """Share of random patterns that a memory of this load restores from corrupted ones.

    Args:
        load: patterns stored for each of its 500 units.
        flips: share of the bits inverted.
    """
    rng = np.random.default_rng((SPLITS.index(split), round(1000 * load)))
    patterns = rng.choice([-1.0, 1.0], (round(load * UNITS), UNITS)).astype("float32")
    memory = Hopfield(mode=mode, sweeps=20)
    memory.store(patterns)
    recalled = tf.function(memory, autograph=False)(processing.corrupted(patterns, flips, rng))
    return float(np.mean(np.mean(recalled.numpy() * patterns, axis=-1) >= NEAR))


RECIPE = Recipe(
    name="hopfield-recall",
    options=Options,
    model=model,
    train=train,
    evaluate=evaluate,
    splits=SPLITS,
    processing=processing,
    data=DataSource(
        name="six drawn digits, and random patterns",
        version="1",
        licence="Apache-2.0",
        note=f"digits: share restored exactly of {CORRUPTIONS} corruptions of each digit, by "
        "default a fifth of its pixels inverted. load: patterns stored for each of "
        f"{UNITS} units, a tenth of the bits inverted; restored means an overlap of {NEAR}.",
    ),
    sources=(
        "J. J. Hopfield, Neural networks and physical systems with emergent collective "
        "computational abilities, PNAS 79, 1982",
        "R. P. Lippmann, An introduction to computing with neural nets, IEEE ASSP Magazine 4, 1987",
    ),
)
