"""Clips as joints or as folders of frames → the action in each."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pydantic

from zoo.errors import UserError
from zoo.inference.padding import padded
from zoo.inference.predictor import Predictor
from zoo.recipes.clips import images, joints

ACTIONS = "catch clap golf jump pick pour pullup push run sit stand throw walk wave"  # of JHMDB

JOINTS = (
    "neck", "belly", "face", "right shoulder", "left shoulder", "right hip", "left hip",
    "right elbow", "left elbow", "right knee", "left knee", "right wrist", "left wrist",
    "right ankle", "left ankle",
)  # fmt: skip
NECK, BELLY = 0, 1
PAIRS = np.triu_indices(len(JOINTS), 1)

FEATURES = 2 * 2 * len(JOINTS) + len(PAIRS[0])
"""Features of a frame: positions and displacements of the joints, and the distance of each pair."""

LARGEST = 20_000_000
"""Bytes of a file at most."""

FRAMES = pydantic.TypeAdapter(list[list[tuple[pydantic.FiniteFloat, pydantic.FiniteFloat] | None]])
EXAMPLES = (str(Path(__file__).parent / "clip.json"),)


def pipeline(predictor: Predictor) -> Callable[[Sequence[str]], list[str]]:
    """Paths → the action in each clip.

    A clip is a JSON file, a list of frames, each a list of 15 joints [x, y] in the order of
    `JOINTS` with y downwards, null for one that was not seen; or, for a model of images, a folder
    of them.

    Raises:
        UserError: no such clip, or one that cannot be read.
    """
    actions = predictor.options.actions.split()

    def apply(paths: Sequence[str]) -> list[str]:
        return [
            actions[int(np.argmax(row))]
            for row in probabilities(predictor, _clips(predictor, paths))
        ]

    return apply


def batch(predictor: Predictor, paths: Sequence[str]) -> dict[str, np.ndarray]:
    return padded([{"frames": clip} for clip in _clips(predictor, paths)])


def probabilities(predictor: Predictor, clips: Sequence[np.ndarray]) -> np.ndarray:
    """The probability of each action in each clip of features or images, (clips, actions)."""
    return np.concatenate([predictor.run({"frames": clip[None]})["action"] for clip in clips])


def features(clip: np.ndarray) -> np.ndarray:
    """(frames, FEATURES) of a clip's joints, (frames, 15, 2).

    Positions are relative to the belly, in units of the mean distance from there to the neck;
    displacements are those in the picture, in the same units, times ten.
    """
    trunk = np.linalg.norm(clip[:, NECK] - clip[:, BELLY], axis=-1).mean()
    clip = clip / max(trunk, 1e-3)
    positions = clip - clip[:, BELLY : BELLY + 1]
    distances = np.linalg.norm(clip[:, PAIRS[0]] - clip[:, PAIRS[1]], axis=-1)
    parts = [positions, 10 * joints.displacements(clip), distances]
    return np.concatenate([p.reshape(len(clip), -1) for p in parts], axis=1).astype("float32")


def _clips(predictor: Predictor, paths: Sequence[str]) -> list[np.ndarray]:
    if predictor.options.frames:
        return [images.video(Path(path)).astype("float32") for path in paths]
    return [features(_read(Path(path))) for path in paths]


def _read(file: Path) -> np.ndarray:
    try:
        if file.stat().st_size > LARGEST:
            raise UserError(f"{file} is larger than {LARGEST:,} bytes; give one short clip.")
        frames = FRAMES.validate_json(file.read_bytes())
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}.") from None
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = " → ".join(map(str, first["loc"])) or "the whole"
        raise UserError(
            f"{file} is no clip ({where}: {first['msg']}); it takes a list of frames, each a list "
            f"of {len(JOINTS)} joints [x, y] or null."
        ) from None
    for number, frame in enumerate(frames, 1):
        if len(frame) != len(JOINTS):
            raise UserError(
                f"{file} has {len(frame)} joints in frame {number}; it takes {len(JOINTS)}: "
                f"{', '.join(JOINTS)}."
            )
    missing = (np.nan, np.nan)
    rows = [[missing if joint is None else joint for joint in frame] for frame in frames]
    return joints.interpolated(np.array(rows, "float64").reshape(-1, len(JOINTS), 2), str(file))
