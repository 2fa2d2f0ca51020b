"""Boxes between tags, `<ref>mug</ref><box>(120,300),(310,640)</box>`: the form of Qwen-VL and Qwen2-VL.

Corners are `(x,y)` in whole numbers without spaces; several boxes of one thing follow one reference. For a point alone
neither model has an official form: it is written as a corner is, after its reference, `<ref>left_eye</ref>(412,310)`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...schemas import grid
from ...schemas.conversation import BOX, POINT, QUAD, REF, TEXT
from .parts import Ints, Parts
from .pieces import (
    END,
    Pieces,
    escaped,
    glued,
    heading_text,
    headings,
    labelled_anew,
    number_texts,
    put_texts,
    run_starts,
    told_apart,
)
from .protocol import RenderOptions


class Tags(NamedTuple):
    """The opening and closing tag of each element, and the grid: `steps` cells a side, `top` the largest number."""

    ref: tuple[bytes, bytes]
    box: tuple[bytes, bytes]
    quad: tuple[bytes, bytes]
    steps: int
    top: int

    def ref_form(self) -> bytes:
        """A reference with a place for its words."""
        return b"%s%%s%s" % self.ref

    def cells(self, points: NDArray[np.float64], sizes: NDArray[np.float64], options: RenderOptions) -> Ints:
        """(n, 2k) pixels to the grid; `sizes` (n, 2)."""
        wide = np.tile(sizes, points.shape[1] // 2)
        return grid.encode(points, wide, steps=self.steps, top=self.top, rounding=options.rounding)


def words_and_boxes(parts: Parts, tags: Tags, options: RenderOptions) -> tuple[Parts, Pieces]:
    """The parts with their labels told apart, and all their pieces but the pictures, which the target puts."""
    pieces = Pieces.of(run_starts(parts))
    heading = headings(parts)
    parts = labelled_anew(parts, heading)
    put_boxes(parts, pieces, heading, tags, options)
    put_quads(parts, pieces, heading, tags, options)
    put_points(parts, pieces, heading, tags, options)
    put_texts(parts, pieces, TEXT)
    put_texts(parts, pieces, REF, tags.ref_form())
    return parts, pieces


def put_boxes(parts: Parts, pieces: Pieces, heading: Ints, tags: Tags, options: RenderOptions) -> None:
    """All runs of boxes, each box after its label where it has one."""
    _put_runs(parts, pieces, heading, tags, options, BOX, (tags.box[0] + b"(", b",", b"),(", b",", b")" + tags.box[1]))


def put_points(parts: Parts, pieces: Pieces, heading: Ints, tags: Tags, options: RenderOptions) -> None:
    """All runs of points, each after its label where it has one."""
    _put_runs(parts, pieces, heading, tags, options, POINT, (b"(", b",", b")"))


def _put_runs(
    parts: Parts,
    pieces: Pieces,
    heading: Ints,
    tags: Tags,
    options: RenderOptions,
    kind: int,
    around: tuple[bytes, ...],
) -> None:
    """Runs of boxes or points; `around` is what stands before, between and behind the numbers of each."""
    at = np.flatnonzero(parts.kind == kind)
    if not len(at):
        return
    cells = tags.cells(parts.boxes[at, : len(around) - 1], parts.sizes[at], options)
    ends = np.ones(len(at), np.int64)
    ends[:-1] = pieces.opens[at[1:]]
    runs = glued(
        [
            _heads(parts, at, heading[at], tags, around[0]),
            *(number_texts(cells[:, column], after) for column, after in enumerate(around[1:])),
            (np.array([b"", END]), ends),
        ]
    )
    pieces.texts[pieces.slot[at[pieces.opens[at]]]] = runs


def put_quads(parts: Parts, pieces: Pieces, heading: Ints, tags: Tags, options: RenderOptions) -> None:
    """Every quad as four points, after its label where it has one."""
    for at in np.flatnonzero(parts.kind == QUAD).tolist():
        corners = np.array([parts.quads[at].as_py()])
        cells = tags.cells(corners, parts.sizes[[at]], options)[0].tolist()
        points = ",".join(f"({x},{y})" for x, y in zip(cells[0::2], cells[1::2], strict=True))
        head = heading_text(int(heading[at])) + _ref(parts, int(parts.text[at]), tags)
        pieces.texts[pieces.slot[at]] = head + tags.quad[0] + points.encode() + tags.quad[1]


def _heads(parts: Parts, at: Ints, heading: Ints, tags: Tags, opening: bytes) -> tuple[NDArray[np.bytes_], Ints]:
    """What stands before the numbers of a box, and which of them each box has."""
    line = 2 * np.abs(heading) + (heading < 0)

    def head(key: int) -> bytes:
        line, code = divmod(key, 1 << 32)
        number = line >> 1
        ref = _ref(parts, code - 1, tags)
        return heading_text(-number if line & 1 else number) + ref + opening

    return told_apart((line << 32) + parts.text[at] + 1, head)


def _ref(parts: Parts, code: int, tags: Tags) -> bytes:
    return b"" if code < 0 else tags.ref_form() % escaped(parts.texts[code])
