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
"""Features of a frame: positions and displacements of the five joints but the spine, x, y and z."""

EXAMPLES = (str(Path(__file__).parent / "video.csv"),)


def pipeline(predictor: Predictor) -> Callable[[Sequence[str]], list[list[tuple[str, int, int]]]]:
    """Paths → for each video its phases in order: (phase, its first frame, its last one).

    A video is a table of joints (.csv) in the form of the data set's Kinect files, or, for a model
    of images, a folder of them. Frames are counted from 1.

    Raises:
        UserError: no such video, or one that cannot be read.
    """

    def apply(paths: Sequence[str]) -> list[list[tuple[str, int, int]]]:
        return [_runs(phases(predictor, _frames(predictor, path))) for path in paths]

    return apply


def batch(predictor: Predictor, paths: Sequence[str]) -> dict[str, np.ndarray]:
    return padded([{"frames": _frames(predictor, path)} for path in paths])


def features(video: np.ndarray) -> np.ndarray:
    """(frames, FEATURES) of a video's joints, (frames, 6, 3).

    Positions are relative to the spine, in units of the distance from there to the head; the
    displacement is that since the frame before, times ten. The features of a frame depend on no
    later frame.
    """
    body = video - video[:, SPINE : SPINE + 1]
    size = np.linalg.norm(body[:, HEAD], axis=-1)
    body = body / np.maximum(size, 1e-3)[:, None, None]
    positions = np.delete(body, SPINE, axis=1)
    parts = [
        part.reshape(len(video), -1) for part in (positions, 10 * joints.displacements(positions))
    ]
    return np.concatenate(parts, axis=1).astype("float32")


def phases(predictor: Predictor, frames: np.ndarray) -> list[str]:
    """The likeliest phase of each frame that the network reads."""
    probabilities = predictor.run({"frames": frames[None]})["phase"][0]
    return [PHASES[i] for i in np.argmax(probabilities, axis=-1)]


def _frames(predictor: Predictor, path: str) -> np.ndarray:
    if predictor.options.frames:
        return images.video(Path(path)).astype("float32")
    return features(kinect.read(Path(path))[0])


def _runs(phases: Sequence[str]) -> list[tuple[str, int, int]]:
    runs = []
    first = 1
    for phase, group in groupby(phases):
        last = first + len(list(group)) - 1
        runs.append((phase, first, last))
        first = last + 1
    return runs
