"""A file of any size through a pipeline, line by line, in memory that does not grow with it.

What is read has a raw input a line: text, or in a file of `.jsonl` a JSON string or an object with
`input`. What is written is a JSON object a line, with `input` and `output`, in the same order. A
name that ends in `.gz` is compressed. Until the output is whole, the part that is done lies beside
it with a note of how far it goes, and the next run goes on from there.
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

TOGETHER = 500
"""Lines in a batch, after which is noted how far the output goes."""

LONGEST = 10_000_000
"""Bytes of a line at most."""


class Done(pydantic.BaseModel):
    """How far an output goes, and by what it is made."""

    made: dict[str, Any]
    lines: int = 0
    size: int = 0
    """Bytes of the part that is done."""


def run(
    pipeline: Callable[[list[str]], list[Any]], source: Path, target: Path, made: dict[str, Any]
) -> int:
    """Writes the outputs of all lines, and gives their number.

    Args:
        made: by what the output is made, which a run that goes on must share.

    Raises:
        UserError: no such file, a line that is no input or that the model refuses, by its number,
            an output that is there, or one that something else began.
        OSError: the output cannot be written; what was done is kept.
    """
    if target.exists():
        raise UserError(f"{target} exists; name another file, or remove it.")
    if not source.is_file():
        raise UserError(f"There is no file {source}; give one with a raw input a line.")
    part, note = (target.with_name(f"{target.name}.{what}") for what in ("part", "part.json"))
    done = _begun(note, part, made)
    with ExitStack() as opened:
        packed = opened.enter_context(source.open("rb"))
        plain = gzip.GzipFile(fileobj=packed) if source.suffix == ".gz" else packed
        output = opened.enter_context(part.open("r+b" if part.exists() else "w+b"))
        output.truncate(done.size)
        output.seek(done.size)
        console = Console(stderr=True)
        bar = opened.enter_context(Progress(console=console, disable=not sys.stderr.isatty()))
        task = bar.add_task(source.name, total=source.stat().st_size)
        texts = _texts(source, plain)
        for _ in islice(texts, done.lines):
            pass
        while batch := list(islice(texts, TOGETHER)):
            lines = _lines(pipeline, batch, done.lines)
            output.write(gzip.compress(lines) if target.suffix == ".gz" else lines)
            output.flush()
            os.fsync(output.fileno())
            size = output.tell()
            done = done.model_copy(update={"lines": done.lines + len(batch), "size": size})
            atomic.write_text(note, done.model_dump_json())
            bar.update(task, completed=packed.tell())
    part.replace(target)
    note.unlink(missing_ok=True)
    return done.lines


def _begun(note: Path, part: Path, made: dict[str, Any]) -> Done:
    """How far the output went when it was stopped."""
    if not (note.is_file() and part.is_file()):
        return Done(made=made)
    try:
        done = Done.model_validate_json(note.read_bytes())
    except pydantic.ValidationError:
        raise UserError(f"{note} is damaged; remove it and {part} to begin anew.") from None
    if done.made != made or done.size > part.stat().st_size:
        raise UserError(
            f"{part} was begun by {done.made}, and this is {made}; remove it to begin anew, or "
            "name another output."
        )
    return done


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
            said: Any = json.loads(text) if is_json else text
        except ValueError as error:
            raise UserError(
                f"{source}, line {number}: {error}; it takes {_takes(is_json)}."
            ) from None
        given = said.get("input") if isinstance(said, dict) else said
        if not isinstance(given, str):
            raise UserError(f"{source}, line {number}: {line[:60]!r}; it takes {_takes(is_json)}.")
        yield given


def _line(source: Path, file: BinaryIO | gzip.GzipFile, number: int) -> bytes:
    try:
        line = file.readline(LONGEST + 1)
    except (gzip.BadGzipFile, EOFError) as error:
        raise UserError(f"{source}, line {number}: {error}; it is no whole gzip file.") from None
    if len(line) > LONGEST:
        raise UserError(f"{source}, line {number} is longer than {LONGEST:,} bytes; cut it.")
    return line


def _takes(is_json: bool) -> str:
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
    said = [show.told({"input": text, "output": output}) for text, output in pairs]
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in said).encode()
