"""Keys on disk: the columns of `keys.Keys` that are too large for memory, a file a column, until splits are decided.

A name takes twenty bytes and a label of a record eight, so that those of a million pictures would be most of what a
conversion holds while it reads, and while it renders. They are only wanted in between, a column at a time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .commit.destination import telling
from .splits.ledger import Hashes
from .splits.names import Names, Owners
from .splits.stratify import Pair

KINDS: dict[str, Any] = {
    "owner": np.int32,
    "hash": np.uint64,
    "rank": np.uint64,
    "file": np.uint64,
    "record": np.int32,
    "label": np.int32,
}
"""The columns: of names, as in `names.Names`, with what the disk knows a picture by; of records with their labels."""

BLOCK = 1 << 16
"""Labels that are looked at together."""


@dataclass(frozen=True)
class KeysOnDisk:
    """The columns of one part, in files of these names in `folder`. Among all parts its first record has the number
    `first`, and its labels those in `labels`, which is empty where these are its own. `columns` are those of which
    anything was kept, once it is `finished`.
    """

    folder: Path
    first: int = 0
    labels: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()

    def keep(self, column: str, values: NDArray[Any]) -> None:
        """Append some numbers. Raises `OutputError`."""
        path = self.folder / column
        with telling(path), path.open("ab", buffering=0) as file:
            left = np.ascontiguousarray(values, KINDS[column]).view(np.uint8).data if len(values) else memoryview(b"")
            while len(left):
                left = left[file.write(left) :]

    def finished(self) -> "KeysOnDisk":
        """The same, once nothing more is kept."""
        return replace(self, columns=tuple(column for column in KINDS if (self.folder / column).exists()))

    def files(self) -> list[Path]:
        """The file of every column."""
        return [self.folder / column for column in self.columns]

    def blocks(self, column: str) -> Iterator[NDArray[Any]]:
        """A column, so many numbers at a time."""
        path = self.folder / column
        if column in self.columns:
            with telling(path), path.open("rb", buffering=0) as file:
                while len(block := np.fromfile(file, KINDS[column], BLOCK)):
                    yield block


def column_of(parts: Sequence[KeysOnDisk], column: str) -> NDArray[Any]:
    """A column of all parts, one behind the other; owners are numbered among all records."""
    kind = np.dtype(KINDS[column])
    sizes = [(part.folder / column).stat().st_size for part in parts if column in part.columns]
    found = np.empty(sum(sizes) // kind.itemsize, kind)
    done = 0
    for part in parts:
        for block in part.blocks(column):
            found[done : done + len(block)] = block
            if column == "owner" and part.first:
                found[done : done + len(block)] += part.first
            done += len(block)
    return found


@dataclass(frozen=True)
class NamesOnDisk:
    """The names of all `records`, as `names.Names` has them, with some `more` behind them. A column is read every time
    that it is asked for.
    """

    records: int
    parts: tuple[KeysOnDisk, ...]
    more: Names

    @property
    def owner(self) -> Owners:
        """Whose each name is."""
        return self._column("owner", self.more.owner)

    @property
    def hash(self) -> Hashes:
        """What each is known by."""
        return self._column("hash", self.more.hash)

    @property
    def rank(self) -> Hashes:
        """Where the seed puts each."""
        return self._column("rank", self.more.rank)

    def _column(self, name: str, more: NDArray[Any]) -> NDArray[Any]:
        mine = column_of(self.parts, name)
        return np.concatenate([mine, more]) if len(more) else mine


@dataclass(frozen=True)
class StrataOnDisk:
    """Which labels the records of all parts have; see `stratify.Strata`."""

    parts: tuple[KeysOnDisk, ...]

    def blocks(self) -> Iterator[Pair]:
        """Records and their labels, some at a time."""
        for part in self.parts:
            told = np.array(part.labels, np.int32)
            for record, label in zip(part.blocks("record"), part.blocks("label"), strict=True):
                yield record + np.int32(part.first), told[label] if len(told) else label
