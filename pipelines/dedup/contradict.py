"""Contradicting: whether what is said of two pictures that are the same differs.

Of files with the same bytes or pixels every box must be the same. Of near duplicates boxes may lie a little elsewhere,
as the cut, the hand or the size moved them: labels must be the same, and every box must have one of its label near it.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...converters.table import boxes, entries, numbers, picture_of_object, starts

MOVED = 0.1
"""How far an edge of a box may lie from that in a near duplicate, in parts of the picture's side."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Labels and boxes of a record, n x 4, as `in_parts`; `words` is a hash of all else that is said."""

    labels: tuple[str, ...]
    boxes: NDArray[np.float32]
    words: bytes


def drawn(batch: pa.RecordBatch, words: list[bytes]) -> list[Drawn]:
    """What is drawn on the pictures of every record."""
    labels = entries(batch, "objects", "label").to_pylist()
    corners, edges = in_parts(batch).astype(np.float32), starts(batch, "objects").tolist()
    found: list[Drawn] = []
    for said, start, end in zip(words, edges, edges[1:], strict=False):
        found.append(Drawn(tuple(labels[start:end]), corners[start:end], said))
    return found


def in_parts(batch: pa.RecordBatch) -> NDArray[np.float64]:
    """(n, 4) boxes in parts of the picture that each is on; of a record's pictures each lies two sides to the right of
    the one before, so that boxes of different ones are never near.
    """
    sides = np.stack([numbers(batch, "media", side) for side in ("width", "height")], axis=1).astype(np.float64)
    parts = boxes(batch)
    if len(parts):
        parts = parts / np.maximum(np.tile(sides[picture_of_object(batch)], 2), 1)
        parts[:, ::2] += 2 * numbers(batch, "objects", "media")[:, None]
    return parts


def agreeing(one: Drawn, other: Drawn) -> bool:
    """Whether two near duplicates are labelled alike."""
    return one.words == other.words and drawn_alike(one, other)


def drawn_alike(one: Drawn, other: Drawn) -> bool:
    """Whether the same things are drawn on two near duplicates, each about where it is in the other."""
    if sorted(one.labels) != sorted(other.labels):
        return False
    if not one.labels:
        return True
    apart = np.abs(one.boxes[:, None] - other.boxes[None]).max(axis=2)
    apart[np.array(one.labels)[:, None] != np.array(other.labels)[None]] = np.inf
    return bool(apart.min(axis=0).max() <= MOVED and apart.min(axis=1).max() <= MOVED)
