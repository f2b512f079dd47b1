"""Strokes of a pen to the network's input, steps of equal length.

Strokes are (points, 2) of x and y upwards, in any unit. The standard deviation of their height is
scaled to one, and each is resampled at equal distances, so that the steps depend neither on the
size of the writing nor on its speed.
"""

from collections.abc import Sequence

import numpy as np

from zoo.errors import UserError

FEATURES = 5
"""Features of a step: its direction (cosine, sine), its length, whether the pen is in the air, and
the height of its end."""

STEP = 0.4
"""Length of a step on paper, in standard deviations of the height."""

FLATTEST = 0.15
"""Least height of a word, as a share of its width; otherwise a dash would be scaled to a letter."""

TINY = 1e-9
"""Share of a coordinate below which a height is a rounding error."""

FARTHEST = 10.0
"""Largest length of a step in the air."""

MOST = 4000
"""Most steps of a word."""

Strokes = Sequence[np.ndarray]


def steps(strokes: Strokes) -> np.ndarray:
    """(time, FEATURES) of strokes.

    Raises:
        UserError: no points, points that are no numbers, or more than one word.
    """
    strokes = [_without_repeats(np.asarray(stroke, "float64")) for stroke in strokes if len(stroke)]
    if not strokes:
        raise UserError("The ink has no points; give the strokes of one word.")
    if not all(np.isfinite(stroke).all() for stroke in strokes):
        raise UserError("The ink has points that are no finite numbers; leave them out.")
    mean, deviation = _moments(strokes)
    scale = max(deviation[1], FLATTEST * deviation[0])
    if scale <= TINY * np.abs(mean).max():
        # A dot, or one straight line between two points.
        scale = 1.0
    resampled = [_resampled((stroke - mean) / scale) for stroke in strokes]
    number = sum(map(len, resampled))
    if number > MOST:
        raise UserError(
            f"The ink is as long as {number / MOST:.1f} of the longest words that can be read; "
            "give the strokes of one word."
        )
    points = np.concatenate(resampled)
    displacements = np.diff(points, axis=0, prepend=points[:1])
    lengths = np.hypot(*displacements.T)
    # A point that does not move, such as the first, is a step to the right of no length.
    still = lengths == 0
    directions = np.where(
        still[:, None], [1.0, 0.0], displacements / np.where(still, 1, lengths)[:, None]
    )
    in_air = np.zeros(number)
    in_air[np.cumsum([len(part) for part in resampled])[:-1]] = 1
    features = [directions, np.minimum(lengths, FARTHEST), in_air, points[:, 1]]
    return np.column_stack(features).astype("float32")


def distorted(strokes: Strokes, rng: np.random.Generator, strength: float) -> list[np.ndarray]:
    """The strokes in another hand: rotated, slanted, wider and uneven.

    Args:
        strength: of the distortion; 0 leaves the strokes as they are.
    """
    angle, slant, width = strength * rng.normal(size=3) * (0.06, 0.2, 0.15)
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = np.array([[np.exp(width), 0], [slant, 1]]) @ matrix
    points = np.concatenate(strokes).astype("float64")
    height = points[:, 1].std() or 1.0
    # Slow waves over the word: letters differ in height and position.
    position = (points[:, 0] - points[:, 0].min()) / height
    waves = [
        strength * height * 0.08 * rng.normal() * np.sin(position / period + rng.uniform(0, 6.3))
        for period in rng.uniform(0.7, 3.0, 2)
    ]
    stretched = 1 + 0.12 * strength * rng.normal() * np.sin(position / 2 + rng.uniform(0, 6.3))
    middle = points[:, 1].mean()
    points[:, 1] = middle + (points[:, 1] - middle) * stretched + waves[0]
    points[:, 0] += waves[1]
    return np.split(points @ matrix, np.cumsum([len(stroke) for stroke in strokes])[:-1])


def _without_repeats(stroke: np.ndarray) -> np.ndarray:
    """The points of a stroke without those at which the pen stood still."""
    moved = np.any(np.diff(stroke, axis=0) != 0, axis=1)
    return stroke[np.concatenate([[True], moved])]


def _moments(strokes: Strokes) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of x and y along the ink, whatever the number of points on it."""
    centres = np.concatenate([(stroke[1:] + stroke[:-1]) / 2 for stroke in strokes])
    lengths = np.concatenate([np.hypot(*np.diff(stroke, axis=0).T) for stroke in strokes])
    if not len(centres) or not lengths.sum():
        points = np.concatenate(strokes)
        return points.mean(axis=0), points.std(axis=0)
    mean = np.average(centres, axis=0, weights=lengths)
    return mean, np.sqrt(np.average((centres - mean) ** 2, axis=0, weights=lengths))


def _resampled(stroke: np.ndarray) -> np.ndarray:
    """The points at equal distances along a stroke, its ends among them."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    number = min(round(along[-1] / STEP), MOST) + 1
    if along[-1] == 0:
        return stroke[:1]
    positions = np.linspace(0, along[-1], max(number, 2))
    return np.column_stack([np.interp(positions, along, axis) for axis in stroke.T])
