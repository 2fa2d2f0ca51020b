"""Writing: the rows of one shard, from where rendering left them, into the shard."""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ... import __version__
from ..digest import digest
from ..shards.inside import files_named
from ..shards.protocol import Files, Shard
from ..stage import Receipt, Stage
from ..store import Kept, decoded, encoded

if TYPE_CHECKING:
    from ..progress import Progress

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ShardPart:
    """One shard: its number among its split's, that of its first row, and where its rows are.

    Row i is `length[i]` bytes at `at[i]` of the file `pieces[piece[i]]`; `size[i]` is what it was planned to take.
    """

    place: Stage
    files: Files
    number: int
    first: int
    pieces: tuple[Path, ...]
    piece: NDArray[np.int32]
    at: Ints
    length: Ints
    size: Ints

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

    def found(self, content: bytes) -> "tuple[ShardWritten, list[Path]] | None":
        """A result of a store, and where its files have to be."""
        result = decoded(content, ShardWritten)
        return result, [self.place.folder / each.path for each in result.files]

    def valid(self, _result: "ShardWritten") -> bool:
        """The key says it all."""
        return True


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
    shard = part.files.write(place, part.number, part.first, rows, part.size.tolist())
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
    """The rows in their order; a file of rows is mapped into memory while rows of it are asked for."""
    held: tuple[int, memoryview] = (-1, memoryview(b""))
    for piece, at, length in zip(part.piece.tolist(), part.at.tolist(), part.length.tolist(), strict=True):
        if held[0] != piece:
            held = (piece, _mapped(part.pieces[piece]))
        yield bytes(held[1][at : at + length])


def _mapped(path: Path) -> memoryview:
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
