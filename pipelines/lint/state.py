"""State: what rules remember of a whole run, in bounded memory.

Things are known by 64-bit hashes in numpy blocks; past a bound the rows go to a temporary file, cut into 64 by the
last bits of their keys, so that what has one key comes back together and no more than a 64th is in memory. That any
two of a million things bear one hash has a chance of 3 in 100 million.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from tempfile import TemporaryFile
from typing import IO, Any
from weakref import finalize

import msgspec
import numpy as np
from numpy.typing import NDArray

from .hits import Ints

BOUND = 1 << 15
"""Rows that are held before they go to the disk."""

BUCKETS = 64


def key_of(text: str) -> int:
    """64 bits of a text, as numpy's signed numbers have them."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little", signed=True)


def keys_of(texts: Sequence[str]) -> Ints:
    """`key_of` each."""
    return np.array([key_of(text) for text in texts], np.int64)


def _scratch(owner: object) -> IO[bytes]:
    """A temporary file that is closed, and so gone, when its owner is."""
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 (it lives as long as its owner)
    finalize(owner, file.close)
    return file


class Keyed:
    """Rows of whole numbers: a key and so many columns besides, in the order in which they came."""

    def __init__(self, columns: int) -> None:
        self._width = columns + 1
        self._held: list[Ints] = []
        self._count = 0
        self._file: IO[bytes] | None = None
        self._pieces: list[list[tuple[int, int]]] = [[] for _ in range(BUCKETS)]

    def add(self, keys: Ints, *columns: Ints) -> None:
        """More rows."""
        if not len(keys):
            return
        self._held.append(np.stack([keys, *columns], axis=1).astype(np.int64, copy=False))
        self._count += len(keys)
        if self._count > BOUND:
            self._spill()

    def buckets(self) -> Iterator[Ints]:
        """All rows, in parts: rows of one key are in one part, side by side, in the order in which they came."""
        if self._file is None:
            parts: Iterator[Ints] = iter([self._taken()])
        else:
            self._spill()
            parts = (self._read(bucket) for bucket in range(BUCKETS))
        for rows in parts:
            if len(rows):
                yield rows[np.argsort(rows[:, 0], kind="stable")]

    def groups(self, least: int = 2) -> Iterator[Ints]:
        """The rows of each key that at least so many rows have."""
        for rows in self.buckets():
            starts = np.flatnonzero(np.diff(rows[:, 0], prepend=~rows[0, 0]))
            counts = np.diff(starts, append=len(rows))
            for at in np.flatnonzero(counts >= least).tolist():
                yield rows[starts[at] : starts[at] + counts[at]]

    def _taken(self) -> Ints:
        rows = np.concatenate(self._held) if self._held else np.zeros((0, self._width), np.int64)
        self._held, self._count = [rows] if self._file is None else [], 0
        return rows

    def _spill(self) -> None:
        if self._file is None:
            self._file = _scratch(self)
        rows, self._held, self._count = np.concatenate(self._held) if self._held else None, [], 0
        if rows is None:
            return
        bucket = rows[:, 0] & (BUCKETS - 1)
        rows = rows[np.argsort(bucket, kind="stable")]
        ends = np.cumsum(np.bincount(bucket, minlength=BUCKETS)).tolist()
        for number, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
            if end > start:
                self._pieces[number].append((self._file.seek(0, 2), (end - start) * self._width * 8))
                self._file.write(rows[start:end].tobytes())

    def _read(self, bucket: int) -> Ints:
        content = bytearray()
        for offset, size in self._pieces[bucket]:
            assert self._file is not None  # noqa: S101 (pieces are only of a file)
            self._file.seek(offset)
            content += self._file.read(size)
        return np.frombuffer(content, np.int64).reshape(-1, self._width)


class Spooled:
    """A long list of what JSON holds, on disk, a block for every call of `add`; one entry is read back at a time."""

    def __init__(self) -> None:
        self._file = _scratch(self)
        self._firsts: list[int] = []
        self._offsets: list[tuple[int, int]] = []
        self._count = 0
        self._last: tuple[int, list[Any]] = (-1, [])

    def __len__(self) -> int:
        return self._count

    def add(self, entries: Sequence[Any]) -> Ints:
        """Append entries; the numbers by which they are asked for."""
        first = self._count
        if entries:
            try:
                content = msgspec.json.encode(entries)
            except UnicodeEncodeError:
                content = msgspec.json.encode([_sendable(each) for each in entries])
            self._offsets.append((self._file.seek(0, 2), len(content)))
            self._file.write(content)
            self._firsts.append(first)
            self._count += len(entries)
        return np.arange(first, self._count)

    def __getitem__(self, number: int) -> Any:
        """One entry; pairs come back as lists."""
        block = int(np.searchsorted(self._firsts, number, side="right")) - 1
        if self._last[0] != block:
            offset, size = self._offsets[block]
            self._file.seek(offset)
            self._last = (block, msgspec.json.decode(self._file.read(size)))
        return self._last[1][number - self._firsts[block]]


def _sendable(entry: Any) -> Any:
    """Names of files may hold bytes that are no UTF-8, which JSON cannot: they go as numbers and come back as text."""
    if isinstance(entry, str):
        try:
            entry.encode()
        except UnicodeEncodeError:
            return entry.encode("utf-8", "backslashreplace").decode()
    return [_sendable(each) for each in entry] if isinstance(entry, (tuple, list)) else entry


def mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Numbers stirred so that their sums tell sets apart (the finisher of splitmix64)."""
    values = values ^ (values >> np.uint64(30))
    values = values * np.uint64(0xBF58476D1CE4E5B9)
    values = values ^ (values >> np.uint64(27))
    values = values * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
