"""Files that go into shards: found when a row is prepared, copied block by block when it is written.

A shard is cut by what it will weigh, so a file is measured first and copied later; one that vanished or changed in
between ends the run, since the shard would be torn or the picture another one than the boxes were drawn on.
"""

from collections.abc import Callable, Iterator
from os import fstat, stat, stat_result
from typing import Any, NamedTuple, cast

import msgspec

from ...schemas.errors import InputError
from ..commit.staging import BLOCK, StagingFolder
from .protocol import BASE64, FILE

DEFAULT_BYTES = 512_000_000
"""Bytes of a file where pictures are inside and nothing was asked for: what object stores and loaders like."""

_ALONE = "Leave the pictures alone while they are copied, and run again."
_CHECKED = "Check --images; without --no-check-images, pictures that are not there are left out and counted."


class Inside(NamedTuple):
    """One file whose bytes go into a shard: as rows name it, where it can be read now, its size and its time."""

    shown: str
    place: str
    size: int
    changed: int

    def copy(self, write: Callable[[bytes], None]) -> None:
        """Give the bytes to `write`, block by block; `InputError` when they are not those that were measured."""
        try:
            with open(self.place, "rb", buffering=0) as file:  # noqa: PTH123 - a `Path` takes longer than a small file
                if _facts(fstat(file.fileno())) != (self.size, self.changed):
                    raise self._other("it has changed since it was measured")
                left = self.size
                while left and (block := file.read(min(left, BLOCK))):
                    write(block)
                    left -= len(block)
                if left or file.read(1):
                    raise self._other(f"it no longer has {self.size} bytes")
        except OSError as error:
            raise self._other(f"it cannot be read ({error.strerror or error})") from None

    def _other(self, fact: str) -> InputError:
        return InputError(self.shown, f"{fact}, while it was copied into a shard", _ALONE)


def measured(place: StagingFolder, shown: str) -> Inside:
    """The file that a row names; `InputError` where there is none."""
    file = place.source(shown)
    try:
        size, changed = _facts(stat(file))  # noqa: PTH116
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise InputError(shown, f"cannot be put into a shard ({said})", _CHECKED) from None
    return Inside(shown, file, size, changed)


def _facts(found: stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns


def file_named(value: Any) -> str | None:
    """The path where a row's value stands for the bytes of a file, else None."""
    if isinstance(value, dict) and len(cast(dict[str, Any], value)) == 1:
        path: Any = cast(dict[str, Any], value).get(FILE)
        return path if isinstance(path, str) else None
    return None


def files_named(row: bytes) -> Iterator[str]:
    """The paths of all files whose bytes belong into a row, in order."""
    return files_in(msgspec.json.decode(row))


def files_in(value: Any) -> Iterator[str]:
    """The same of what was read of a row."""
    if isinstance(value, list):
        held: list[Any] = value
        for each in held:
            yield from files_in(each)
    elif isinstance(value, dict):
        for key, each in cast(dict[str, Any], value).items():
            if key in (FILE, BASE64) and isinstance(each, str):
                yield each
            else:
                yield from files_in(each)


_encode = msgspec.json.Encoder().encode


def json_bytes(value: Any) -> bytes:
    """A value as JSON in UTF-8, its keys in their own order."""
    return _encode(value)
