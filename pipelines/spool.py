"""The spool: annotation batches on disk between the pass that reads and the pass that writes.

What is global (splits, duplicates, the vocabulary) is known only when everything was read, and nothing may be held in
memory meanwhile. The spool lies in the staging folder, so it goes when the run ends, however it ends.
"""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from ..schemas.annotation import ANNOTATIONS
from .place import telling


class Spool:
    """Written once, then read as often as wanted, batch by batch."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with telling(path):
            self._sink = pa.OSFile(str(path), "wb")
        # Uncompressed: it is read once more within the minute, from the page cache.
        self._writer = pa.ipc.new_stream(self._sink, ANNOTATIONS)

    def write(self, batch: pa.RecordBatch) -> None:
        """Append one batch."""
        with telling(self.path):
            self._writer.write_batch(batch)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Everything that was written, in order."""
        self.close()
        with telling(self.path), pa.OSFile(str(self.path), "rb") as source, pa.ipc.open_stream(source) as reader:
            yield from reader

    def close(self) -> None:
        """No more is written."""
        if not self._sink.closed:
            self._writer.close()
            self._sink.close()

    def remove(self) -> None:
        """Take the spool off the disk; it is no part of OUT."""
        self.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.remove()
