"""One export: written beside its place, run, compared, and then moved there."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from export import litert, onnx_format, runtimes, saved_model, verify
from export.report import ExportError, Report
from export.source import Source
from zoo import signature
from zoo.errors import UserError, unknown
from zoo.signature import Graph

FORMATS: dict[str, Any] = {"onnx": onnx_format, "saved_model": saved_model, "litert": litert}


def export(
    model: keras.Model,
    path: Path,
    format: str = "onnx",
    batch: Mapping[str, np.ndarray] | None = None,
    *,
    stateful: bool = False,
    loops: bool = False,
    dtype: str = "float32",
    quantize: str | None = None,
    metadata: Mapping[str, str] | None = None,
    graph: Callable[[keras.Model], Graph] = signature.graph,
) -> Report:
    """Writes a model for another runtime, runs it there and compares.

    Args:
        model: built from `keras.Input`, computing in float32.
        path: the file ("onnx", "litert") or directory ("saved_model") to write; must not exist.
        format: "onnx", "saved_model" or "litert".
        batch: inputs by name to compare on; random ones by default.
        stateful: the states of recurrent layers as inputs and outputs, for streams.
        loops: write a layer that ONNX has no operator for as a `Loop`.
        dtype: "float16" stores the weights of an ONNX file in half precision.
        quantize: "int8" makes an ONNX file of 8-bit weights and products.
        metadata: what the ONNX file says of itself.
        graph: what is exported of the model: itself, or what a recipe runs it by.

    Raises:
        UserError: an unknown format, a path that cannot be written, a model that does not fit.
        ExportError: the outputs differ by more than the tolerance; no file stays.
    """
    if format not in FORMATS:
        raise unknown("format", format, FORMATS)
    smaller = _smaller(format, dtype, quantize)
    if path.exists():
        raise UserError(f"{path} exists; name another path, or remove it first.")
    source = Source(model, stateful, graph)
    expected = verify.cases(source, source.example() if batch is None else batch)
    tolerance = verify.tolerance(expected)
    part = path.with_name(f"{path.name}.unfinished")
    others: dict[str, float | str] = {}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(part)
        written = FORMATS[format].write(source, part, loops=loops)
        operators = written.operators
        if format == "onnx":
            operators = onnx_format.finish(part, {"name": source.model.name, **(metadata or {})})
        difference = verify.error(source, FORMATS[format].load(part), expected)
        if not difference <= tolerance:
            raise ExportError(
                f"The {format} export of '{source.model.name}' differs from the Keras model by "
                f"{difference:.2g} where {tolerance:.2g} is allowed; {path} was not written."
            )
        if smaller is not None:
            operators = onnx_format.shrink(part, smaller)
            difference = verify.error(source, onnx_format.load(part), expected)
        if format == "onnx":
            others = {name: _elsewhere(name, source, part, expected) for name in runtimes.OTHERS}
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
        loops=written.loops,
        inputs=source.inputs,
        outputs=source.outputs,
        max_abs_error=difference,
        tolerance=tolerance if smaller is None else None,
        errors=others,
    )


def _smaller(format: str, dtype: str, quantize: str | None) -> str | None:
    """Which way of making the file smaller was asked for."""
    if dtype not in ("float32", "float16"):
        raise unknown("dtype", dtype, ("float32", "float16"))
    if quantize not in (None, "int8"):
        raise unknown("quantization", str(quantize), ("int8",))
    asked = [way for way in (quantize, dtype) if way not in (None, "float32")]
    if len(asked) > 1 or (asked and format != "onnx"):
        raise UserError(
            f"Got {' and '.join(map(str, asked))} for {format}; float16 or int8, one of them, is "
            "for onnx alone."
        )
    return asked[0] if asked else None


def _elsewhere(name: str, source: Source, path: Path, expected: list[verify.Case]) -> float | str:
    """The error in another runtime, or what it says where it cannot run the file."""
    try:
        return verify.error(source, runtimes.OTHERS[name](path), expected)
    except Exception as error:
        return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]:.200}"


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()
