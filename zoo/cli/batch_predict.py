"""Prediction of a file of any size, batch by batch, in constant memory.

A source file has one raw input a line: text, or for a `.jsonl` file a JSON string or an object with
`input`. The target file has one JSON object a line, with `input` and `output`, in the same order. A
file whose name ends in `.gz` is compressed. While a prediction runs, its output is in `NAME.part`
and its progress in `NAME.part.json`; after an interruption the next one resumes from there.
"""

import gzip
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import pydantic
from rich.console import Console
from rich.progress import Progress

from zoo import atomic
from zoo.cli import show
from zoo.errors import UserError

BATCH_SIZE = 500
"""Lines in a batch; the progress is saved after each."""

LONGEST = 10_000_000
"""Bytes of a line at most."""


class PartialOutput(pydantic.BaseModel):
    """The progress of a prediction, as `NAME.part.json` has it."""

    made: dict[str, Any]
    """The model, source and settings that the output is made with."""

    lines: int = 0
    size: int = 0
    """Bytes of the partial output."""


def predict_lines(
    pipeline: Callable[[list[str]], list[Any]], source: Path, target: Path, made: dict[str, Any]
) -> int:
    """Writes the outputs for all lines of a file, and returns their number.

    Args:
        made: model, source and settings; a prediction is only resumed with the same.

    Raises:
        UserError: no such file, a line that is no input or that the model refuses, with its number,
            a target that exists, or a partial one that was made with something else.
        OSError: the output cannot be written; the partial output is kept.
    """
    if target.exists():
        raise UserError(f"{target} exists; name another file, or remove it.")
    if not source.is_file():
        raise UserError(f"There is no file {source}; give one with a raw input a line.")
    part, progress_file = (
        target.with_name(f"{target.name}.{end}") for end in ("part", "part.json")
    )
    partial = _read_progress(progress_file, part, made)
    with ExitStack() as stack:
        compressed = stack.enter_context(source.open("rb"))
        plain = gzip.GzipFile(fileobj=compressed) if source.suffix == ".gz" else compressed
        output = stack.enter_context(part.open("r+b" if part.exists() else "w+b"))
        output.truncate(partial.size)
        output.seek(partial.size)
        console = Console(stderr=True)
        bar = stack.enter_context(Progress(console=console, disable=not sys.stderr.isatty()))
        task = bar.add_task(source.name, total=source.stat().st_size)
        texts = _texts(source, plain)
        for _ in islice(texts, partial.lines):
            pass
        while batch := list(islice(texts, BATCH_SIZE)):
            lines = _lines(pipeline, batch, partial.lines)
            output.write(gzip.compress(lines) if target.suffix == ".gz" else lines)
            output.flush()
            os.fsync(output.fileno())
            partial = PartialOutput(made=made, lines=partial.lines + len(batch), size=output.tell())
            atomic.write_text(progress_file, partial.model_dump_json())
            bar.update(task, completed=compressed.tell())
    part.replace(target)
    progress_file.unlink(missing_ok=True)
    return partial.lines


def _read_progress(progress_file: Path, part: Path, made: dict[str, Any]) -> PartialOutput:
    """The progress of an interrupted prediction, or that of a new one."""
    if not (progress_file.is_file() and part.is_file()):
        return PartialOutput(made=made)
    try:
        partial = PartialOutput.model_validate_json(progress_file.read_bytes())
    except pydantic.ValidationError:
        raise UserError(
            f"{progress_file} is damaged; remove it and {part} to start again."
        ) from None
    if partial.made != made or partial.size > part.stat().st_size:
        raise UserError(
            f"{part} was made with {partial.made}, and this is {made}; remove it to start again, "
            "or name another output."
        )
    return partial


def _texts(source: Path, file: BinaryIO | gzip.GzipFile) -> Iterator[str]:
    """The raw inputs of a file."""
    is_json = ".jsonl" in source.suffixes
    number = 0
    while line := _line(source, file, number + 1):
        number += 1
        # A file may begin with a byte order mark.
        coding = "utf-8-sig" if number == 1 else "utf-8"
        try:
            text = line.decode(coding).removesuffix("\n").removesuffix("\r")
            content: Any = json.loads(text) if is_json else text
        except ValueError as error:
            raise UserError(
                f"{source}, line {number}: {error}; it takes {_format(is_json)}."
            ) from None
        raw_input = content.get("input") if isinstance(content, dict) else content
        if not isinstance(raw_input, str):
            raise UserError(f"{source}, line {number}: {line[:60]!r}; it takes {_format(is_json)}.")
        yield raw_input


def _line(source: Path, file: BinaryIO | gzip.GzipFile, number: int) -> bytes:
    try:
        line = file.readline(LONGEST + 1)
    except (gzip.BadGzipFile, EOFError) as error:
        raise UserError(f"{source}, line {number}: {error}; it is no whole gzip file.") from None
    if len(line) > LONGEST:
        raise UserError(f"{source}, line {number} is longer than {LONGEST:,} bytes; cut it.")
    return line


def _format(is_json: bool) -> str:
    return 'a JSON string or {"input": "..."} a line' if is_json else "UTF-8"


def _lines(pipeline: Callable[[list[str]], list[Any]], batch: list[str], before: int) -> bytes:
    """The outputs of a batch, an object a line."""
    try:
        outputs = pipeline(batch)
    except UserError:
        for number, text in enumerate(batch, before + 1):
            try:
                pipeline([text])
            except UserError as error:
                raise UserError(f"Line {number}: {error}") from None
        raise
    pairs = zip(batch, outputs, strict=True)
    rows = [show.serializable({"input": text, "output": output}) for text, output in pairs]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
