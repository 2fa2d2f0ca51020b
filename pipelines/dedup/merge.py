"""Merging: records of one picture made one: what another says besides goes to the record that is kept.

A record that is put to another leaves behind only what the other says already, and is then left out like any
duplicate; so every annotation is in one record or rejected, and none in both. What moves keeps its place: another
file's is named before it. Phrases and questions that mean drawn things mean the same things of the record that is kept.

A thing that is drawn in both records stays where it is kept; where only the other gives it polygons, keypoints, a quad
or a mask it gets these. Only of files with the same bytes or pixels: of pictures that are the same to the eye shapes
are as true of their own pixels alone as boxes are. A mask is one of the picture as stored, so bytes must be the same.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...converters.table import counts, entries, keep_entries, rows, starts, with_column, with_fields
from .contradict import in_parts
from .how import How
from .union import SHAPES

Ints = NDArray[np.int64]

MOVING = ("captions", "questions", "phrases", "conversations")
"""Columns whose entries go to the record that is kept; objects are there already."""


class _Move(NamedTuple):
    """Entries of one column of `given` that go to records: as places among all of the column, and as records."""

    entry: Ints
    to: Ints


class Merge:
    """What moves between records. `given` are the records concerned, `number` theirs among all, in order; `into` says,
    of each that is put to another, to which, and `by` what the two are the same.
    """

    def __init__(self, given: pa.RecordBatch, number: Ints, into: Mapping[int, int], by: Mapping[int, How]) -> None:
        row = {record: at for at, record in enumerate(number.tolist())}
        pairs = sorted((into[record], record) for record in into)
        same = _same_objects(given, [(row[kept], row[record]) for kept, record in pairs])
        self._given = _placed_anew(given, {row[record]: row[kept] for kept, record in pairs}, same)
        self._row = row
        self._shapes = {name: self._given_shapes(name, pairs, same, by) for name in SHAPES}
        self._moves = {column: self._moving(column, pairs) for column in MOVING}
        self.concerned = frozenset(row)

    def _moving(self, column: str, pairs: list[tuple[int, int]]) -> _Move:
        """Of each record that is put to another the entries that the other does not have yet."""
        edges = starts(self._given, column).tolist()
        said = self._given.column(column).flatten().to_pylist()
        held: dict[int, set[str]] = {}
        found: list[tuple[int, int]] = []

        def mine(record: int) -> range:
            return range(edges[self._row[record]], edges[self._row[record] + 1])

        for kept, record in pairs:
            known = held.setdefault(kept, {_said(said[at]) for at in mine(kept)})
            for at in mine(record):
                if (key := _said(said[at])) not in known:
                    known.add(key)
                    found.append((at, kept))
        moved = np.array(found, np.int64).reshape(-1, 2)
        return _Move(moved[:, 0], moved[:, 1])

    def _given_shapes(
        self, name: str, pairs: list[tuple[int, int]], same: Mapping[int, list[int]], by: Mapping[int, How]
    ) -> dict[tuple[int, int], Any]:
        """Shapes of one kind for objects of records that are kept, which have none themselves."""
        shapes = entries(self._given, "objects", name)
        found: dict[tuple[int, int], Any] = {}
        if shapes.null_count == len(shapes):
            return found
        held, edges = shapes.to_pylist(), starts(self._given, "objects").tolist()
        exact = ("bytes",) if name == "mask" else ("bytes", "pixels")
        for kept, record in pairs:
            if by[record] not in exact:
                continue
            first = edges[self._row[kept]]
            for own, thing in enumerate(same[self._row[record]], edges[self._row[record]]):
                if held[own] is not None and held[first + thing] is None:
                    found.setdefault((kept, thing), held[own])
        return found

    def applied(self, batch: pa.RecordBatch, first: int) -> pa.RecordBatch:
        """A batch of all the records, the number of the first of which is given, as it is afterwards."""
        for column in MOVING:
            batch = self._taken_in(self._left(batch, first, column), first, column)
        return self._shaped(batch, first)

    def _shaped(self, batch: pa.RecordBatch, first: int) -> pa.RecordBatch:
        """With the shapes that objects of this batch get."""
        edges = starts(batch, "objects").tolist()
        fields: dict[str, pa.Array] = {}
        for name, shapes in self._shapes.items():
            mine = {key: shape for key, shape in shapes.items() if first <= key[0] < first + len(batch)}
            if mine:
                held = entries(batch, "objects", name)
                values = held.to_pylist()
                for (record, thing), shape in mine.items():
                    values[edges[record - first] + thing] = shape
                fields[name] = pa.array(values, held.type)
        return with_fields(batch, "objects", fields) if fields else batch

    def _left(self, batch: pa.RecordBatch, first: int, column: str) -> pa.RecordBatch:
        """Without what has moved to other records."""
        keep = np.ones(int(counts(batch, column).sum()), np.bool_)
        edges, own = starts(batch, column), starts(self._given, column)
        moved = np.zeros(int(own[-1]), np.bool_)
        moved[self._moves[column].entry] = True
        for row in self._here(batch, first):
            at = self._row[first + row]
            keep[edges[row] : edges[row + 1]] = ~moved[own[at] : own[at + 1]]
        return keep_entries(batch, column, keep)

    def _taken_in(self, batch: pa.RecordBatch, first: int, column: str) -> pa.RecordBatch:
        """With what has moved to records of this batch, behind their own."""
        move = self._moves[column]
        mine = np.flatnonzero((move.to >= first) & (move.to < first + len(batch)))
        if not len(mine):
            return batch
        moved = self._given.column(column).flatten().take(pa.array(move.entry[mine]))
        whole = pa.concat_arrays([batch.column(column).flatten(), moved])
        owner = np.concatenate([rows(batch, column), move.to[mine] - first])
        offsets = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(batch)))]).astype(np.int32)
        values = whole.take(pa.array(np.argsort(owner, kind="stable")))
        return with_column(batch, column, pa.ListArray.from_arrays(pa.array(offsets), values))

    def _here(self, batch: pa.RecordBatch, first: int) -> list[int]:
        return [row for row in range(len(batch)) if first + row in self._row]


def concerned(batches: Iterator[pa.RecordBatch], into: Mapping[int, int]) -> tuple[pa.RecordBatch | None, Ints]:
    """Of all records, batch by batch, those that are put to others or have others put to them, and their numbers."""
    wanted = np.array(sorted({*into, *into.values()}), np.int64)
    held: list[pa.RecordBatch] = []
    done = 0
    for batch in batches:
        low, high = np.searchsorted(wanted, [done, done + len(batch)])
        if high > low:
            held.append(batch.take(pa.array(wanted[low:high] - done)))
        done += len(batch)
    return (together(held) if held else None), wanted


def together(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    """Batches of the annotation table as one."""
    schema = batches[0].schema
    columns = [pa.concat_arrays([each.column(name) for each in batches]) for name in schema.names]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def merged(
    again: Callable[[], Iterator[pa.RecordBatch]], into: Mapping[int, int], by: Mapping[int, How]
) -> Generator[pa.RecordBatch]:
    """All records anew, batch by batch; `again` begins them from the first. Those concerned are in memory meanwhile."""
    given, number = concerned(again(), into)
    merge = None if given is None else Merge(given, number, into, by)
    done = 0
    for batch in again():
        low, high = np.searchsorted(number, [done, done + len(batch)])
        yield merge.applied(batch, done) if merge is not None and high > low else batch
        done += len(batch)


def _said(entry: Mapping[str, Any]) -> str:
    return repr({name: value for name, value in entry.items() if name != "at"})


def _placed_anew(given: pa.RecordBatch, kept: Mapping[int, int], same: Mapping[int, list[int]]) -> pa.RecordBatch:
    """With places that name their file where it is not that of the record that is kept, and with the numbers that
    drawn things have there.
    """
    files = given.column("file").to_pylist()
    for column in MOVING:
        owner = rows(given, column).tolist()
        ats = entries(given, column, "at").to_pylist()
        moved = [
            at if row not in kept or files[row] == files[kept[row]] else _elsewhere(files[row], at)
            for row, at in zip(owner, ats, strict=True)
        ]
        fields = {"at": pa.array(moved, pa.string())}
        if column in ("questions", "phrases"):
            fields["objects"] = _mapped(entries(given, column, "objects"), owner, same)
        given = with_fields(given, column, fields)
    return given


def _elsewhere(file: str, at: str) -> str:
    other, sharp, _ = at.partition("#/")
    return at if sharp and other else f"{file}#/{at.removeprefix('/')}"


def _mapped(meant: pa.ListArray, owner: list[int], same: Mapping[int, list[int]]) -> pa.ListArray:
    lists = meant.to_pylist()
    told = [[same[row][at] for at in each] if row in same else each for row, each in zip(owner, lists, strict=True)]
    return pa.array(told, meant.type)


def _same_objects(given: pa.RecordBatch, pairs: list[tuple[int, int]]) -> dict[int, list[int]]:
    """For each record that is put to another, which of the other's things each of its own is: of its label, nearest."""
    edges = starts(given, "objects").tolist()
    labels = entries(given, "objects", "label").to_pylist()
    corners = in_parts(given)
    found: dict[int, list[int]] = {}
    for kept, record in pairs:
        theirs, mine = range(edges[kept], edges[kept + 1]), range(edges[record], edges[record + 1])
        apart = partial(_apart, corners)
        chosen = [min((at for at in theirs if labels[at] == labels[own]), key=partial(apart, own)) for own in mine]
        found[record] = [at - edges[kept] for at in chosen]
    return found


def _apart(corners: NDArray[np.float64], one: int, other: int) -> float:
    return float(np.abs(corners[one] - corners[other]).max())
