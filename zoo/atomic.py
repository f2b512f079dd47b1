"""Files that are whole or not there, however a process ends."""

import os
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Writes a text beside its place and puts it there in one step."""
    part = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
