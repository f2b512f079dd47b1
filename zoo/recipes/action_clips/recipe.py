"""Actions in clips: one label for a whole sequence of frames, many to one.

    x_t        = positions, displacements and distances of the joints at frame t, or the features
                 of the image by a convolutional network
    h          = the last states of BLSTM(x_1 ... x_T)
    p(action)  = softmax(W h + b)

`network=mean` is the classifier of the mean of the frames, which knows nothing of their order.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from pydantic import Field

from zoo.inference.padding import padded
from zoo.inference.predictor import Predictor
from zoo.recipes.action_clips import processing
from zoo.recipes.cells import Cell
from zoo.recipes.clips import images, networks
from zoo.recipes.data import jhmdb, own_file
from zoo.recipes.options import Options as Shared
from zoo.recipes.recipe import DataSource, Recipe, Trained, Training
from zoo.training import loop
from zoo.training.batches import few_lengths

OTHER_SIDE = {"left": "right", "right": "left"}
SWAPPED = [
    processing.JOINTS.index(" ".join(OTHER_SIDE.get(word, word) for word in joint.split()))
    for joint in processing.JOINTS
]
"""Index of each joint's mirror image."""


class Options(Shared):
    epochs: int = Field(60, ge=1, description="epochs at most")
    patience: int = Field(60, ge=1, description="epochs without a better dev accuracy")
    learning_rate: float = Field(2e-3, gt=0, description="learning rate at its peak")
    network: Literal["bidirectional", "causal", "mean"] = Field(
        "bidirectional",
        description="recurrent layers in both directions or forward, or the mean frame alone",
    )
    cell: Cell = Field("LSTM", description="recurrent layer")
    frames: str = Field(
        "", description="folder of labels, each a folder of clips, each a folder of images"
    )
    actions: str = Field(
        "", description="the labels, spaces between them; by default those of the data"
    )
    units: int = Field(64, ge=1, description="units of a layer, over time or over the mean")
    layers: int = Field(2, ge=1, description="layers of them")
    dropout: float = Field(0.5, ge=0, lt=1, description="after each layer")
    clips_per_batch: int = Field(16, ge=1, description="clips in a batch")


class Clip(NamedTuple):
    """Joints (frames, 15, 2) or images (frames, 48, 48, 1), and the index of the action."""

    frames: np.ndarray
    action: int


def model(options: Options) -> keras.Model:
    """Frames to the probabilities of the actions.

    Input: `frames` (batch, time, features), or (batch, time, 48, 48, 1) of images; frames of zeros
    are padding. Output: `action` (batch, actions).
    """
    frames, states = networks.frames(processing.FEATURES, bool(options.frames))
    mask = ops.any(ops.not_equal(frames, 0), axis=tuple(range(2, len(frames.shape))))
    states = layers.Dropout(options.dropout / 2)(states)
    if options.network == "mean":
        states = layers.GlobalAveragePooling1D()(states, mask=mask)
        for _ in range(options.layers):
            states = layers.Dense(options.units, activation="relu")(states)
            states = layers.Dropout(options.dropout)(states)
    else:
        states = networks.over_time(states, options, mask, last=True)
    number = len(resolved(options).actions.split())
    action = layers.Dense(number, activation="softmax", name="action")(states)
    return keras.Model(frames, {"action": action})


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    network = RECIPE.initialized(options, start)
    clips, dev = _clips(options, "train"), _clips(options, "dev")

    def epoch(number: int) -> tf.data.Dataset:
        return _dataset(clips, options, (options.seed, number))

    network.compile(
        optimizer=loop.adam(options.learning_rate, len(epoch(0)), options.epochs),
        loss={"action": "sparse_categorical_crossentropy"},
        weighted_metrics={"action": ["accuracy"]},
        jit_compile=loop.compiles(),
    )
    progress = loop.fit(
        network,
        train=epoch,
        dev=_dataset(dev, options, None),
        monitor="val_accuracy",
        better=max,
        epochs=options.epochs,
        patience=options.patience,
        folder=folder,
    )
    return Training(network, {}, progress)


def evaluate(trained: Predictor, split: str) -> dict[str, float]:
    """Share of the clips whose action is predicted correctly."""
    clips = _clips(trained.options, split)
    probabilities = processing.probabilities(trained, [_inputs(clip.frames) for clip in clips])
    correct = np.argmax(probabilities, axis=-1) == [clip.action for clip in clips]
    return {"accuracy": float(np.mean(correct))}


def resolved(options: Options) -> Options:
    """The options with the labels of the data where none were asked for."""
    if options.actions:
        return options
    names = [label.name for label in images.videos(options.frames)] if options.frames else []
    return options.model_copy(update={"actions": " ".join(names) or processing.ACTIONS})


def _clips(options: Options, split: str) -> list[Clip]:
    actions = options.actions.split()
    if not options.frames:
        return [Clip(c.joints, actions.index(c.action)) for c in jhmdb.clips(split)]
    return [
        Clip(images.video(clip).astype("float32"), actions.index(label.name))
        for label in images.videos(options.frames)
        for clip in own_file.cut(images.videos(str(label)), split, str(label))
    ]


def _inputs(frames: np.ndarray) -> np.ndarray:
    """The network's input for the frames of a clip."""
    return processing.features(frames) if frames.ndim == 3 else frames


def _dataset(
    clips: Sequence[Clip], options: Options, seed: tuple[int, int] | None
) -> tf.data.Dataset:
    """Padded batches of clips; with a seed in its order, the clips distorted."""
    number = -(-len(clips) // options.clips_per_batch)

    def batches() -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        rng = np.random.default_rng(seed)
        order = np.arange(len(clips)) if seed is None else rng.permutation(len(clips))
        for part in np.array_split(order, number):
            chosen = [clips[i] for i in part]
            clip_frames = [c.frames if seed is None else _distorted(c.frames, rng) for c in chosen]
            frames = padded([{"frames": _inputs(each)} for each in clip_frames])["frames"]
            yield frames, {"action": np.array([c.action for c in chosen], "int32")}

    features = images.SHAPE if options.frames else (processing.FEATURES,)
    signature = (
        tf.TensorSpec([None, None, *features], tf.float32),
        {"action": tf.TensorSpec([None], tf.int32)},
    )
    data = tf.data.Dataset.from_generator(batches, output_signature=signature)
    data = data.apply(tf.data.experimental.assert_cardinality(number))
    return data.apply(few_lengths).prefetch(4)


def _distorted(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A part of the clip at another speed, half of them mirrored; joints are also rotated."""
    share, first = rng.uniform(0.7, 1.0), rng.random()
    span = share * (len(frames) - 1)
    number = max(2, round(len(frames) * share * rng.uniform(0.8, 1.25)))
    times = first * (len(frames) - 1 - span) + np.linspace(0, span, number)
    frames = frames[np.round(times).astype(int)] if frames.ndim == 4 else _between(frames, times)
    is_mirrored = rng.random() < 0.5
    if frames.ndim == 4:
        return frames[:, :, ::-1] if is_mirrored else frames
    if is_mirrored:
        frames = frames[:, SWAPPED] * (-1, 1)
    angle, stretch = 0.12 * rng.normal(), np.exp(0.1 * rng.normal())
    matrix = np.array(
        [[stretch * np.cos(angle), np.sin(angle)], [-stretch * np.sin(angle), np.cos(angle)]]
    )
    return frames @ matrix + 0.01 * rng.normal(size=frames.shape)


def _between(joints: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The joints at times between frames."""
    before = np.floor(times).astype(int)
    after = np.minimum(before + 1, len(joints) - 1)
    share = (times - before)[:, None, None]
    return (1 - share) * joints[before] + share * joints[after]


RECIPE = Recipe(
    name="action-clips",
    options=Options,
    model=model,
    train=train,
    evaluate=evaluate,
    splits=jhmdb.SPLITS,
    processing=processing,
    data=jhmdb.DATA,
    other_data=lambda options: DataSource.of_folder(options.frames),
    resolve=resolved,
    sources=(
        "H. Jhuang, J. Gall, S. Zuffi, C. Schmid, M. J. Black, Towards understanding action "
        "recognition, ICCV 2013",
        "F. Yang, Y. Wu, S. Sakti, S. Nakamura, Make skeleton-based action recognition model "
        "smaller, faster and better, arXiv 1907.09658",
        "A. Graves, J. Schmidhuber, Framewise phoneme classification with bidirectional LSTM, "
        "Neural Networks 18, 2005",
    ),
)
