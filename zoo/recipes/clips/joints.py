"""Joints of a body over time, (frames, joints, axes), as a camera saw them; without TensorFlow."""

import numpy as np

from zoo.errors import UserError

MOST = 20_000
"""Frames of a film at most."""


def filled(joints: np.ndarray, whose: str) -> np.ndarray:
    """The joints with those that were not seen, NaN, put on the line between their neighbours.

    Raises:
        UserError: no frames, too many, an infinite number, or a joint that no frame shows.
    """
    if not 1 <= len(joints) <= MOST:
        raise UserError(f"{whose} has {len(joints)} frames; it takes 1 to {MOST:,}.")
    if np.isinf(joints).any():
        raise UserError(f"{whose} has joints at infinity; leave empty what was not seen.")
    tracks = joints.reshape(len(joints), -1).astype("float64")
    seen = ~np.isnan(tracks)
    if not seen.any(axis=0).all():
        joint = int(np.flatnonzero(~seen.any(axis=0))[0]) // joints.shape[-1]
        raise UserError(f"{whose} shows joint {joint + 1} in no frame; each must be seen once.")
    frames = np.arange(len(joints))
    columns = [
        np.interp(frames, frames[known], track[known])
        for known, track in zip(seen.T, tracks.T, strict=True)
    ]
    return np.stack(columns, axis=1).reshape(joints.shape)


def moves(joints: np.ndarray) -> np.ndarray:
    """How far each joint went since the frame before; zero at the first."""
    return np.diff(joints, axis=0, prepend=joints[:1])
