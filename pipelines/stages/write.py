"""Writing: the rows of one shard, from where rendering left them, into the shard."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import blake2b
from io import BufferedReader
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ... import __version__
from ..commit.staging import Receipt, StagingFolder
from ..digest import digest
from ..narrow_integers import Column
from ..shards.inside import files_named
from ..shards.protocol import Files, Shard
from ..store import Kept, decoded, encoded

if TYPE_CHECKING:
    from ..progress import Progress

BLOCK = 1 << 12
"""Rows that are looked up at a time."""

MOST_OPEN = 200
"""Files of rows that are open at a time; in a shuffled order every row may be in another."""


@dataclass(frozen=True)
class ShardPart:
    """One shard: its number among its split's, that of its first row, and where its rows are.

    Row i is `length[i]` bytes at `at[i]` of the file `pieces[piece[i]]`; `size[i]` is what it was planned to take.
    """

    place: StagingFolder
    files: Files
    number: int
    first: int
    pieces: tuple[Path, ...]
    piece: Column
    at: Column
    length: Column
    size: Column

    def key(self) -> str:
        """What the shard depends on: its rows, and the files that they put into it, as they are now."""
        state, stamps = blake2b(digest_size=16), list[tuple[str, int, int]]()
        for row in _rows(self):
            state.update(len(row).to_bytes(8, "little") + row)
            for name in files_named(row):
                status = self.place.staged_source(name).stat()
                stamps.append((name, status.st_size, status.st_mtime_ns))
        return digest("write", __version__, pa.__version__, self.files, self.number, self.first, state.digest(), stamps)

    def kept(self, result: "ShardWritten") -> Kept:
        """The result for a store."""
        return Kept(encoded(result), [self.place.folder / each.path for each in result.files])

    def found(self, content: bytes, _files: Sequence[Path]) -> "tuple[ShardWritten, list[Path]] | None":
        """A result of a store, and where its files have to be."""
        result = decoded(content, ShardWritten)
        return result, [self.place.folder / each.path for each in result.files]


@dataclass(frozen=True)
class ShardWritten:
    """The shard, and every file that was made for it."""

    split: str
    shard: Shard
    files: tuple[Receipt, ...]


def write(part: ShardPart, progress: "Progress") -> ShardWritten:
    """Write one shard. Raises `InputError` where a picture is not as it was, `OutputError`."""
    place = part.place.alone()
    rows = _told(_rows(part), progress)
    sizes = part.size.tolist() if part.files.weighs else None
    shard = part.files.write(place, part.number, part.first, rows, sizes)
    return ShardWritten(part.files.split, shard, tuple(place.receipts))


def _told(rows: Iterator[bytes], progress: "Progress", every: int = 256) -> Iterator[bytes]:
    """The rows; progress is told now and then."""
    since = 0
    for row in rows:
        yield row
        since += 1
        if since == every:
            progress.advance(since)
            since = 0
    progress.advance(since)


def _rows(part: ShardPart) -> Iterator[bytes]:
    """The rows in their order; those that stand one behind another are read together, a block of rows at a time."""
    with ExitStack() as held:
        files: dict[int, BufferedReader] = {}
        for begin in range(0, len(part.piece), BLOCK):
            block = slice(begin, begin + BLOCK)
            piece, at, length = part.piece[block], part.at[block].astype(np.int64), part.length[block].astype(np.int64)
            apart = (piece[1:] != piece[:-1]) | (at[1:] != at[:-1] + length[:-1])
            edges = [0, *(np.flatnonzero(apart) + 1).tolist(), len(piece)]
            for first, end in pairwise(edges):
                number = int(piece[first])
                if number not in files:
                    if len(files) == MOST_OPEN:
                        files.pop(next(iter(files))).close()
                    files[number] = held.enter_context(part.pieces[number].open("rb"))
                yield from _parted(files[number], int(at[first]), length[first:end].tolist())


def _parted(file: BufferedReader, start: int, lengths: list[int]) -> Iterator[bytes]:
    """Rows of these lengths that stand one behind another."""
    content = os.pread(file.fileno(), sum(lengths), start)
    at = 0
    for length in lengths:
        yield content[at : at + length]
        at += length
