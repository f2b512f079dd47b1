"""Tables of joints, or folders of frames → the phases of the gestures, frame by frame."""

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np

from zoo.inference.padding import padded
from zoo.inference.predictor import Predictor
from zoo.recipes.clips import images, joints, kinect

PHASES = ("Rest", "Preparation", "Stroke", "Hold", "Retraction")
HEAD, SPINE = kinect.JOINTS.index("h"), kinect.JOINTS.index("s")

FEATURES = 30
"""Of a frame: places and moves of the five joints but the spine, x, y and z."""

EXAMPLES = (str(Path(__file__).parent / "film.csv"),)


def pipeline(predictor: Predictor) -> Callable[[Sequence[str]], list[list[tuple[str, int, int]]]]:
    """Paths → for each film its phases in order: (phase, its first frame, its last one).

    A film is a table of joints (.csv) as the Kinect's of the data set, or, for a model of images, a
    folder of them. Frames are counted from 1.

    Raises:
        UserError: no such film, or one that cannot be read.
    """

    def apply(paths: Sequence[str]) -> list[list[tuple[str, int, int]]]:
        return [_runs(phases(predictor, _frames(predictor, path))) for path in paths]

    return apply


def batch(predictor: Predictor, paths: Sequence[str]) -> dict[str, np.ndarray]:
    return padded([{"frames": _frames(predictor, path)} for path in paths])


def features(film: np.ndarray) -> np.ndarray:
    """(frames, FEATURES) of a film's joints, (frames, 6, 3).

    Places are as seen from the spine, in units of the distance from there to the head; the move is
    that since the frame before, ten times as large. No frame after one enters it.
    """
    body = film - film[:, SPINE : SPINE + 1]
    size = np.linalg.norm(body[:, HEAD], axis=-1)
    body = body / np.maximum(size, 1e-3)[:, None, None]
    places = np.delete(body, SPINE, axis=1)
    parts = [part.reshape(len(film), -1) for part in (places, 10 * joints.moves(places))]
    return np.concatenate(parts, axis=1).astype("float32")


def phases(predictor: Predictor, frames: np.ndarray) -> list[str]:
    """The likeliest phase of each frame that the network reads."""
    said = predictor.run({"frames": frames[None]})["phase"][0]
    return [PHASES[i] for i in np.argmax(said, axis=-1)]


def _frames(predictor: Predictor, path: str) -> np.ndarray:
    if predictor.options.frames:
        return images.film(Path(path)).astype("float32")
    return features(kinect.read(Path(path))[0])


def _runs(phases: Sequence[str]) -> list[tuple[str, int, int]]:
    runs = []
    first = 1
    for phase, group in groupby(phases):
        last = first + len(list(group)) - 1
        runs.append((phase, first, last))
        first = last + 1
    return runs
