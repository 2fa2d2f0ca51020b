"""Rows on disk: what a source must bring together before it can say anything, and is too much for memory.

COCO's annotations stand in any order and belong to images that may be listed behind them. Held as columns they take
seventy bytes each, which for a million pictures is more than all the rest of a conversion; on disk they take none, and
are read back from the page cache within the minute. The files have no names, so nothing stays of them however the run
ends, also by kill -9.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..schemas.errors import OutputError

BLOCK = 1 << 16
"""Rows that are looked at together."""

Rows = NDArray[Any]
"""An array of one numpy type, usually a structured one: `rows["image"]` is a column."""


class RowsOnDisk:
    """Rows of one numpy type: appended, then read from anywhere as often as wanted. `folder` as in `OnDisk`."""

    def __init__(self, kind: np.dtype[Any], folder: Path | None, held: ExitStack) -> None:
        self.kind = kind
        self.count = 0
        self._folder = folder
        with _Telling(folder):
            self._file = tempfile.TemporaryFile(buffering=0, dir=folder)  # noqa: SIM115 (closed with the others)
        held.callback(self._file.close)

    def __len__(self) -> int:
        return self.count

    def add(self, rows: Rows) -> None:
        """Append some; `OutputError` where the disk does not take them."""
        left = np.ascontiguousarray(rows, self.kind).view(np.uint8).data if len(rows) else memoryview(b"")
        at = self.count * self.kind.itemsize
        with _Telling(self._folder):
            while len(left):
                done = os.pwrite(self._file.fileno(), left, at)
                left, at = left[done:], at + done
        self.count += len(rows)

    def between(self, first: int, end: int) -> Rows:
        """The rows from `first` to before `end`."""
        return self.gathered([(first, end)])

    def gathered(self, ranges: Iterable[tuple[int, int]]) -> Rows:
        """The rows of several ranges, one after the other."""
        wanted = list(ranges)
        rows = np.empty(sum(end - first for first, end in wanted), self.kind)
        view, size = rows.view(np.uint8).data if len(rows) else memoryview(b""), self.kind.itemsize
        with _Telling(self._folder):
            done = 0
            for first, end in wanted:
                self._fill(view[done : done + (end - first) * size], first * size)
                done += (end - first) * size
        return rows

    def _fill(self, view: memoryview, at: int) -> None:
        while len(view):
            got = os.preadv(self._file.fileno(), [view], at)
            if not got:
                raise OSError(5, "the temporary file is shorter than it was")
            view, at = view[got:], at + got

    def blocks(self) -> Iterator[Rows]:
        """All rows, some at a time."""
        for first in range(0, self.count, BLOCK):
            yield self.between(first, min(first + BLOCK, self.count))

    def column(self, name: str) -> NDArray[Any]:
        """One column of all rows."""
        found = np.empty(self.count, self.kind[name])
        done = 0
        for block in self.blocks():
            found[done : done + len(block)] = block[name]
            done += len(block)
        return found


class OnDisk:
    """Files of rows that go when this is left; they lie in `folder`, or where the system has temporary files."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._held = ExitStack()

    def rows(self, kind: np.dtype[Any]) -> RowsOnDisk:
        """A file of no rows yet. `OutputError` where none can be made."""
        return RowsOnDisk(kind, self.folder, self._held)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._held.close()


class _Telling:
    """Turns an `OSError` inside into an `OutputError` about the folder."""

    def __init__(self, folder: Path | None) -> None:
        self.place = str(folder.parent if folder else tempfile.gettempdir())

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if isinstance(error, OSError):
            fact = f"{error.strerror}, while what was read of the labels is put on the disk"
            raise OutputError(self.place, fact, "Free some space, or choose another disk.") from error
