"""Cutting a split into files: `--max-shard-size` and `--max-shard-samples`, the same way for every form.

What a file holds is decided on numbers alone, before any is written: so files can be written by anyone, in any order.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ...schemas.errors import InputError
from ..stage import Stage
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

    def size(self, row: bytes, place: Stage) -> int:
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
        self, place: Stage, number: int, first: int, rows: Iterable[bytes], sizes: Iterable[int] | None = None
    ) -> Shard:
        """Write the file of that number, from 0, whose first row is row `first` of the split; its receipt.

        `sizes`, where given, are those by which it was planned: `InputError` where a picture has another by now.
        """
        if sizes is not None and self.cut.bytes is not None:
            rows = self._as_planned(place, rows, sizes)
        return self._write(place, number, first, rows)

    @abstractmethod
    def _size(self, row: bytes, place: Stage) -> int: ...

    @abstractmethod
    def _write(self, place: Stage, number: int, first: int, rows: Iterable[bytes]) -> Shard: ...

    def _as_planned(self, place: Stage, rows: Iterable[bytes], sizes: Iterable[int]) -> Iterator[bytes]:
        for row, size in zip(rows, sizes, strict=True):
            if self._size(row, place) != size:
                remedy = "Leave the pictures alone while they are copied, and run again."
                raise InputError(
                    ", ".join(files_named(row)), "has another size than when the shard was planned", remedy
                )
            yield row

    def _numbered(self, suffix: str, number: int) -> str:
        """The path of a file in OUT: `train/train.jsonl`, where files are cut `train/train-00000.jsonl`."""
        name = self.split if self.cut == WHOLE else f"{self.split}-{number:05d}"
        return f"{self.split}/{name}{suffix}"


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
    ends = _full_by_bytes(sizes, cut.bytes - overhead) if cut.bytes is not None else None
    if cut.samples is not None:
        by_count = np.minimum(np.arange(len(sizes)) + cut.samples, len(sizes))
        ends = by_count if ends is None else np.minimum(ends, by_count)
    if ends is None:
        return [(0, len(sizes))]
    next_file: list[int] = ends.tolist()
    found: list[tuple[int, int]] = []
    begin = 0
    while begin < len(next_file):
        end = next_file[begin]
        found.append((begin, end))
        begin = end
    return found


def _full_by_bytes(sizes: NDArray[np.int64], room: int) -> NDArray[np.int64]:
    """For each row, were it the first of a file, the row that no longer fits."""
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
    most = before[:-1] + min(room, int(before[-1]))
    ends = np.searchsorted(before, most, "right").astype(np.int64) - 1
    least: NDArray[np.int64] = np.arange(1, len(sizes) + 1, dtype=np.int64)
    return np.maximum(ends, least, dtype=np.int64)
