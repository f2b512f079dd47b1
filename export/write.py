"""One export: written beside its place, run, compared, and then moved there."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from export import onnx_format, saved_model
from export.report import ExportError, Report
from zoo import signature
from zoo.errors import UserError, unknown

FORMATS = {"onnx": onnx_format, "saved_model": saved_model}
TOLERANCE = 1e-5
"""Of an output of size 1; in proportion for larger ones."""


def export(
    model: keras.Model,
    path: Path,
    format: str = "onnx",
    batch: Mapping[str, np.ndarray] | None = None,
) -> Report:
    """Writes a model for another runtime, runs it there and compares.

    Args:
        model: built from `keras.Input`.
        path: the file ("onnx") or directory ("saved_model") to write; must not exist.
        format: "onnx" or "saved_model".
        batch: inputs by name to compare on; random ones by default.

    Raises:
        UserError: an unknown format, a path that cannot be written, a model without known inputs.
        ExportError: the outputs differ by more than the tolerance; no file stays.
    """
    if format not in FORMATS:
        raise unknown("format", format, FORMATS)
    if path.exists():
        raise UserError(f"{path} exists; name another path, or remove it first.")
    model = signature.functional(model)
    batch = signature.example(model) if batch is None else batch
    expected = signature.runner(model)(batch)
    part = path.with_name(f"{path.name}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(part)
        operators = FORMATS[format].write(model, part)
        difference = _difference(expected, FORMATS[format].run(part, batch))
        tolerance = TOLERANCE * max(1.0, *(float(np.abs(a).max()) for a in expected.values()))
        if not difference <= tolerance:
            raise ExportError(
                f"The {format} export of '{model.name}' differs from the Keras model by "
                f"{difference:.2g} where {tolerance:.2g} is allowed; {path} was not written."
            )
        part.rename(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        _remove(part)
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    return Report(
        format=format,
        files=[str(file) for file in files],
        bytes=sum(file.stat().st_size for file in files),
        operators=dict(operators.most_common()),
        inputs=signature.inputs(model),
        outputs=signature.outputs(model),
        max_abs_error=difference,
        tolerance=tolerance,
    )


def _difference(expected: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray]) -> float:
    """Largest absolute difference of any output; infinite where names or shapes differ."""
    if expected.keys() != found.keys():
        return float("inf")
    pairs = [(expected[name], found[name]) for name in expected]
    if any(a.shape != b.shape for a, b in pairs):
        return float("inf")
    return max(float(np.abs(a - b).max(initial=0)) for a, b in pairs)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
