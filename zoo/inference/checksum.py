"""A checksum at the end of an ONNX file, by which a damaged one is told.

Its last bytes are one more entry of the model's metadata, `sha256`, of all bytes before it. Fields
of a protocol buffer may follow one another in any order, so that every runtime reads it as such.
"""

import hashlib
from pathlib import Path

from zoo.errors import UserError

KEY = "sha256"
_ENTRY = b"\x72\x4a\x0a\x06" + KEY.encode() + b"\x12\x40"
"""Field 14 of a ModelProto, 74 bytes long: a StringStringEntryProto of the key and 64 digits."""

_LENGTH = len(_ENTRY) + 64


def seal(path: Path) -> None:
    """Writes the checksum at the end of a file, in place of one that is there."""
    content = _unsealed(path.read_bytes())
    path.write_bytes(content + _ENTRY + hashlib.sha256(content).hexdigest().encode())


def require_whole(path: Path) -> None:
    """Refuses a file that is not as it was sealed; one without a checksum is taken as it is.

    Raises:
        UserError: its content has another checksum.
    """
    sealed = path.read_bytes()
    content = _unsealed(sealed)
    if content is not sealed:
        found = hashlib.sha256(content).hexdigest()
        if found.encode() != sealed[-64:]:
            raise UserError(
                f"{path} is damaged: its SHA-256 is {found}, and not what its last bytes say. "
                "Export the model again, or take the file anew from where it came."
            )


def _unsealed(content: bytes) -> bytes:
    is_sealed = content[-_LENGTH:-64] == _ENTRY
    return content[:-_LENGTH] if is_sealed else content
