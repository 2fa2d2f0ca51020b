"""The order in which text is read: line by line, although no box of a line has quite the top of its neighbour.

Western lines, left to right, are what is meant. Columns of text and lines that run from top to bottom are read across.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..table import boxes, picture_of_object

Ints = NDArray[np.int64]


def reading_order(batch: pa.RecordBatch, objects: Ints) -> Ints:
    """The objects (places among all of the batch, ascending) picture by picture in the order of reading.

    A line is opened by the uppermost object that is in none, and takes those whose middle lies within its height and
    within whose height its own middle lies; within a line the left edge decides. What stands equal stays in the order
    of the data.
    """
    page, corners = picture_of_object(batch)[objects], boxes(batch)[objects]
    by_top = np.lexsort((corners[:, 0], corners[:, 1], page))
    edges = np.flatnonzero(np.diff(page[by_top], prepend=-1)).tolist()
    held = [(float(x1), float(y1), float(y2)) for x1, y1, _, y2 in corners.tolist()]
    order: list[int] = []
    for start, end in pairwise([*edges, len(by_top)]):
        for line in _lines(by_top[start:end].tolist(), held):
            order += sorted(line, key=lambda at: held[at][0])
    return objects[np.array(order, np.int64)]


def _lines(waiting: Sequence[int], held: Sequence[tuple[float, float, float]]) -> Iterator[list[int]]:
    """The lines of one picture; `waiting` by their top edges, `held` left, top and bottom of each."""
    taken: set[int] = set()
    for place, opener in enumerate(waiting):
        if opener in taken:
            continue
        line = [opener]
        _, top, bottom = held[opener]
        for other in waiting[place + 1 :]:
            _, its_top, its_bottom = held[other]
            if its_top > bottom:
                break
            if (
                other not in taken
                and its_top <= (top + bottom) / 2 <= its_bottom
                and (its_top + its_bottom) / 2 <= bottom
            ):
                line.append(other)
        taken.update(line)
        yield line
