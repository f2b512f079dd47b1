"""Strokes of a pen to the steps that the network reads.

Strokes are (points, 2) of x and y upwards, in any unit. The standard deviation of their height is
brought to one, and each is walked along in steps of one length, so that neither the size of a hand
nor its speed is left.
"""

from collections.abc import Sequence

import numpy as np

from zoo.errors import UserError

FEATURES = 5
"""Of a step: its direction (cosine, sine), its length, whether the pen was in the air, the height
that it ends at."""

STEP = 0.4
"""Length of a step on paper, in standard deviations of the height."""

FLATTEST = 0.15
"""Height of a word at least, as a share of its width; a dash is no letter."""

TINY = 1e-9
"""Share of a coordinate below which a height is rounding."""

FARTHEST = 10.0
"""Length of a step in the air at most."""

MOST = 4000
"""Steps of a word at most."""

Strokes = Sequence[np.ndarray]


def steps(strokes: Strokes) -> np.ndarray:
    """(time, FEATURES) of strokes.

    Raises:
        UserError: no points, points that are no numbers, or more than one word.
    """
    strokes = [_moving(np.asarray(stroke, "float64")) for stroke in strokes if len(stroke)]
    if not strokes:
        raise UserError("The ink has no points; give the strokes of one word.")
    if not all(np.isfinite(stroke).all() for stroke in strokes):
        raise UserError("The ink has points that are no finite numbers; leave them out.")
    middle, deviation = _along(strokes)
    scale = max(deviation[1], FLATTEST * deviation[0])
    if scale <= TINY * np.abs(middle).max():
        # A dot, or one straight line between two points.
        scale = 1.0
    walked = [_walked((stroke - middle) / scale) for stroke in strokes]
    number = sum(map(len, walked))
    if number > MOST:
        raise UserError(
            f"The ink is as long as {number / MOST:.1f} of the longest words that can be read; "
            "give the strokes of one word."
        )
    points = np.concatenate(walked)
    moves = np.diff(points, axis=0, prepend=points[:1])
    lengths = np.hypot(*moves.T)
    # A point that does not move, such as the first, is a step to the right of no length.
    still = lengths == 0
    directions = np.where(still[:, None], [1.0, 0.0], moves / np.where(still, 1, lengths)[:, None])
    in_air = np.zeros(number)
    in_air[np.cumsum([len(part) for part in walked])[:-1]] = 1
    features = [directions, np.minimum(lengths, FARTHEST), in_air, points[:, 1]]
    return np.column_stack(features).astype("float32")


def distorted(strokes: Strokes, rng: np.random.Generator, strength: float) -> list[np.ndarray]:
    """The strokes as another hand might have written them: turned, slanted, wider, and uneven.

    Args:
        strength: of the distortion; 0 leaves the strokes as they are.
    """
    turn, slant, width = strength * rng.normal(size=3) * (0.06, 0.2, 0.15)
    line = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    line = np.array([[np.exp(width), 0], [slant, 1]]) @ line
    points = np.concatenate(strokes).astype("float64")
    height = points[:, 1].std() or 1.0
    # Slow waves over the word: letters differ in height and place.
    place = (points[:, 0] - points[:, 0].min()) / height
    waves = [
        strength * height * 0.08 * rng.normal() * np.sin(place / period + rng.uniform(0, 6.3))
        for period in rng.uniform(0.7, 3.0, 2)
    ]
    stretched = 1 + 0.12 * strength * rng.normal() * np.sin(place / 2 + rng.uniform(0, 6.3))
    middle = points[:, 1].mean()
    points[:, 1] = middle + (points[:, 1] - middle) * stretched + waves[0]
    points[:, 0] += waves[1]
    return np.split(points @ line, np.cumsum([len(stroke) for stroke in strokes])[:-1])


def _moving(stroke: np.ndarray) -> np.ndarray:
    """The points of a stroke without those at which the pen stood still."""
    moved = np.any(np.diff(stroke, axis=0) != 0, axis=1)
    return stroke[np.concatenate([[True], moved])]


def _along(strokes: Strokes) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of x and y along the ink, whatever the number of points on it."""
    places = np.concatenate([(stroke[1:] + stroke[:-1]) / 2 for stroke in strokes])
    lengths = np.concatenate([np.hypot(*np.diff(stroke, axis=0).T) for stroke in strokes])
    if not len(places) or not lengths.sum():
        points = np.concatenate(strokes)
        return points.mean(axis=0), points.std(axis=0)
    mean = np.average(places, axis=0, weights=lengths)
    return mean, np.sqrt(np.average((places - mean) ** 2, axis=0, weights=lengths))


def _walked(stroke: np.ndarray) -> np.ndarray:
    """The points at equal distances along a stroke, its ends among them."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    number = min(round(along[-1] / STEP), MOST) + 1
    if along[-1] == 0:
        return stroke[:1]
    wanted = np.linspace(0, along[-1], max(number, 2))
    return np.column_stack([np.interp(wanted, along, axis) for axis in stroke.T])
