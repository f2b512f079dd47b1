"""Joints of a body over time, (frames, joints, axes), as a camera saw them; without TensorFlow."""

import numpy as np

from zoo.errors import UserError

MOST_FRAMES = 20_000
"""Most frames of a video."""


def interpolated(joints: np.ndarray, whose: str) -> np.ndarray:
    """The joints, those that were not seen (NaN) interpolated between their neighbours in time.

    Raises:
        UserError: no frames, too many, an infinite number, or a joint that no frame shows.
    """
    if not 1 <= len(joints) <= MOST_FRAMES:
        raise UserError(f"{whose} has {len(joints)} frames; it takes 1 to {MOST_FRAMES:,}.")
    if np.isinf(joints).any():
        raise UserError(f"{whose} has joints at infinity; leave empty what was not seen.")
    tracks = joints.reshape(len(joints), -1).astype("float64")
    is_seen = ~np.isnan(tracks)
    if not is_seen.any(axis=0).all():
        joint = int(np.flatnonzero(~is_seen.any(axis=0))[0]) // joints.shape[-1]
        raise UserError(f"{whose} shows joint {joint + 1} in no frame; each must be seen once.")
    frames = np.arange(len(joints))
    columns = [
        np.interp(frames, frames[known], track[known])
        for known, track in zip(is_seen.T, tracks.T, strict=True)
    ]
    return np.stack(columns, axis=1).reshape(joints.shape)


def displacements(joints: np.ndarray) -> np.ndarray:
    """How far each joint moved since the frame before; zero at the first."""
    return np.diff(joints, axis=0, prepend=joints[:1])
