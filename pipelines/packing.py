"""A packing plan: which rows of a split fill one sequence together, so that a batch is tokens and not padding.

Best fit, longest first: a row goes where it leaves the least room, and to a pack of its own where it fits nowhere. It
needs no more than 11/9 of the fewest packs there could be, and two thirds of one, as first fit does (Johnson 1973;
Dosa 2007), and depends on the room that is left alone, so that rows of one length are placed together: a million in
seconds. The same lengths are the same plan.

`packing-SPLIT.parquet` has a row a pack: `rows`, the numbers of the split's rows from 0 in the order of its files, and
`tokens`, how many they have together. Packs are in the order of their first rows. Samples of a pack must not see each
other: that is the trainer's to do (position ids, or a mask of blocks).
"""

from collections import defaultdict
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .commit.staging import StagingFolder
from .shards.sink import sink_of

Ints = NDArray[np.int64]


class Packs(NamedTuple):
    """The rows of all packs, one pack after the other; where each begins there, and the end; tokens of each."""

    rows: Ints
    starts: Ints
    tokens: Ints

    def __len__(self) -> int:
        return len(self.tokens)

    def fill(self, max_length: int) -> float:
        """How much of all sequences of that length is tokens, from 0 to 1."""
        return float(self.tokens.sum()) / (max_length * len(self)) if len(self) else 0.0


def pack(lengths: Ints, max_length: int) -> Packs:
    """Packs of at most `max_length` tokens; a row that is longer alone has one to itself."""
    order = np.argsort(-lengths, kind="stable")
    opened = np.empty(len(lengths), np.int64)
    opened[order] = _packed(np.clip(lengths[order], 1, max_length), max_length)
    _, first, which = np.unique(opened, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    pack_of = rank[which]
    rows = np.argsort(pack_of, kind="stable")
    held = np.bincount(pack_of, minlength=len(first))
    tokens = np.bincount(pack_of, weights=lengths, minlength=len(first)).astype(np.int64)
    return Packs(rows, np.concatenate([np.zeros(1, np.int64), np.cumsum(held)]), tokens)


def _packed(lengths: Ints, max_length: int) -> Ints:
    """The pack of each row, where rows come longest first."""
    found = np.empty(len(lengths), np.int64)
    packs = _Open(max_length)
    values, begins, counts = np.unique(-lengths, return_index=True, return_counts=True)
    for value, begin, count in zip((-values).tolist(), begins.tolist(), counts.tolist(), strict=True):
        packs.place(value, found[begin : begin + count])
    return found


class _Open:
    """The packs that have room, by how much."""

    def __init__(self, max_length: int) -> None:
        self._most = max_length
        self._count = 0
        self._with: defaultdict[int, list[int]] = defaultdict(list)  # room → packs
        self._rooms = 0  # the rooms that some pack has, as bits: the least that is enough is found by arithmetic

    def place(self, length: int, found: Ints) -> None:
        """Put rows of one length into packs, and note into which."""
        done = 0
        while done < len(found) and (room := self._least(length)):
            mine = self._with[room]
            each = room // length
            while mine and done < len(found):
                number = mine.pop()
                taken = min(each, len(found) - done)
                found[done : done + taken] = number
                done += taken
                self._note(room - taken * length, number)
            if not mine:
                self._rooms &= ~(1 << room)
        self._open(length, found[done:])

    def _least(self, length: int) -> int:
        """The least room that is at least `length`; 0 where none is."""
        enough = self._rooms >> length
        return length + (enough & -enough).bit_length() - 1 if enough else 0

    def _open(self, length: int, found: Ints) -> None:
        """New packs for the rows that fitted nowhere."""
        each = self._most // length
        more = -(-len(found) // each)
        found[:] = self._count + np.arange(len(found)) // each
        full = len(found) // each
        room = self._most - each * length
        if room and full:
            self._with[room].extend(range(self._count, self._count + full))
            self._rooms |= 1 << room
        if more > full:
            self._note(self._most - (len(found) - full * each) * length, self._count + full)
        self._count += more

    def _note(self, room: int, number: int) -> None:
        if room:
            self._with[room].append(number)
            self._rooms |= 1 << room


def write_packing(place: StagingFolder, split: str, lengths: Ints | None, max_length: int) -> dict[str, int | float]:
    """Write the plan of a split beside its files; what the manifest says of it. `lengths` are None where nothing is."""
    from importlib import import_module

    packs = pack(np.zeros(0, np.int64) if lengths is None else lengths, max_length)
    rows = pa.LargeListArray.from_arrays(pa.array(packs.starts), pa.array(packs.rows))
    table = pa.table({"rows": rows, "tokens": pa.array(packs.tokens)})
    with place.open(f"packing-{split}.parquet") as writer, sink_of(writer) as sink:
        import_module("pyarrow.parquet").write_table(table, sink, compression="zstd")
    return {"packs": len(packs), "max_length": max_length, "fill": round(packs.fill(max_length), 4)}
