"""Boxes gathered by picture from rows in any order, as columns, without an object a row.

Held until a file ends: each picture's name once, each label and each set of attributes once, and 72 bytes a box.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...schemas.box import Box
from ..columns import ObjectColumns, batch, lists, none_at_all, objects, one_picture_each
from ..records import ROWS, Media

Ints = NDArray[np.int64]
Place = Callable[[str, int, Ints], Media | None]
"""Where the picture of a name is: (name, its first line, the lines of its boxes) → its medium; None for rejected."""


class Interned:
    """Texts by number, each kept once, in the order of their first appearance."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """The number of the text, a new one where it is new."""
        return self.numbers.setdefault(text, len(self.numbers))

    def number_all(self, texts: Sequence[str]) -> list[int]:
        """The number of each of many texts."""
        known = self.numbers
        for text in dict.fromkeys(texts):
            known.setdefault(text, len(known))
        return list(map(known.__getitem__, texts))

    def texts(self) -> list[str]:
        """All of them by number."""
        return list(self.numbers)


def attributes_text(said: Mapping[str, object]) -> str:
    """The attributes as the table has them, "" for none."""
    return msgspec.json.encode(said).decode() if said else ""


@dataclass(slots=True)
class Gathered:
    """The boxes of one file. `first` is the line on which a picture appears first."""

    pictures: Interned = field(default_factory=Interned)
    labels: Interned = field(default_factory=Interned)
    attributes: Interned = field(default_factory=Interned)
    first: "array[int]" = field(default_factory=lambda: array("q"))
    rows: "array[int]" = field(default_factory=lambda: array("q"))  # picture, line, label, attributes, crowd a box
    corners: "array[float]" = field(default_factory=lambda: array("d"))

    def picture(self, name: str, line: int) -> int:
        """The number of the picture, which is seen on this line."""
        number = self.pictures.number(name)
        if number == len(self.first):
            self.first.append(line)
        return number

    def add(
        self, picture: int, line: int, label: str, box: Box, attributes: Mapping[str, object], *, crowd: bool = False
    ) -> None:
        """One box; coordinates in whatever unit the reader scales later."""
        said = self.attributes.number(attributes_text(attributes))
        self.rows.extend((picture, line, self.labels.number(label), said, crowd))
        self.corners.extend(box)

    def add_many(
        self,
        pictures: Sequence[str],
        lines: Sequence[int],
        labels: Sequence[str],
        corners: NDArray[np.float64],
        attributes: Sequence[str],
        crowd: Sequence[bool],
    ) -> None:
        """Many boxes, (n, 4) in `corners`; `attributes` as `attributes_text` makes them."""
        rows = np.empty((len(lines), 5), np.int64)
        first = dict(zip(reversed(pictures), reversed(lines), strict=True))  # the first line of a name comes last
        rows[:, 0] = self.pictures.number_all(pictures)
        self.first.extend(first[name] for name in islice(self.pictures.numbers, len(self.first), None))
        rows[:, 1], rows[:, 4] = lines, crowd
        rows[:, 2] = self.labels.number_all(labels)
        rows[:, 3] = self.attributes.number_all(attributes)
        self.rows.frombytes(rows.tobytes())
        self.corners.frombytes(np.ascontiguousarray(corners, np.float64).tobytes())

    def batches(self, file: str, place: Place, *, shares: bool = False) -> Iterator[pa.RecordBatch]:
        """A record a picture in order of first appearance, its objects in the order of their lines.

        `place` is asked once a picture. With `shares` the corners are shares of the picture's sides.
        """
        rows = np.frombuffer(self.rows, np.int64).reshape(-1, 5) if self.rows else np.zeros((0, 5), np.int64)
        corners = np.frombuffer(self.corners, np.float64).reshape(-1, 4) if self.corners else np.zeros((0, 4))
        order = np.argsort(rows[:, 0], kind="stable")
        edges = np.searchsorted(rows[order, 0], np.arange(len(self.first) + 1))
        names = self.pictures.texts()
        labels, said = pa.array(self.labels.texts(), pa.string()), pa.array(self.attributes.texts(), pa.string())
        for start in range(0, len(names), ROWS):
            kept: list[tuple[int, Media]] = []
            for number in range(start, min(start + ROWS, len(names))):
                mine = order[edges[number] : edges[number + 1]]
                if (media := place(names[number], self.first[number], rows[mine, 1])) is not None:
                    kept.append((number, media))
            if kept:
                numbers = np.array([number for number, _ in kept])
                sizes = edges[numbers + 1] - edges[numbers]
                chosen = order[_ranges(edges[numbers], sizes)]
                sides = np.array([(media.width, media.height) * 2 for _, media in kept], np.float64)
                boxes = corners[chosen] * (np.repeat(sides, sizes, axis=0) if shares else 1.0)
                things = lists(sizes, _objects(rows[chosen], boxes, labels, said))
                ids = [names[number] for number in numbers.tolist()]
                yield _batch(file, ids, _ats(np.array(self.first)[numbers]), [media for _, media in kept], things)


def _objects(rows: Ints, boxes: NDArray[np.float64], labels: pa.Array, said: pa.Array) -> pa.StructArray:
    attributes = said.take(pa.array(rows[:, 3]))
    more = {
        "at": _ats(rows[:, 1]),
        "attributes": pc.if_else(pc.equal(attributes, ""), pa.scalar(None, pa.string()), attributes),
    }
    index = np.zeros(len(rows), np.int64)
    columns = ObjectColumns(index, rows[:, 2].astype(np.int32), boxes, rows[:, 4].astype(np.bool_), more)
    return objects(columns, labels)


def _batch(file: str, ids: list[str], ats: pa.Array, media: list[Media], things: pa.ListArray) -> pa.RecordBatch:
    sides = np.array([(each.width, each.height) for each in media], np.int32)
    width, height = np.ascontiguousarray(sides[:, 0]), np.ascontiguousarray(sides[:, 1])
    pictures = one_picture_each(pa.array([each.path for each in media], pa.string()), width, height)
    return batch(pa.array(ids, pa.string()), file, ats, pictures, things, none_at_all(len(ids), "captions"), None)


def _ats(lines: Ints) -> pa.Array:
    return pc.binary_join_element_wise(pa.array(lines).cast(pa.string()), ":1", "")


def _ranges(first: Ints, sizes: Ints) -> Ints:
    """The numbers from each of `first` on, as many as `sizes` says."""
    shift = first - (np.cumsum(sizes) - sizes)
    return np.asarray(np.arange(int(sizes.sum())) + np.repeat(shift, sizes))
