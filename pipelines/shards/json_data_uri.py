"""JSON Lines in which a file is a `data:` address with its bytes in base64, as OpenAI's service reads pictures.

The address says what the bytes are, not what the name ends in. Rows are made and written one at a time.
"""

from base64 import b64encode
from collections.abc import Iterable
from typing import Any, cast

import msgspec
import pyarrow as pa

from ...schemas.errors import InputError
from ..commit.staging import StagingFolder
from .cut import CutFiles
from .inside import file_named, json_bytes, measured
from .json_lines import LINE, read_rows, write_lines
from .protocol import WHOLE, Cut, Shard

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class AddressFiles(CutFiles):
    """The files of a split; one where nothing cuts it, since the service takes one."""

    def _size(self, row: bytes, place: StagingFolder) -> int:
        return len(row) + len(LINE) + _weight(place, _decode(row))

    def _write(self, place: StagingFolder, number: int, first: int, rows: Iterable[bytes]) -> Shard:
        lines = (json_bytes(_with_addresses(place, _decode(row))) for row in rows)
        return write_lines(place, self._numbered(".jsonl", number), lines)


def files(split: str, cut: Cut = WHOLE, columns: pa.Schema | None = None) -> AddressFiles:
    """The files of a split."""
    return AddressFiles(split, cut)


def _weight(place: StagingFolder, value: Any) -> int:
    """The bytes that files of a row take in base64."""
    path = file_named(value)
    if path is not None:
        return -(-measured(place, path).size // 3) * 4
    if isinstance(value, dict):
        return sum(_weight(place, each) for each in cast(dict[str, Any], value).values())
    if isinstance(value, list):
        held: list[Any] = value
        return sum(_weight(place, each) for each in held)
    return 0


def _with_addresses(place: StagingFolder, value: Any) -> Any:
    path = file_named(value)
    if path is not None:
        read = bytearray()
        measured(place, path).copy(read.extend)
        data = bytes(read)
        return f"data:{_media_type(path, data)};base64,{b64encode(data).decode()}"
    if isinstance(value, dict):
        return {name: _with_addresses(place, each) for name, each in cast(dict[str, Any], value).items()}
    if isinstance(value, list):
        held: list[Any] = value
        return [_with_addresses(place, each) for each in held]
    return value


def _media_type(path: str, data: bytes) -> str:
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise InputError(path, "is no JPEG, PNG or WEBP", "Leave out --no-check-images: then such pictures are named.")


__all__ = ["files", "read_rows"]
