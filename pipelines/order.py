"""The order of all rows and the shards that they are cut into: decided on numbers, a few bytes a row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .shards.protocol import Files
from .stage import Stage
from .stages.render import PartRendered
from .stages.write import ShardPart

Ints = NDArray[np.int64]
N = TypeVar("N", np.int64, np.uint8)


@dataclass(frozen=True)
class Laid:
    """Every row of one split in its order: the piece it is in, where it begins there, its length and size; where they
    are counted its tokens, and the pixels of its pictures; where the form wants to know it, its mark.
    """

    piece: NDArray[np.int32]
    at: Ints
    length: Ints
    size: Ints
    tokens: Ints | None
    pixels: Ints | None
    marks: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self.piece)


def laid_out(pieces: Sequence[PartRendered], splits: int, shuffle: int | None = None) -> list[Laid]:
    """The rows of each split, in the order in which they were made; shuffled by a seed where one is given."""
    piece = np.repeat(np.arange(len(pieces), dtype=np.int32), [len(each.length) for each in pieces])
    length = np.concatenate([np.zeros(0, np.int64), *(each.length for each in pieces)])
    at = np.concatenate([np.zeros(0, np.int64), *(np.cumsum(each.length) - each.length for each in pieces)])
    size = np.concatenate([np.zeros(0, np.int64), *(each.size for each in pieces)])
    split = np.concatenate([np.zeros(0, np.int8), *(each.split for each in pieces)])
    tokens = _of_all([each.tokens for each in pieces])
    pixels = _of_all([each.pixels for each in pieces])
    marks = _of_all([each.marks for each in pieces if len(each.length)])
    found: list[Laid] = []
    if splits == 1 and shuffle is None:
        return [Laid(piece, at, length, size, tokens, pixels, marks)]
    for number in range(splits):
        rows = np.flatnonzero(split == number) if splits > 1 else np.arange(len(split))
        if shuffle is not None:
            rows = rows[shuffled(len(rows), shuffle)]
        found.append(_taken(Laid(piece, at, length, size, tokens, pixels, marks), rows))
    return found


def arranged(files: Files, laid: Laid) -> tuple[Laid, list[tuple[int, int]]]:
    """The rows of each file of a split, from the first to before the last, and all rows in the order of the files."""
    cuts = files.plan(laid.size)
    if laid.marks is None:
        return laid, cuts
    order = [first + files.arranged(laid.length[first:end], laid.marks[first:end]) for first, end in cuts]
    return _taken(laid, np.concatenate([np.zeros(0, np.int64), *order])), cuts


def _taken(laid: Laid, rows: Ints) -> Laid:
    return Laid(
        laid.piece[rows],
        laid.at[rows],
        laid.length[rows],
        laid.size[rows],
        None if laid.tokens is None else laid.tokens[rows],
        None if laid.pixels is None else laid.pixels[rows],
        None if laid.marks is None else laid.marks[rows],
    )


def _of_all(counted: Sequence[NDArray[N] | None]) -> NDArray[N] | None:
    """Numbers of all pieces, where every one has them."""
    known = [each for each in counted if each is not None]
    return np.concatenate(known) if known and len(known) == len(counted) else None


def shuffled(count: int, seed: int) -> Ints:
    """The numbers from 0 to `count` in an order that the seed alone decides, on every machine and in every version.

    By SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) of seed and number; equal hashes keep their order.
    """
    mixed = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed += np.uint64(seed * 0xD1342543DE82EF95 % (1 << 64))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return np.argsort(mixed ^ (mixed >> np.uint64(31)), kind="stable")


def shard_parts(
    place: Stage,
    files: Sequence[Files],
    laid: Sequence[tuple[Laid, list[tuple[int, int]]]],
    pieces: Sequence[PartRendered],
) -> Iterator[ShardPart]:
    """The shards of every split, in order, each with its rows; `laid` is as they were `arranged`."""
    paths = tuple(each.rows for each in pieces)
    for mine, (rows, cuts) in zip(files, laid, strict=True):
        for number, (first, end) in enumerate(cuts):
            held = slice(first, end)
            used, piece = np.unique(rows.piece[held], return_inverse=True)
            own = tuple(paths[each] for each in used.tolist())
            yield ShardPart(
                place,
                mine,
                number,
                first,
                own,
                piece.astype(np.int32),
                rows.at[held],
                rows.length[held],
                rows.size[held],
            )
