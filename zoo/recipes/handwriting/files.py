"""Files of ink: strokes as JSON, or InkML. In both y grows downwards, as on a screen."""

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pydantic

from zoo.errors import UserError

LARGEST = 10_000_000
"""Bytes of a file at most."""

ENDINGS = (".json", ".inkml")
STROKES = pydantic.TypeAdapter(list[list[list[pydantic.FiniteFloat]]])
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def read(file: Path) -> list[np.ndarray]:
    """The strokes of a file, each (points, 2) of x and y upwards.

    A JSON file is a list of strokes, a stroke a list of points, and a point [x, y]; what follows
    in a point, such as the time, is not read. Of InkML the traces are read, their first two
    channels as x and y.

    Raises:
        UserError: no such file, or one that is no ink, with the reason.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise UserError(f"{file} is larger than {LARGEST:,} bytes; give the ink of one word.")
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UserError(f"{file} is no ink: it is not text in UTF-8.") from None
    strokes = _of_inkml(file, text) if text.lstrip().startswith("<") else _of_json(file, text)
    return [np.array(points, "float64").reshape(-1, 2) * (1, -1) for points in strokes]


def _of_json(file: Path, text: str) -> list[list[list[float]]]:
    try:
        strokes = STROKES.validate_json(text)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = " → ".join(map(str, first["loc"])) or "the whole"
        raise UserError(
            f"{file} is no ink ({where}: {first['msg']}); it takes a list of strokes such as "
            "[[[0, 10], [5, 0]], [[2, 5], [8, 5]]], or InkML."
        ) from None
    if any(len(point) < 2 for stroke in strokes for point in stroke):
        raise UserError(f"{file} has a point with fewer than two numbers; a point is [x, y].")
    return [[point[:2] for point in stroke] for stroke in strokes]


def _of_inkml(file: Path, text: str) -> list[list[list[float]]]:
    if "<!" in text.replace("<!--", ""):
        raise UserError(f"{file} declares a document type; leave it out, ink needs none.")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise UserError(f"{file} is no InkML: {error}.") from None
    traces = [each.text or "" for each in root.iter() if each.tag.rpartition("}")[2] == "trace"]
    return [[_point(file, each) for each in trace.split(",") if each.strip()] for trace in traces]


def _point(file: Path, text: str) -> list[float]:
    numbers = text.split()[:2]
    if len(numbers) < 2 or not all(NUMBER.fullmatch(number) for number in numbers):
        raise UserError(
            f"{file} has the point {text.strip()!r:.40}; it takes two numbers or more, not "
            "differences or Booleans."
        )
    return [float(number) for number in numbers]
