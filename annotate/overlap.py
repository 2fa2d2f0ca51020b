"""How much two drawn shapes overlap: boxes, turned boxes, polygons and masks, whichever way round they are drawn.

Two upright boxes by their sides. Rings exactly, whatever their form: a simple polygon is the signed sum of the
triangles that its sides make with one point, so the shared area of two is the signed sum of those of their triangles,
each a convex clipping (Sutherland and Hodgman 1974). Two masks by their pixels. A mask beside a ring or a box is
compared by its hull, which says too much where it is not full.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from ..converters import rle
from ..schemas.box import Box, iou

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """Where something is, in pixels or percent, the same for both that are compared: the hull, and its ring
    (x, y, x, y …) or its mask (a run-length-encoded text, of a picture `height` pixels high) where it is no box.
    """

    box: Box
    ring: tuple[float, ...] | None = None
    mask: str | None = None

    def key(self) -> tuple[object, ...]:
        """Something to sort by that depends on the place alone."""
        return (*self.box, self.ring or (), self.mask or "")


def overlap(one: Shape, other: Shape) -> float:
    """Intersection over union, from 0 to 1; 1 for the same shape drawn twice, an empty one too; 0 for no number."""
    if not all(map(isfinite, (*one.box, *other.box))):
        return 0.0
    if one == other:
        return 1.0
    apart = one.box.x2 < other.box.x1 or other.box.x2 < one.box.x1
    if apart or one.box.y2 < other.box.y1 or other.box.y2 < one.box.y1:
        return 0.0
    if one.mask and other.mask:
        return _of_masks(one.mask, other.mask)
    rings = [shape.ring if shape.mask is None else None for shape in (one, other)]
    if rings == [None, None]:
        return iou(one.box, other.box)
    first, second = (ring or _corners(shape.box) for ring, shape in zip(rings, (one, other), strict=True))
    return _of_rings(first, second)


def _corners(box: Box) -> tuple[float, ...]:
    return (box.x1, box.y1, box.x2, box.y1, box.x2, box.y2, box.x1, box.y2)


def _of_masks(one: str, other: str) -> float:
    """Of two masks of one picture; those of different sizes are compared as far as both reach."""
    first, second = (_pixels(rle.counts_of(text)) for text in (one, other))
    size = max(len(first), len(second))
    first, second = (np.pad(each, (0, size - len(each))) for each in (first, second))
    union = int(np.count_nonzero(first | second))
    return int(np.count_nonzero(first & second)) / union if union else 0.0


def _pixels(counts: rle.Counts) -> NDArray[np.bool_]:
    runs = np.asarray(counts)
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs)


def _of_rings(one: Sequence[float], other: Sequence[float]) -> float:
    first, second = _points(one), _points(other)
    # from a point near both, so that the triangles are no larger than they must be and rounding stays small
    origin = first[0]
    shared = abs(
        sum(
            sign * other_sign * _area(_clipped(triangle, against))
            for sign, triangle in _triangles(first, origin)
            for other_sign, against in _triangles(second, origin)
        )
    )
    union = abs(_area(first)) + abs(_area(second)) - shared
    return min(1.0, max(0.0, shared / union)) if union > 0 else 0.0


def _points(ring: Sequence[float]) -> list[Point]:
    return list(zip(ring[0::2], ring[1::2], strict=True))


def _triangles(ring: list[Point], origin: Point) -> list[tuple[float, list[Point]]]:
    """The triangles of a ring's sides with one point, each turned the same way, with its sign."""
    found: list[tuple[float, list[Point]]] = []
    for start, end in zip(ring, [*ring[1:], ring[0]], strict=True):
        area = _area([origin, start, end])
        if area > 0:
            found.append((1.0, [origin, start, end]))
        elif area < 0:
            found.append((-1.0, [origin, end, start]))
    return found


def _area(ring: list[Point]) -> float:
    """Twice the signed area is the sum of cross products; 0 for fewer than three points."""
    if len(ring) < 3:
        return 0.0
    return 0.5 * sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))


def _clipped(ring: list[Point], by: list[Point]) -> list[Point]:
    """The part of a convex ring within a triangle of positive area."""
    for a, b in zip(by, [*by[1:], by[0]], strict=True):
        sides = [(b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) for p in ring]
        kept: list[Point] = []
        for index, (point, side) in enumerate(zip(ring, sides, strict=True)):
            before, side_before = ring[index - 1], sides[index - 1]
            if (side > 0) != (side_before > 0):
                share = side_before / (side_before - side)
                kept.append((before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])))
            if side > 0:
                kept.append(point)
        ring = kept
        if not ring:
            break
    return ring
