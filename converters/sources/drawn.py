"""What people draw as boxes of pixels: turned boxes, ellipses, polygons, lines and points, and the numbers they are
written in.

The rules are one for all tools. A turned rectangle is turned about its centre, clockwise on screen. The hull of an
ellipse is that of the curve. A polygon has three points or more. An open line and a set of points have the box around
them; a line whose box has no area (a level one) is left out as unused (AN022), points stay, as the task `keypoints`
asks for them by their label. Numbers that are not finite pass through, as a box of NaN.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, isfinite, nan, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...schemas.box import Box, hull, rotated_corners
from .object_error import ObjectError

LARGEST_SIDE = 2**31 - 1


@dataclass(slots=True)
class Drawn:
    """Where a shape is, in pixels: its hull, what says it better, what attributes keep of it, names of keypoints."""

    box: Box
    quad: list[float] | None = None
    polygons: list[list[float]] | None = None
    keypoints: list[float] | None = None
    said: dict[str, Any] | None = None
    names: list[str] | None = None


def number_in(text: str | None, name: str, at: str, *, decimal_comma: bool = False) -> float:
    """A number written as text. `ObjectError` AN023 where there is none, AN004 where it is no number."""
    digits = (text or "").strip()
    if not digits:
        raise ObjectError("AN023", at, text, f"{name} is missing or empty")
    if decimal_comma and digits.count(",") == 1 and "." not in digits:
        digits = digits.replace(",", ".")
    try:
        if "_" in digits:  # Python reads 1_000, nobody else does
            raise ValueError
        return float(digits)
    except ValueError:
        raise ObjectError("AN004", at, digits[:200], f"{name} is {digits[:40]!r}, not a number") from None


def plain_numbers(columns: Sequence[Sequence[str]]) -> NDArray[np.float64] | None:
    """(n, columns) numbers, all of them finite and as `number_in` reads each; None where one is not quite plain.

    For tables in which nearly all are: whoever gets None reads them one by one.
    """
    try:
        found = np.array([list(map(float, column)) for column in columns])
    except ValueError:
        return None
    plain = np.isfinite(found).all() and not any("_" in "".join(column) for column in columns)
    return np.ascontiguousarray(found.T) if plain else None


def number_of(value: object, name: str, at: str) -> float:
    """A JSON number. `ObjectError` AN023 for null, AN004 for what is no number."""
    if value is None:
        raise ObjectError("AN023", at, None, f"{name} is missing or null")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ObjectError("AN004", at, str(value)[:200], f"{name} is no number")
    try:
        return float(value)
    except OverflowError:  # an integer of more than 308 digits
        return nan


def side_of(value: object) -> int:
    """A side of a picture in whole pixels; 0 for what is none, as null, -1, NaN and "wide" are not."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return 0
    try:
        side = float(value)
    except (ValueError, OverflowError):
        return 0
    return int(side) if 1 <= side <= LARGEST_SIDE else 0


def safe_hull(points: Sequence[float]) -> Box:
    """The box around `x, y, x, y …`, NaN throughout where one is not finite: min and max would lose it."""
    return hull(points) if all(map(isfinite, points)) else Box(nan, nan, nan, nan)


def turned_box(box: Box, degrees: float) -> Drawn:
    """A box turned clockwise about its centre by `degrees`; its own four corners in drawing order are the quad."""
    if degrees % 360 == 0:
        return Drawn(box)
    if not all(map(isfinite, (*box, degrees))):
        return Drawn(Box(nan, nan, nan, nan))
    corners = rotated_corners(0.0, 0.0, box.x2 - box.x1, box.y2 - box.y1, degrees)
    across = (box.x1 + box.x2 - corners[0] - corners[4]) / 2
    down = (box.y1 + box.y2 - corners[1] - corners[5]) / 2
    quad = [value + (down if i % 2 else across) for i, value in enumerate(corners)]
    return Drawn(hull(quad), quad=quad)


def ellipse(x: float, y: float, a: float, b: float, degrees: float, at: str, shape: str = "ellipse") -> Drawn:
    """An ellipse with half axes `a`, `b`, turned clockwise about its centre; AN004 where a half axis is negative.

    Half width of the hull: √((a·cos)² + (b·sin)²), half height: √((a·sin)² + (b·cos)²).
    """
    if a < 0 or b < 0:
        raise ObjectError("AN004", at, [a, b], "a radius is negative")
    if not all(map(isfinite, (x, y, a, b, degrees))):
        return Drawn(Box(nan, nan, nan, nan))
    c, s = cos(radians(degrees)), sin(radians(degrees))
    across, down = hypot(a * c, b * s), hypot(a * s, b * c)
    said = {"shape": shape, "ellipse": [x, y, a, b, degrees]}
    return Drawn(Box(x - across, y - down, x + across, y + down), said=said)


def polygon(points: list[float], at: str) -> Drawn:
    """A ring of three points or more; `ObjectError` AN004 for fewer."""
    if len(points) < 6:
        raise ObjectError("AN004", at, points, f"a polygon of {len(points) // 2} points encloses nothing")
    return Drawn(safe_hull(points), polygons=[points])


def polyline(points: list[float], at: str) -> Drawn:
    """An open line: the box around it, its points in the attributes; AN022 where that box has no area."""
    box = safe_hull(points)
    if box.x1 == box.x2 or box.y1 == box.y2:
        raise ObjectError("AN022", at, points, "an open line without area has no box")
    return Drawn(box, said={"shape": "polyline", "points": points})


def key_points(points: list[float], at: str, seen: Sequence[float] = ()) -> Drawn:
    """Points with their visibility (all seen where it is not said): the box around those that are somewhere.

    It has no area around one point. `ObjectError` AN022 where none is anywhere.
    """
    visibility = seen or [2.0] * (len(points) // 2)
    triples = [(points[2 * i], points[2 * i + 1], v) if v else (0.0, 0.0, 0.0) for i, v in enumerate(visibility)]
    somewhere = [axis for x, y, v in triples if v for axis in (x, y)]
    if not somewhere:
        raise ObjectError("AN022", at, points, "none of its points is in the picture")
    return Drawn(safe_hull(somewhere), keypoints=[value for triple in triples for value in triple])
