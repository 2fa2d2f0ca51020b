"""What records say of their pictures, for those that show what another shows: whether they contradict each other.

Looked up in the batches once it is known which pictures are the same: of a million records few are asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...converters.table import entries, numbers, rows
from .contradict import Drawn, agreeing, drawn
from .how import How
from .union import Claims, claims


@dataclass(frozen=True)
class Said:
    """By the numbers of records: `exactly` is a hash of all that one says; `drawn` the same for pictures that are only
    nearly the same; `claims` what can be put together.
    """

    exactly: dict[int, bytes] = field(default_factory=dict[int, bytes])
    drawn: dict[int, Drawn] = field(default_factory=dict[int, Drawn])
    claims: dict[int, Claims] = field(default_factory=dict[int, Claims])

    def the_same(self, one: int, other: int, by: How) -> bool:
        """Whether two records whose pictures are the same say the same of them."""
        if by == "look":
            return agreeing(self.drawn[one], self.drawn[other])
        return self.exactly[one] == self.exactly[other]


def said_of(wanted: NDArray[np.bool_], batches: Iterable[pa.RecordBatch], *, near: bool, merge: bool) -> Said:
    """What those records say that are `wanted`; `near` whether pictures may be only nearly the same, `merge` whether
    records may be put together.
    """
    said, first = Said(), 0
    for batch in batches:
        mine = np.flatnonzero(wanted[first : first + len(batch)])
        if len(mine):
            some, records = batch.take(pa.array(mine)), (first + mine).tolist()
            said.exactly.update(zip(records, signatures(some), strict=True))
            if near:
                said.drawn.update(zip(records, drawn(some, signatures(some, boxes=False)), strict=True))
            if merge:
                said.claims.update(zip(records, claims(some), strict=True))
        first += len(batch)
    return said


def signatures(batch: pa.RecordBatch, *, boxes: bool = True) -> list[bytes]:
    """What each record says of its pictures, as one hash: labels, texts, boxes to 0.01 px, which picture they are on,
    captions and the rest, in any order; or all but the boxes.
    """
    labels = entries(batch, "objects", "label").to_pylist()
    written = entries(batch, "objects", "text").to_pylist()
    sides = ("x1", "y1", "x2", "y2") if boxes else ()
    corners = [entries(batch, "objects", name).to_numpy().round(2).tolist() for name in sides]
    corners.append(numbers(batch, "objects", "media").tolist())
    said: list[list[str]] = [[] for _ in range(len(batch))]
    for row, thing in zip(rows(batch, "objects").tolist(), zip(labels, written, *corners, strict=True), strict=True):
        said[row].append(repr(thing))
    for row, text in zip(rows(batch, "captions").tolist(), entries(batch, "captions", "text").to_pylist(), strict=True):
        said[row].append(repr(text))
    for column in ("questions", "phrases", "conversations"):
        for row, entry in zip(rows(batch, column).tolist(), batch.column(column).flatten().to_pylist(), strict=True):
            said[row].append(repr({name: value for name, value in entry.items() if name != "at"}))
    return [blake2b("\n".join(sorted(each)).encode("utf-8", "surrogatepass"), digest_size=16).digest() for each in said]
