"""What an export reports."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from zoo.errors import InternalError
from zoo.inference.graph import TensorInfo


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
    output_errors: dict[str, float]
    """Output → largest absolute difference to the Keras model's, on a batch, on one step of it and
    on a length between; of a graph with states, on the batch block by block."""

    tolerances: dict[str, float] | None
    """Output → the difference up to which it counts as right: 1e-5 of its size, or what a rounding
    of the weights does to it, up to 1e-3; None where the export was made less exact on purpose, by
    `quantize` or `dtype`."""

    errors: dict[str, float | str]
    """The largest of these differences in each further runtime that is installed, or why it cannot
    run the file."""

    types: list[str]
    """The types other than float32 that the model computes in; the export computes in float32."""

    rounding: dict[str, float] | None
    """Output → largest difference between the model in those types and in float32, which rounding
    explains; None for a model in float32."""

    @property
    def max_abs_error(self) -> float:
        """The largest difference of any output."""
        return max(self.output_errors.values(), default=0.0)

    def as_document(self) -> dict[str, Any]:
        """The report as JSON has it."""
        summary = {"max_abs_error": self.max_abs_error, "tolerance": self.tolerance}
        return {**asdict(self), **summary}

    @property
    def tolerance(self) -> float | None:
        """The largest difference allowed to any output."""
        return None if self.tolerances is None else max(self.tolerances.values(), default=0.0)
