"""The phases of gestures: a label for every frame of a video, many to many.

    x_t          = positions and displacements of hands, wrists and head at frame t, or the
                   features of the image by a convolutional network
    h_t          = LSTM(LSTM(x_t)), or BLSTMs over the whole video
    p(phase_t)   = softmax(W h_t + b)

`network=frame` is the classifier of single frames, h_t = φ(φ(x_t)).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from pydantic import Field

from zoo.errors import UserError
from zoo.inference.predictor import Predictor
from zoo.recipes.cells import Cell
from zoo.recipes.clips import images, networks
from zoo.recipes.data import gesture_phase, own_file
from zoo.recipes.gesture_phase import processing
from zoo.recipes.gesture_phase.processing import PHASES
from zoo.recipes.options import Options as Shared
from zoo.recipes.recipe import DataSource, Recipe, Trained, Training
from zoo.training import loop

LABELS = "phases.txt"
"""In a folder of frames: a phase a line, for each frame in order."""


class Options(Shared):
    epochs: int = Field(60, ge=1, description="epochs at most")
    patience: int = Field(60, ge=1, description="epochs without a better dev macro F1")
    learning_rate: float = Field(2e-3, gt=0, description="learning rate at its peak")
    network: Literal["causal", "bidirectional", "frame"] = Field(
        "causal", description="recurrent layers forward, in both directions, or one frame alone"
    )
    cell: Cell = Field("LSTM", description="recurrent layer")
    frames: str = Field(
        "", description=f"folder of videos, each a folder of images and {LABELS}, to train on"
    )
    units: int = Field(64, ge=1, description="units of a layer, over time or over a frame")
    layers: int = Field(2, ge=1, description="layers of them")
    dropout: float = Field(0.5, ge=0, lt=1, description="after each layer")
    window: int = Field(160, ge=1, description="frames of a piece of a video in training")
    windows_per_batch: int = Field(16, ge=1, description="pieces in a batch")
    batches: int = Field(40, ge=1, description="batches in an epoch")


class Video(NamedTuple):
    """The network's input for each frame, and the index of its phase."""

    frames: np.ndarray
    phases: np.ndarray


def model(options: Options) -> keras.Model:
    """Frames to the probabilities of their phases.

    Input: `frames` (batch, time, features), or (batch, time, 48, 48, 1) of images. Output: `phase`
    (batch, time, 5).
    """
    frames, states = networks.frames(processing.FEATURES, bool(options.frames))
    if options.network == "frame":
        for _ in range(options.layers):
            states = layers.Dense(options.units, activation="relu")(states)
            states = layers.Dropout(options.dropout)(states)
    else:
        states = networks.over_time(states, options, None, last=False)
    phase = layers.Dense(len(PHASES), activation="softmax", name="phase")(states)
    return keras.Model(frames, {"phase": phase})


class StepF1(keras.metrics.F1Score):
    """The mean over the phases of F1, by frames."""

    def __init__(self, name: str = "macro_f1"):
        super().__init__(average="macro", name=name)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        size = y_pred.shape[-1]
        one_hot = ops.one_hot(ops.reshape(ops.cast(y_true, "int32"), (-1,)), size)
        weights = None if sample_weight is None else loop.by_step(sample_weight, y_true)
        super().update_state(one_hot, ops.reshape(y_pred, (-1, size)), weights)


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    network = RECIPE.initialized(options, start)
    videos, dev = _videos(options, "train"), _videos(options, "dev")

    def epoch(number: int) -> tf.data.Dataset:
        return _dataset(videos, options, number)

    network.compile(
        optimizer=loop.adam(options.learning_rate, options.batches, options.epochs),
        loss={"phase": "sparse_categorical_crossentropy"},
        weighted_metrics={"phase": [StepF1(), loop.StepAccuracy(name="accuracy")]},
        jit_compile=loop.compiles(),
    )
    progress = loop.fit(
        network,
        train=epoch,
        dev=_whole(dev),
        monitor="val_macro_f1",
        better=max,
        epochs=options.epochs,
        patience=options.patience,
        folder=folder,
    )
    return Training(network, {}, progress)


def evaluate(trained: Predictor, split: str) -> dict[str, float]:
    """Macro F1 and accuracy over all frames of the videos."""
    f1, correct = StepF1(), []
    for video in _videos(trained.options, split):
        probabilities = trained.run({"frames": video.frames[None]})["phase"][0]
        f1.update_state(video.phases, probabilities)
        correct.append(np.argmax(probabilities, axis=-1) == video.phases)
    return {"macro_f1": float(f1.result()), "accuracy": float(np.mean(np.concatenate(correct)))}


def _videos(options: Options, split: str) -> list[Video]:
    if options.frames:
        return [_video_of_images(each) for each in _cut(options.frames, split)]
    return [
        Video(
            processing.features(video.joints),
            np.array([PHASES.index(p) for p in video.phases], "int32"),
        )
        for video in gesture_phase.videos(split)
    ]


def _cut(folder: str, split: str) -> Sequence[Path]:
    return own_file.cut(images.videos(folder), split, folder)


def _video_of_images(folder: Path) -> Video:
    frames = images.video(folder)
    lines = own_file.lines(str(folder / LABELS))
    phases = [line.strip() for line in lines if line.strip()]
    unknown_phases = sorted(set(phases) - set(PHASES))
    if unknown_phases or len(phases) != len(frames):
        problem = (
            f"has the phase {unknown_phases[0]!r}"
            if unknown_phases
            else f"has {len(phases)} phases"
        )
        raise UserError(
            f"{folder / LABELS} {problem}; it takes one of {', '.join(PHASES)} a line, "
            f"for each of the {len(frames)} frames."
        )
    return Video(frames.astype("float32"), np.array([PHASES.index(p) for p in phases], "int32"))


def _dataset(videos: Sequence[Video], options: Options, number: int) -> tf.data.Dataset:
    """Pieces of videos, drawn anew in every epoch."""
    window = min(options.window, *(len(video.phases) for video in videos))
    lengths = np.array([len(video.phases) for video in videos])

    def batches() -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        rng = np.random.default_rng((options.seed, number))
        for _ in range(options.batches):
            chosen = rng.choice(len(videos), options.windows_per_batch, p=lengths / lengths.sum())
            pieces = [_piece(videos[i], window, rng, bool(options.frames)) for i in chosen]
            yield (
                np.stack([p.frames for p in pieces]),
                {"phase": np.stack([p.phases for p in pieces])},
            )

    signature = (
        tf.TensorSpec([None, window, *videos[0].frames.shape[1:]], tf.float32),
        {"phase": tf.TensorSpec([None, window], tf.int32)},
    )
    data = tf.data.Dataset.from_generator(batches, output_signature=signature)
    return data.apply(tf.data.experimental.assert_cardinality(options.batches)).prefetch(4)


def _piece(video: Video, window: int, rng: np.random.Generator, are_images: bool) -> Video:
    """Some frames of a video; half the pieces mirrored."""
    first = rng.integers(0, len(video.phases) - window + 1)
    frames = video.frames[first : first + window]
    if rng.random() < 0.5:
        frames = frames[:, :, ::-1] if are_images else _mirrored(frames)
    if not are_images:
        frames = frames * np.exp(0.1 * rng.normal(size=frames.shape[1])).astype("float32")
    return Video(frames, video.phases[first : first + window])


def _mirrored(features: np.ndarray) -> np.ndarray:
    """The features with left and right exchanged; the joints but the spine are lh rh h lw rw."""
    parts = features.reshape(len(features), 2, 5, 3)[:, :, [1, 0, 2, 4, 3]] * (-1, 1, 1)
    return parts.reshape(features.shape).astype("float32")


def _whole(videos: Sequence[Video]) -> tf.data.Dataset:
    """Each video as a batch of its own."""

    def batches() -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        for video in videos:
            yield video.frames[None], {"phase": video.phases[None]}

    signature = (
        tf.TensorSpec([1, None, *videos[0].frames.shape[1:]], tf.float32),
        {"phase": tf.TensorSpec([1, None], tf.int32)},
    )
    data = tf.data.Dataset.from_generator(batches, output_signature=signature)
    return data.apply(tf.data.experimental.assert_cardinality(len(videos)))


RECIPE = Recipe(
    name="gesture-phase",
    options=Options,
    model=model,
    train=train,
    evaluate=evaluate,
    splits=tuple(gesture_phase.SPLITS),
    processing=processing,
    data=gesture_phase.DATA,
    other_data=lambda options: DataSource.of_folder(options.frames),
    sources=(
        "R. C. B. Madeo, C. A. M. Lima, S. M. Peres, Gesture unit segmentation using support "
        "vector machines, Symposium on Applied Computing 2013",
        "S. Hochreiter, J. Schmidhuber, Long short-term memory, Neural Computation 9, 1997",
    ),
)
