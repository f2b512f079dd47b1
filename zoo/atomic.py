"""Atomic writes: a file is either complete or absent, even if the process is killed."""

import os
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Writes a text to a temporary file in the same folder and renames that file to `path`."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
