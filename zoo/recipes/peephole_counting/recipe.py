"""Counting: aⁿbⁿ and aⁿbⁿcⁿ, trained on n up to 40 and tested on far longer strings.

    S a a a b b b T          after the third b nothing but the end may come

At each symbol a network predicts which may come next. A string is correct if all of its steps are.
Peepholes give the gates access to the cell state, the counter; an LSTM without them and an Elman
network are trained for comparison, and another layer may take the place of the one with peepholes.
Each network is the one of many candidates, trained in parallel, that counts the furthest in strings
of n up to 400 (`choice`).
"""

from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from pydantic import Field

from zoo.errors import UserError
from zoo.inference.predictor import Predictor
from zoo.layers import Recurrence
from zoo.recipes import cells
from zoo.recipes.cells import Cell
from zoo.recipes.options import Options as Shared
from zoo.recipes.peephole_counting import choice, counting, processing
from zoo.recipes.peephole_counting.crowd import constrain, member
from zoo.recipes.recipe import DataSource, Recipe, Trained, Training
from zoo.training import loop
from zoo.training.checkpoints import Progress
from zoo.training.distributed import data_parallel

SYMBOLS = len(processing.SYMBOLS)


class Options(Shared):
    epochs: int = Field(20, ge=1, description="epochs at most, for each network")
    patience: int = Field(20, ge=1, description="epochs without a smaller dev loss")
    learning_rate: float = Field(2e-2, gt=0, description="learning rate at its peak")
    cell: Cell = Field("PeepholeLSTM", description="recurrent layer that counts beside the others")
    units: int = Field(3, ge=1, description="units of each network")
    candidates: int = Field(32, ge=1, description="networks of a kind, of which the best is chosen")
    batches: int = Field(250, ge=1, description="batches in an epoch, each of all strings")


def model(options: Options) -> keras.Model:
    """Symbols to the probabilities that each may come next, by every network.

    Input: `symbols` (batch, time). Outputs: `<network>_<language>` (batch, time, 4).
    """
    symbols = keras.Input((None,), dtype="int32", name="symbols")
    outputs = {
        processing.output(*task): layers.Activation("sigmoid", name=processing.output(*task))(
            _network(task, options, symbols, options.units, SYMBOLS)
        )
        for task in _tasks(options)
    }
    return keras.Model(symbols, outputs)


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    if start is not None:
        raise UserError(
            "peephole-counting chooses among networks trained from scratch; leave --from out."
        )
    counter = model(options)
    total = Progress()
    if options.cell not in cells.LAYERS:
        _require_independent(_tasks(options)[0], options, counter)
    for task in _tasks(options):
        crowd = _crowd(task, options)
        crowd.compile(
            optimizer=loop.adam(options.learning_rate, options.batches, options.epochs, clip=None),
            loss=_loss,
            weighted_metrics=[_best],
            jit_compile=True,
        )
        strings = tf.data.Dataset.from_tensors(counting.strings(task[1], counting.TRAINED))
        epoch = strings.repeat(options.batches)
        progress = loop.fit(
            crowd,
            train=partial(_always, epoch),
            dev=tf.data.Dataset.from_tensors(_dev(task[1])),
            monitor="val__best",
            better=min,
            epochs=options.epochs,
            patience=options.patience,
            folder=folder / processing.output(*task),
        )
        total.history += progress.history
        total.seconds += progress.seconds
        symbols, may_follow = _dev(task[1])
        crowd = data_parallel.alone(crowd)
        logits = ops.convert_to_numpy(crowd(symbols))
        _copy_candidate(crowd, choice.furthest(may_follow, logits), task, counter)
    return Training(counter, {}, total)


def evaluate(trained: Predictor, split: str) -> dict[str, float]:
    """For every network the largest n up to which all strings are correct."""
    networks = processing.networks(trained.options)
    limits = dict.fromkeys((processing.output(*task) for task in _tasks(trained.options)), 0.0)
    for language in counting.LETTERS:
        counting_networks = {processing.output(network, language) for network in networks}
        for first in range(1, counting.LIMITS[split], 25):
            symbols, may_follow = counting.strings(language, range(first, first + 25))
            outputs = trained.run({"symbols": symbols})
            for name in sorted(counting_networks):
                [correct] = choice.limits(
                    choice.margins(may_follow, outputs[name][:, :, None] - 0.5)
                )
                limits[name] += float(correct)
                if correct < len(symbols):
                    counting_networks.remove(name)
            if not counting_networks:
                break
    return limits


RECIPE = Recipe(
    name="peephole-counting",
    options=Options,
    model=model,
    train=train,
    evaluate=evaluate,
    splits=tuple(counting.LIMITS),
    processing=processing,
    data=DataSource(
        name="strings of the languages anbn and anbncn",
        version="1",
        licence="Apache-2.0",
        note="Trained on n from 1 to 40. The metric is the largest n up to which every string is "
        "right at every step, tried up to 400 (dev) and 1000 (test); a candidate is chosen on dev.",
    ),
    sources=(
        "F. A. Gers, J. Schmidhuber, LSTM recurrent networks learn simple context-free and "
        "context-sensitive languages, IEEE Transactions on Neural Networks 12, 2001",
        "F. A. Gers, J. Schmidhuber, Recurrent nets that time and count, IJCNN 2000",
    ),
)


def _always(data: tf.data.Dataset, _epoch: int) -> tf.data.Dataset:
    return data


def _dev(language: str) -> tuple[np.ndarray, np.ndarray]:
    return counting.strings(language, range(1, counting.LIMITS["dev"] + 1))


def _tasks(options: Options) -> list[tuple[str, str]]:
    networks = processing.networks(options)
    return [(network, language) for network in networks for language in counting.LETTERS]


def _network(
    task: tuple[str, str], options: Options, symbols: Any, units: int, outputs: int
) -> Any:
    """Symbols to logits through one recurrent layer."""
    name = processing.output(*task)
    cell = task[0] if task[0] in processing.BESIDE else options.cell
    layer = cells.layer(cell, units, return_sequences=True, name=f"{name}_states")
    if not isinstance(layer, Recurrence):
        raise UserError(
            f"peephole-counting trains many networks as one, which it can with a subclass of "
            f"zoo.layers.Recurrence; cell={cell} is none."
        )
    states = layer(ops.one_hot(symbols, SYMBOLS))
    return layers.Dense(outputs, name=f"{name}_logits")(states)


def _crowd(task: tuple[str, str], options: Options) -> keras.Model:
    """Many networks of a kind as one. Output: logits (batch, time, candidates, 4)."""
    many, units = options.candidates, options.units
    symbols = keras.Input((None,), dtype="int32", name="symbols")
    logits = _network(task, options, symbols, many * units, many * SYMBOLS)
    wide = keras.Model(symbols, layers.Reshape((-1, many, SYMBOLS))(logits))
    recurrent, dense = _layers(wide, task)
    constrain(recurrent, many, {"recurrent_kernel": (units, units)})
    constrain(dense, many, {"kernel": (units, SYMBOLS)})
    return wide


def _require_independent(task: tuple[str, str], options: Options, counter: keras.Model) -> None:
    """Refuses a cell of which many candidates in one layer are not what each is alone.

    Raises:
        UserError: its units mix otherwise than by `recurrent_kernel`.
    """
    crowd = _crowd(task, options)
    _copy_candidate(crowd, 0, task, counter)
    symbols, _ = counting.strings(task[1], range(1, 4))
    alone = keras.Model(counter.input, _layers(counter, task)[1].output)
    in_parallel = ops.convert_to_numpy(crowd(symbols))[:, :, 0]
    if not np.allclose(in_parallel, ops.convert_to_numpy(alone(symbols)), atol=1e-4):
        raise UserError(
            "peephole-counting trains many networks as one, and units of "
            f"cell={options.cell} mix otherwise than by its recurrent_kernel; take another cell."
        )


def _copy_candidate(
    wide: keras.Model, number: int, task: tuple[str, str], counter: keras.Model
) -> None:
    """Copies the weights of one candidate into the model."""
    for source, target in zip(_layers(wide, task), _layers(counter, task), strict=True):
        size = SYMBOLS if isinstance(target, layers.Dense) else target.units
        many = source.units // target.units
        pairs = zip(source.trainable_weights, target.trainable_weights, strict=True)
        for theirs, ours in pairs:
            ours.assign(member(theirs.numpy(), number, many, ours.numpy(), size))


def _layers(network: keras.Model, task: tuple[str, str]) -> list[Any]:
    return [
        network.get_layer(f"{processing.output(*task)}_{part}") for part in ("states", "logits")
    ]


def _losses(may_follow: Any, logits: Any) -> Any:
    """Mean cross entropy of each candidate over the steps without padding: (candidates,)."""
    steps = ops.cast(may_follow[..., :1] != counting.PADDING, logits.dtype)
    targets = ops.maximum(may_follow, 0)[:, :, None]
    losses = ops.sum(ops.softplus(logits) - targets * logits, axis=-1)
    return ops.sum(losses * steps, axis=(0, 1)) / ops.sum(steps)


def _loss(may_follow: Any, logits: Any) -> Any:
    """Summed, so that each candidate learns as it would alone."""
    return ops.sum(_losses(may_follow, logits))


def _best(may_follow: Any, logits: Any) -> Any:
    """The smallest loss of a candidate, without those of NaN after an infinite gradient."""
    return ops.min(ops.nan_to_num(_losses(may_follow, logits), nan=np.inf))
