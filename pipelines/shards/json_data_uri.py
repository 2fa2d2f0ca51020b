"""JSON Lines in which a file is a `data:` address with its bytes in base64, as OpenAI's service reads pictures.

The address says what the bytes are, not what the name ends in. Rows are made and written one at a time.
"""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any, cast

import msgspec

from ...schemas.errors import InputError
from ..commit import Staging
from .cut import CutRows, numbered
from .inside import file_named, json_bytes, measured
from .json_lines import JsonLines, read_rows
from .protocol import WHOLE, Cut, Rows

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_LINE = b"\n"


class _DataLines(JsonLines):
    """One file; the bytes of files are put into rows as they are written."""

    def __init__(self, staging: Staging, path: str) -> None:
        super().__init__(staging, path)
        self._staging = staging

    def add(self, rows: Sequence[bytes]) -> None:
        """Append rows, each one JSON object without a line break."""
        for row in rows:
            super().add([json_bytes(_with_addresses(self._staging, _decode(row)))])


def open_rows(staging: Staging, split: str, cut: Cut = WHOLE) -> Rows:
    """The files of a split; one where nothing cuts it, since the service takes one."""

    def open_file(number: int) -> _DataLines:
        return _DataLines(staging, numbered(split, ".jsonl", cut, number))

    def prepare(row: bytes) -> tuple[bytes, int]:
        return row, len(row) + len(_LINE) + (0 if cut == WHOLE else _weight(staging, _decode(row)))

    return CutRows(open_file, prepare, cut)


def _weight(staging: Staging, value: Any) -> int:
    """The bytes that files of a row take in base64."""
    path = file_named(value)
    if path is not None:
        return -(-measured(staging, path).size // 3) * 4
    if isinstance(value, dict):
        return sum(_weight(staging, each) for each in cast(dict[str, Any], value).values())
    if isinstance(value, list):
        held: list[Any] = value
        return sum(_weight(staging, each) for each in held)
    return 0


def _with_addresses(staging: Staging, value: Any) -> Any:
    path = file_named(value)
    if path is not None:
        read = bytearray()
        measured(staging, path).copy(read.extend)
        data = bytes(read)
        return f"data:{_media_type(path, data)};base64,{b64encode(data).decode()}"
    if isinstance(value, dict):
        return {name: _with_addresses(staging, each) for name, each in cast(dict[str, Any], value).items()}
    if isinstance(value, list):
        held: list[Any] = value
        return [_with_addresses(staging, each) for each in held]
    return value


def _media_type(path: str, data: bytes) -> str:
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise InputError(path, "is no JPEG, PNG or WEBP", "Leave out --no-check-images: then such pictures are named.")


__all__ = ["open_rows", "read_rows"]
