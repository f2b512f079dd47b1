"""What an export reports."""

from collections import Counter
from dataclasses import dataclass

from zoo.errors import InternalError
from zoo.signature import TensorInfo


class ExportError(InternalError):
    """The exported model does not do what the Keras model does; no file was kept."""


@dataclass(frozen=True)
class Written:
    """What a format knows of what it wrote."""

    operators: Counter[str]
    loops: dict[str, str]


@dataclass(frozen=True)
class Report:
    """An export that was run and compared with its source."""

    format: str
    files: list[str]
    bytes: int
    operators: dict[str, int]
    """Operator → how often it stands in the graph, subgraphs and functions included."""

    loops: dict[str, str]
    """Layer that is an ONNX `Loop` → why it is no operator."""

    inputs: list[TensorInfo]
    outputs: list[TensorInfo]
    max_abs_error: float
    """Largest absolute difference to the Keras model's output, on a batch, on one step of it and on
    a length between; of a graph with states, on the batch stretch by stretch."""

    tolerance: float | None
    """The difference up to which the export counts as right; None where it was made less exact on
    purpose, by `quantize` or `dtype`."""

    errors: dict[str, float | str]
    """The same difference in each further runtime that is installed, or why it cannot run it."""
