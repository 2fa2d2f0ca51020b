"""Cutting a split into files: `--max-shard-size` and `--max-shard-samples`, the same way for every form.

What a file holds is decided on numbers alone, before any is written: so files can be written by anyone, in any order.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ...schemas.errors import InputError
from ..commit.staging import StagingFolder
from .even import even_ranges
from .inside import files_named
from .protocol import WHOLE, Cut, Shard


@dataclass(frozen=True)
class CutFiles(ABC):
    """The files of one split: what all forms have in common. See `protocol.Files`.

    `OVERHEAD` are the bytes of a file without rows; `EMPTY`: a split without rows has its file too.
    """

    split: str
    cut: Cut = WHOLE

    OVERHEAD: ClassVar[int] = 0
    EMPTY: ClassVar[bool] = True

    @property
    def weighs(self) -> bool:
        """Whether files are cut by bytes."""
        return self.cut.bytes is not None

    def size(self, row: bytes, place: StagingFolder) -> int:
        """Bytes that a row takes in a file, those of its pictures included; 0 where files are not cut by bytes.

        Raises `InputError` where a picture is not there, `OutputError` where the form cannot hold so much.
        """
        return 0 if self.cut.bytes is None else self._size(row, place)

    def marks(self, rows: Sequence[bytes]) -> NDArray[np.uint8] | None:
        """None: rows stay in their order."""
        return None

    def arranged(self, lengths: NDArray[np.int64], marks: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Rows in their order."""
        return np.arange(len(lengths))

    def plan(self, sizes: NDArray[np.int64]) -> list[tuple[int, int]]:
        """The rows of each file, from the first to before the last, of rows that have these sizes."""
        if self.cut.even is not None and len(sizes):
            return even_ranges(sizes, self.cut, self.OVERHEAD, self.split)
        return ranges(sizes, self.cut, self.OVERHEAD, empty=self.EMPTY)

    def write(
        self, place: StagingFolder, number: int, first: int, rows: Iterable[bytes], sizes: Iterable[int] | None = None
    ) -> Shard:
        """Write the file of that number, from 0, whose first row is row `first` of the split; its receipt.

        `sizes`, where given, are those by which it was planned: `InputError` where a picture has another by now.
        """
        if sizes is None or self.cut.bytes is None:
            return self._write(place, number, first, rows)
        return self._write_planned(place, number, first, rows, sizes)

    @abstractmethod
    def _size(self, row: bytes, place: StagingFolder) -> int: ...

    @abstractmethod
    def _write(self, place: StagingFolder, number: int, first: int, rows: Iterable[bytes]) -> Shard: ...

    def _write_planned(
        self, place: StagingFolder, number: int, first: int, rows: Iterable[bytes], sizes: Iterable[int]
    ) -> Shard:
        """What `_write` does, of rows that must be as large as was planned.

        A form that comes to know the size of a row where it writes it looks there, and measures its pictures once.
        """
        return self._write(place, number, first, self._as_planned(place, rows, sizes))

    def _as_planned(self, place: StagingFolder, rows: Iterable[bytes], sizes: Iterable[int]) -> Iterator[bytes]:
        for row, size in zip(rows, sizes, strict=True):
            check_planned(row, self._size(row, place), size)
            yield row

    def _numbered(self, suffix: str, number: int) -> str:
        """The path of a file in OUT: `train/train.jsonl`, where files are cut `train/train-00000.jsonl`."""
        name = self.split if self.cut == WHOLE else f"{self.split}-{number:05d}"
        return f"{self.split}/{name}{suffix}"


def with_planned(rows: Iterable[bytes], sizes: Iterable[int] | None) -> Iterable[tuple[bytes, int | None]]:
    """The rows with the size that each was planned to have, where one was."""
    return zip(rows, repeat(None), strict=False) if sizes is None else zip(rows, sizes, strict=True)


def check_planned(row: bytes, size: int, planned: int | None) -> None:
    """Raise `InputError` where a row has another size than it was planned to have."""
    if planned is not None and size != planned:
        remedy = "Leave the pictures alone while they are copied, and run again."
        raise InputError(", ".join(files_named(row)), "has another size than when the shard was planned", remedy)


def blocks(rows: Iterable[bytes], most: int = 256) -> Iterator[list[bytes]]:
    """The rows in lists, for forms whose rows stand one behind another: a call a row costs more than the row."""
    left = iter(rows)
    while block := list(islice(left, most)):
        yield block


def ranges(sizes: NDArray[np.int64], cut: Cut, overhead: int = 0, *, empty: bool = True) -> list[tuple[int, int]]:
    """Rows of these sizes in order, each file ended before it would hold more than `cut` says.

    A file has at least one row, and `overhead` bytes before it has any; no rows are one file without any, or none.
    """
    if not len(sizes):
        return [(0, 0)] if empty else []
    count = len(sizes)
    before = np.cumsum(sizes, dtype=np.int64) if cut.bytes is not None else None
    found: list[tuple[int, int]] = []
    begin = 0
    while begin < count:
        end = count if cut.samples is None else min(begin + cut.samples, count)
        if before is not None and cut.bytes is not None:
            end = min(end, _full(before, begin, cut.bytes - overhead))
        found.append((begin, end))
        begin = end
    return found


def _full(before: NDArray[np.int64], begin: int, room: int) -> int:
    """The row that no longer fits into a file that begins with that one; `before` has what rows up to each take."""
    taken = int(before[begin - 1]) if begin else 0
    most = taken + min(room, int(before[-1]))
    return max(int(np.searchsorted(before, most, "right")), begin + 1)
