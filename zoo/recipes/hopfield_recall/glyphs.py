"""Six digits drawn on 10 by 12 pixels, after the exemplars of Lippmann (1987)."""

import numpy as np

WIDTH, HEIGHT = 10, 12
INK, PAPER = "#", "."

DRAWINGS = {
    "0": """
...####...
..######..
.###..###.
###....###
###....###
###....###
###....###
###....###
###....###
.###..###.
..######..
...####...
""",
    "1": """
....##....
....##....
....##....
....##....
....##....
....##....
....##....
....##....
....##....
....##....
....##....
....##....
""",
    "2": """
########..
########..
......##..
......##..
......##..
########..
########..
##........
##........
##........
########..
########..
""",
    "3": """
..########
..########
........##
........##
........##
....######
....######
........##
........##
........##
..########
..########
""",
    "4": """
##......##
##......##
##......##
##......##
##......##
##########
##########
........##
........##
........##
........##
........##
""",
    "6": """
######....
######....
##........
##........
##........
##........
######....
######....
##..##....
##..##....
######....
######....
""",
}


def patterns() -> np.ndarray:
    """The drawings as patterns of +1 (ink) and -1 (paper), (drawings, 120)."""
    return np.stack([parse(drawing) for drawing in DRAWINGS.values()])


def parse(drawing: str) -> np.ndarray:
    """A drawing as a pattern."""
    pixels = [pixel for pixel in drawing if pixel in INK + PAPER]
    return np.array([1.0 if pixel == INK else -1.0 for pixel in pixels], "float32")


def draw(pattern: np.ndarray) -> str:
    """A pattern as a drawing."""
    rows = pattern.reshape(HEIGHT, WIDTH) > 0
    return "\n".join("".join(INK if ink else PAPER for ink in row) for row in rows)
