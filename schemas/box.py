"""Plane geometry in pixels: hulls, rotated rectangles, orientation. x to the right, y down, corners on pixel edges."""

from collections.abc import Sequence
from math import cos, radians, sin
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Box(NamedTuple):
    """An axis-aligned box in pixels; `x1 <= x2` and `y1 <= y2` once checked. Covers x2 - x1 pixels, no +1 anywhere."""

    x1: float
    y1: float
    x2: float
    y2: float


def hull(points: Sequence[float]) -> Box:
    """The smallest box around `x, y, x, y …`; at least one point."""
    xs, ys = points[0::2], points[1::2]
    return Box(min(xs), min(ys), max(xs), max(ys))


def rotated_corners(x: float, y: float, width: float, height: float, degrees: float) -> list[float]:
    """The four corners of a rectangle turned clockwise about its top-left corner (x, y); all in pixels.

    Returns 8 numbers: top-left, top-right, bottom-right, bottom-left of the rectangle before it was turned.
    This is Label Studio's convention; it holds in pixels and only there (in percent it would shear the rectangle).
    """
    c, s = cos(radians(degrees)), sin(radians(degrees))
    across = (width * c, width * s)
    down = (-height * s, height * c)
    return [
        x,
        y,
        x + across[0],
        y + across[1],
        x + across[0] + down[0],
        y + across[1] + down[1],
        x + down[0],
        y + down[1],
    ]


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes; 0 where both are empty."""
    across = min(a.x2, b.x2) - max(a.x1, b.x1)
    down = min(a.y2, b.y2) - max(a.y1, b.y1)
    shared = max(across, 0.0) * max(down, 0.0)
    union = (a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - shared
    return shared / union if union > 0 else 0.0


_UPRIGHT = {  # EXIF orientation: stored (x, y) in a stored picture of w × h → upright (x, y)
    1: lambda x, y, w, h: (x, y),
    2: lambda x, y, w, h: (w - x, y),
    3: lambda x, y, w, h: (w - x, h - y),
    4: lambda x, y, w, h: (x, h - y),
    5: lambda x, y, w, h: (y, x),
    6: lambda x, y, w, h: (h - y, x),
    7: lambda x, y, w, h: (h - y, w - x),
    8: lambda x, y, w, h: (y, w - x),
}


def turn_points(points: Floats, orientation: int, width: float, height: float) -> Floats:
    """Points of a stored picture in the frame of its upright view.

    `points` is (n, 2) in stored pixels, `width` and `height` are the stored ones, `orientation` is EXIF's 1..8
    (TIFF 6.0, tag 274).
    """
    x, y = _UPRIGHT[orientation](points[:, 0], points[:, 1], width, height)
    return np.stack([x, y], axis=1)


def turn_boxes(boxes: Floats, orientation: int, width: float, height: float) -> Floats:
    """Boxes (n, 4) of a stored picture in the frame of its upright view; corners stay left-top, right-bottom."""
    first = turn_points(boxes[:, :2], orientation, width, height)
    second = turn_points(boxes[:, 2:], orientation, width, height)
    return np.concatenate([np.minimum(first, second), np.maximum(first, second)], axis=1)


def upright_size(orientation: int, width: int, height: int) -> tuple[int, int]:
    """Width and height of the upright view of a stored picture."""
    return (height, width) if orientation >= 5 else (width, height)
