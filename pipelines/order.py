"""The order of all rows and the shards that they are cut into: decided on numbers, some twenty bytes a row.

What is known of a row is kept once, as it was made and in numbers as small as it allows; an order is the numbers of its
rows. Where a row lies is only put together for the shard that is written next.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from .commit.staging import StagingFolder
from .narrow_integers import Column, least
from .shards.protocol import Files
from .splits.ledger import by_first_bits
from .stages.render import PartRendered
from .stages.write import ShardPart

Ints = NDArray[np.int64]

_BLOCK = 1 << 16
"""Rows whose hashes are made together."""


@dataclass(frozen=True)
class Rows:
    """All rows of all splits as they were made: `begins` is the first of each piece, and the end. Of each row where it
    begins in its piece, its length and size; where they are counted its tokens, and the pixels of its pictures; where
    the form wants to know it, its mark.
    """

    begins: Ints
    at: Column
    length: Column
    size: Column
    tokens: Column | None
    pixels: Column | None
    marks: Column | None


@dataclass(frozen=True)
class Laid:
    """The rows of one split in their order, by their numbers among all."""

    whole: Rows
    rows: Column

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, first: int, end: int) -> "Laid":
        """Some of the rows, from the first to before the end."""
        return replace(self, rows=self.rows[first:end])

    @property
    def piece(self) -> NDArray[np.int32]:
        """The piece that each row is in."""
        found = np.empty(len(self.rows), np.int32)
        for begin in range(0, len(found), _BLOCK):
            some = self.rows[begin : begin + _BLOCK]
            found[begin : begin + _BLOCK] = np.searchsorted(self.whole.begins, some, "right") - 1
        return found

    @property
    def at(self) -> Ints:
        """Where each row begins in its piece."""
        return self.whole.at[self.rows].astype(np.int64)

    @property
    def length(self) -> Ints:
        """The bytes of each row."""
        return self.whole.length[self.rows].astype(np.int64)

    @property
    def size(self) -> Ints:
        """What each row takes in a file, pictures included."""
        return self.whole.size[self.rows].astype(np.int64)

    @property
    def tokens(self) -> Ints | None:
        """The tokens of each row, where they are counted."""
        return None if self.whole.tokens is None else self.whole.tokens[self.rows].astype(np.int64)

    @property
    def pixels(self) -> Ints | None:
        """The pixels of each row's pictures, where they are counted."""
        return None if self.whole.pixels is None else self.whole.pixels[self.rows].astype(np.int64)

    @property
    def marks(self) -> NDArray[np.uint8] | None:
        """What the form wants to know of each row."""
        return None if self.whole.marks is None else self.whole.marks[self.rows].astype(np.uint8)


def laid_out(pieces: Sequence[PartRendered], splits: int, shuffle: int | None = None) -> list[Laid]:
    """The rows of each split, in the order in which they were made; shuffled by a seed where one is given."""
    whole = _rows(pieces)
    count = int(whole.begins[-1])
    split = np.concatenate([np.zeros(0, np.int8), *(each.split for each in pieces)]) if splits > 1 else None
    found: list[Laid] = []
    for number in range(splits):
        rows: Column = _where(np.ones(count, np.bool_) if split is None else split == number)
        if shuffle is not None:
            rows = rows[shuffled(len(rows), shuffle)]
        found.append(Laid(whole, rows))
    return found


def _rows(pieces: Sequence[PartRendered]) -> Rows:
    begins = np.cumsum([0, *(len(each.length) for each in pieces)], dtype=np.int64)
    long = max((int(each.length.sum(dtype=np.int64)) for each in pieces), default=0)
    at = np.empty(int(begins[-1]), _number(long))
    for begin, each in zip(begins.tolist(), pieces, strict=False):
        ends = np.cumsum(each.length, dtype=np.int64)
        at[begin : begin + len(ends)] = ends - each.length
    return Rows(
        begins,
        at,
        _joined([each.length for each in pieces]),
        _joined([each.size for each in pieces]),
        _of_all([each.tokens for each in pieces]),
        _of_all([each.pixels for each in pieces]),
        _of_all([each.marks for each in pieces if len(each.length)]),
    )


def _of_all(counted: Sequence[Column | None]) -> Column | None:
    """Numbers of all pieces, where every one has them."""
    known = [each for each in counted if each is not None]
    return _joined(known) if known and len(known) == len(counted) else None


def _joined(columns: Sequence[Column]) -> Column:
    """Numbers of all pieces, as small as the largest of them allows."""
    return np.concatenate([np.zeros(0, np.uint8), *map(least, columns)])


def _number(most: int) -> type[np.uint32] | type[np.int64]:
    """A kind of number that goes up to `most`."""
    return np.uint32 if most < 1 << 32 else np.int64


def _where(mine: NDArray[np.bool_]) -> Column:
    """The numbers of the rows that are mine, without eight bytes for each on the way."""
    found = np.empty(int(np.count_nonzero(mine)), _number(len(mine)))
    at = 0
    for begin in range(0, len(mine), _BLOCK):
        some = np.flatnonzero(mine[begin : begin + _BLOCK])
        found[at : at + len(some)] = some + begin
        at += len(some)
    return found


def arranged(files: Files, laid: Laid) -> tuple[Laid, list[tuple[int, int]]]:
    """The rows of each file of a split, from the first to before the last, and all rows in the order of the files."""
    cuts = files.plan(laid.size)
    marks = laid.marks
    if marks is None:
        return laid, cuts
    length = laid.length
    order = [first + files.arranged(length[first:end], marks[first:end]) for first, end in cuts]
    return replace(laid, rows=laid.rows[np.concatenate([np.zeros(0, np.int64), *order])]), cuts


def shuffled(count: int, seed: int) -> Column:
    """The numbers from 0 to `count` in an order that the seed alone decides, on every machine and in every version.

    By SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) of seed and number; equal hashes keep their order.
    """
    mixed = np.empty(count, np.uint64)
    for begin in range(0, count, _BLOCK):
        some = np.arange(begin + 1, min(begin + _BLOCK, count) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        some += np.uint64(seed * 0xD1342543DE82EF95 % (1 << 64))
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            some = (some ^ (some >> np.uint64(shift))) * np.uint64(factor)
        mixed[begin : begin + len(some)] = some ^ (some >> np.uint64(31))
    order = np.empty(count, _number(count))
    at = 0
    for mine in by_first_bits(mixed):
        held = _where(mine)
        order[at : at + len(held)] = held[np.argsort(mixed[held], kind="stable")]
        at += len(held)
    return order


@dataclass(frozen=True)
class ShardParts(Sequence[ShardPart]):
    """The shards of every split, in order, each put together when it is asked for."""

    place: StagingFolder
    files: Sequence[Files]
    laid: Sequence[Laid]
    paths: Sequence[Path]
    shards: Sequence[tuple[int, int, int, int]]
    """Of each its split, its number there, its first row and the end."""

    def __len__(self) -> int:
        return len(self.shards)

    @overload
    def __getitem__(self, at: int) -> ShardPart: ...

    @overload
    def __getitem__(self, at: slice) -> list[ShardPart]: ...

    def __getitem__(self, at: int | slice) -> ShardPart | list[ShardPart]:
        if isinstance(at, slice):
            return [self._part(each) for each in self.shards[at]]
        return self._part(self.shards[at])

    def __iter__(self) -> Iterator[ShardPart]:
        return map(self._part, self.shards)

    def _part(self, shard: tuple[int, int, int, int]) -> ShardPart:
        split, number, first, end = shard
        laid = self.laid[split].part(first, end)
        whole, rows = laid.whole, laid.rows
        piece: Column = laid.piece
        used = np.zeros(len(self.paths), np.bool_)
        used[piece] = True
        own = tuple(path for path, mine in zip(self.paths, used.tolist(), strict=True) if mine)
        piece = least(np.maximum(np.cumsum(used) - 1, 0))[piece]
        numbers = piece, whole.at[rows], whole.length[rows], whole.size[rows]
        return ShardPart(self.place, self.files[split], number, first, own, *numbers)


def shard_parts(
    place: StagingFolder,
    files: Sequence[Files],
    laid: Sequence[tuple[Laid, list[tuple[int, int]]]],
    pieces: Sequence[PartRendered],
) -> ShardParts:
    """The shards of every split, in order, each with its rows; `laid` is as they were `arranged`."""
    shards = [
        (split, number, first, end) for split, (_, cuts) in enumerate(laid) for number, (first, end) in enumerate(cuts)
    ]
    return ShardParts(place, tuple(files), [rows for rows, _ in laid], [each.rows for each in pieces], shards)
