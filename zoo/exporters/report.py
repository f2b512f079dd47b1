"""The report of an export."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from zoo.errors import InternalError
from zoo.exporters.loss import Loss
from zoo.inference.graph import TensorInfo


class ExportError(InternalError):
    """The exported model does not do what the Keras model does; no file was kept."""


@dataclass(frozen=True)
class Written:
    """A written file, as its format describes it."""

    operators: Counter[str]
    loops: dict[str, str]


@dataclass(frozen=True)
class Report:
    """An export that was run and compared with its source."""

    format: str
    files: list[str]
    bytes: int
    operators: dict[str, int]
    """Operator → how often the graph has it, with its subgraphs and functions."""

    loops: dict[str, str]
    """Layer that became an ONNX `Loop` → the reason."""

    inputs: list[TensorInfo]
    outputs: list[TensorInfo]
    output_errors: dict[str, float]
    """Output → largest absolute difference to the Keras model, on a batch, on one step of it and on
    a length between; for a graph with states, on the batch block by block."""

    tolerances: dict[str, float] | None
    """Output → largest difference permitted: 1e-5 of its size or, where that is more, what rounding
    the weights changes, up to 1e-3. None where `quantize` or `dtype` made the file less exact."""

    errors: dict[str, float | str]
    """Further runtime that is installed → the largest difference there, or why it cannot run the
    file."""

    types: list[str]
    """The types other than float32 that the model computes in; the export computes in float32."""

    rounding: dict[str, float] | None
    """Output → largest difference between the model in those types and in float32, which rounding
    explains; None for a model in float32."""

    quantized: dict[str, dict[str, int]] | None
    """How weights are kept → operator → how many: "integer" ones are multiplied in 8 bits, "stored"
    ones are widened before use, "float32" ones, such as biases, are as they were. None but for
    int8."""

    loss: Loss | None
    """What `quantize` or `dtype` made the file lose."""

    random: list[str]
    """The outputs that differ from call to call: only their shapes and types were compared."""

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
