"""What an export reports."""

from dataclasses import dataclass

from zoo.errors import InternalError
from zoo.signature import TensorInfo


class ExportError(InternalError):
    """The exported model does not do what the Keras model does; no file was kept."""


@dataclass(frozen=True)
class Report:
    """An export that was run and compared with its source."""

    format: str
    files: list[str]
    bytes: int
    operators: dict[str, int]
    """Operator → how often it stands in the graph, subgraphs and functions included."""

    inputs: list[TensorInfo]
    outputs: list[TensorInfo]
    max_abs_error: float
    """Largest absolute difference to the Keras model's output on the batch it was run on."""

    tolerance: float
    """The difference up to which the export counts as right."""
