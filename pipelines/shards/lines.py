"""Lines of a file, plain or compressed by zstd (`.zst`), by Arrow's own codec: one frame, the same bytes each time.

A compressed file without rows has a frame too, so one of no bytes is torn. `datasets` reads such files where the
package `zstandard` is installed; trainers that open `.jsonl` themselves do not.
"""

import io
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from ...schemas.errors import InputError
from ..commit.staging import Writer
from .sink import sink_of

ZSTD = ".zst"
"""How the name of a compressed file ends."""

_BUFFER = 1 << 18


class Takes(Protocol):
    """What takes the bytes of a file, block by block."""

    def write(self, data: bytes, /) -> object:
        """Append `data`."""
        ...


@contextmanager
def lines_into(writer: Writer) -> Generator[Takes, None, None]:
    """What takes the lines of a file that is being staged, compressed where its name says so."""
    if not writer.path.endswith(ZSTD):
        yield writer
        return
    with sink_of(writer) as sink, pa.CompressedOutputStream(pa.PythonFile(sink, mode="w"), "zstd") as stream:
        yield stream


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file with their ends; `InputError` where it should be compressed and is torn or is not."""
    with path.open("rb") as file:
        if path.suffix != ZSTD:
            yield from file
            return
        try:
            if not file.read(1):
                raise _torn(path, "it has no bytes")
            file.seek(0)
            stream: Any = pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")
            yield from io.BufferedReader(stream, _BUFFER)
        except OSError as fault:
            if fault.errno is not None:
                raise
            raise _torn(path, str(fault)) from None


def _torn(path: Path, fact: str) -> InputError:
    return InputError(str(path), f"is torn or no zstd: {fact}", "Write the folder again with mmdata convert.")
