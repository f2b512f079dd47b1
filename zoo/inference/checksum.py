"""A checksum at the end of an ONNX file, so that damage is noticed.

The last bytes of the file are an entry of the model's metadata, `sha256`, over all bytes before it.
The fields of a protocol buffer may come in any order, so every runtime reads the entry as metadata.
"""

import hashlib
from pathlib import Path

from zoo.errors import UserError

KEY = "sha256"
_ENTRY = b"\x72\x4a\x0a\x06" + KEY.encode() + b"\x12\x40"
"""Field 14 of a ModelProto, 74 bytes long: a StringStringEntryProto of the key and 64 digits."""

_LENGTH = len(_ENTRY) + 64


def append_checksum(path: Path) -> None:
    """Writes the checksum at the end of a file, in place of an older one."""
    content = _without_checksum(path.read_bytes())
    path.write_bytes(content + _ENTRY + hashlib.sha256(content).hexdigest().encode())


def verify_checksum(path: Path) -> None:
    """Refuses a file whose content does not match its checksum; a file may have none.

    Raises:
        UserError: the checksum does not match.
    """
    file_bytes = path.read_bytes()
    content = _without_checksum(file_bytes)
    if content is not file_bytes:
        digest = hashlib.sha256(content).hexdigest()
        if digest.encode() != file_bytes[-64:]:
            raise UserError(
                f"{path} is damaged: its SHA-256 is {digest}, and not what its last bytes say. "
                "Export the model again, or take the file anew from where it came."
            )


def _without_checksum(content: bytes) -> bytes:
    has_checksum = content[-_LENGTH:-64] == _ENTRY
    return content[:-_LENGTH] if has_checksum else content
