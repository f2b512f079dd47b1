"""One export: written beside its place, run, compared, and then moved there."""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

import keras
import numpy as np

from zoo.errors import UserError, unknown
from zoo.exporters import loss, saved_model, verify
from zoo.exporters.litert import litert_format
from zoo.exporters.onnx import onnx_format
from zoo.exporters.report import ExportError, Report
from zoo.exporters.source import Source
from zoo.inference.arrays import Run
from zoo.inference.graph import Graph

FORMATS: dict[str, Any] = {"onnx": onnx_format, "saved_model": saved_model, "litert": litert_format}

_one_at_a_time = RLock()
"""Threads export one after another: the converters keep what they do in the process, and an export
changes the model's types, its weights' last digits and Keras's layers for a while."""


def export(
    model: keras.Model,
    path: Path,
    format: str = "onnx",
    batch: Mapping[str, np.ndarray] | None = None,
    *,
    stateful: bool = False,
    steps: int | None = None,
    loops: bool = False,
    dtype: str = "float32",
    quantize: str | None = None,
    metadata: Mapping[str, str] | None = None,
    graph_of: Callable[[keras.Model], Graph] = Graph.of,
    inputs: Any = None,
    allow_loss: bool = False,
    metrics: Callable[[Path], tuple[loss.Metrics, loss.Metrics] | None] = lambda _: None,
) -> Report:
    """Writes a model for another runtime, runs it there and compares.

    Args:
        model: any that Keras can trace; it goes out in float32.
        path: the file ("onnx", "litert") or directory ("saved_model") to write; must not exist.
        format: "onnx", "saved_model" or "litert".
        batch: inputs by name to compare on; random ones by default.
        stateful: the states of recurrent layers as inputs and outputs, for streams.
        steps: 1 makes a graph of one time step of a stream, in which no layer needs a loop.
        loops: write a layer that ONNX has no operator for as a `Loop`.
        dtype: "float16" stores the weights of an ONNX file in half precision.
        quantize: "int8" makes an ONNX file of 8-bit weights and products.
        metadata: what the ONNX file says of itself.
        graph_of: what is exported of the model: itself, or what a recipe runs it by.
        inputs: `keras.Input` or `keras.InputSpec` to call the model on, in the structure that it
            takes, or one for each argument of its `call`; by default those it was built from, or
            of the shapes that it was called with.
        allow_loss: keep a smaller file that decides otherwise than the model more often than the
            limits of `loss` say.
        metrics: an exported file → what the model measures and what the file does, by which a
            smaller one is judged; None where that cannot be measured.

    Raises:
        UserError: an unknown format, a path that cannot be written, a model that does not fit, or
            one that loses too much.
        ExportError: the outputs differ by more than the tolerance; no file stays.
    """
    if format not in FORMATS:
        raise unknown("format", format, FORMATS)
    smaller = _smaller(format, dtype, quantize)
    if path.exists():
        kind = "exists and is a folder" if path.is_dir() else "exists"
        raise UserError(f"{path} {kind}; name another path, or remove it first.")
    if not path.parent.is_dir():
        raise UserError(f"There is no folder {path.parent}; make it first, or name another path.")
    if steps not in (None, 1) or (steps and not stateful):
        raise UserError(
            f"Got steps={steps} and stateful={stateful}; steps is 1, for a graph of one time step "
            "of a stream, which has its states as inputs and outputs: stateful=True."
        )
    with _one_at_a_time:
        # LiteRT has no loop over time; a stream goes out as one step of it.
        one_step = 1 if format == "litert" and stateful else steps
        source = Source.of(model, stateful, graph_of, inputs, one_step, format == "onnx")
        expected = verify.cases(source, batch)
        tolerances = verify.tolerances(expected)
        part = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
        quantized = lost = None
        chosen = FORMATS[format]
        try:
            _remove(part)
            written = chosen.write(source, part, loops=loops, metadata=metadata or {})
            operators = written.operators
            wrong = _Wrong(source, format, path)
            signature = chosen.signature(part)
            wrong.require_none(verify.differing(signature, source) if signature else [])
            found = verify.errors(source, _runner(source, chosen.load, part), expected)
            if verify.beyond(found, tolerances):
                tolerances = verify.with_rounding(source, expected, tolerances)
            if verify.beyond(found, tolerances) and stateful and not source.streams:
                raise UserError(
                    f"'{source.model.name}' does not give block by block what it gives for whole "
                    "sequences: beside the states of its recurrent layers it looks at several "
                    "steps, as pooling, convolutions and attention do, or takes initial states as "
                    "inputs. Export the part that does neither, or all of it for whole sequences."
                )
            wrong.require_within(found, tolerances, "the Keras model")
            rounding = None
            if source.types:
                rounding, explained = verify.rounding(source, expected)
                wrong.require_within(rounding, explained, f"the model in {', '.join(source.types)}")
            if smaller is not None:
                operators, quantized = onnx_format.shrink(part, smaller)
                lost = loss.measured(source, onnx_format.load(part), expected, metrics(part))
                lost.require_taken(model.name, smaller, allow_loss)
                found = lost.errors
            others = {
                name: _elsewhere(run, source, part, expected) for name, run in chosen.OTHERS.items()
            }
            _publish(part, path)
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
        output_errors=found,
        tolerances=tolerances if smaller is None else None,
        errors=others,
        types=source.types,
        rounding=rounding,
        quantized=quantized,
        loss=lost,
        random=source.random,
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


@dataclass(frozen=True)
class _Wrong:
    """Raises the errors of an export that differs from its source."""

    source: Source
    format: str
    path: Path

    def require_none(self, found: Sequence[str]) -> None:
        if found:
            raise ExportError(
                f"The {self.format} export of '{self.source.model.name}' has {'; '.join(found)}; "
                f"{self.path} was not written."
            )

    def require_within(
        self, errors: Mapping[str, float], tolerances: Mapping[str, float], other: str
    ) -> None:
        wrong = verify.beyond(errors, tolerances)
        if wrong:
            outputs = ", ".join(
                f"'{name}' by {error:.2g} where {tolerances.get(name, 0.0):.2g} is allowed"
                for name, error in wrong.items()
            )
            raise ExportError(
                f"The {self.format} export of '{self.source.model.name}' differs from {other} in "
                f"{outputs}; {self.path} was not written."
            )


def _runner(source: Source, load: Callable[[Path], Run], path: Path) -> Run:
    """What runs the file; one that keeps a state is loaded anew for each batch."""
    return (lambda batch: load(path)(batch)) if source.keeps_state else load(path)


def _elsewhere(
    load: Callable[[Path], Run], source: Source, path: Path, expected: list[verify.Case]
) -> float | str:
    """The largest error in another runtime, or what it says where it cannot run the file."""
    try:
        return max(verify.errors(source, load(path), expected).values(), default=0.0)
    except Exception as error:
        return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]:.200}"


def _publish(part: Path, path: Path) -> None:
    """Puts a file or a folder in its place, unless another export was there first."""
    try:
        if part.is_dir():
            part.rename(path)
        else:
            # Unlike a renaming this fails where there is a file.
            os.link(part, path)
    except OSError:
        if path.exists():
            raise UserError(f"{path} was written by another export; it was left alone.") from None
        # A file system without links.
        part.rename(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
