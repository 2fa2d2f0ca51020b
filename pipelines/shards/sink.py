"""A staged file as the stream into which Arrow writes: Parquet, and lines that are compressed."""

import io
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from ..commit.staging import Writer


class Sink(io.RawIOBase):
    """Arrow's bytes, on to the file. What Arrow writes after the end, as where a run fails, goes nowhere."""

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self._writer: Writer | None = writer
        self._written = 0

    def end(self) -> None:
        """Nothing more goes to the file."""
        self._writer = None

    def writable(self) -> bool:
        """Arrow asks."""
        return True

    def write(self, data: Any) -> int:
        """Take Arrow's bytes."""
        view = memoryview(data)
        if self._writer is not None:
            self._writer.write(view)
        self._written += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        """How many bytes Arrow has written."""
        return self._written


@contextmanager
def sink_of(writer: Writer) -> Generator[Sink, None, None]:
    """The file as a stream, as long as the block lasts; what closes the stream belongs into the block."""
    sink = Sink(writer)
    try:
        yield sink
    finally:
        sink.end()
