"""Geometry: a region's place in percent to pixels of the picture as it was shown.

Percent are of the picture's width and height each. A rotation is in degrees, clockwise, about the rectangle's
top-left corner (an ellipse: its centre), and is applied in pixels: in percent it would shear. That is how the
labelling page draws (checked against screenshots of it); Label Studio's own COCO and VOC exports are wrong there.
`image_rotation` turns only the view: coordinates stay in the frame of the unturned picture.
"""

from dataclasses import dataclass
from math import cos, hypot, inf, isfinite, nan, radians, sin
from typing import Any

from ...schemas.box import Box, hull, rotated_corners
from .. import rle
from .label_studio_brush import BrushError, mask_of
from .label_studio_regions import Region, Shape


class PlaceError(Exception):
    """A place that cannot be read: the rule, the offending value, what is wrong in words."""

    def __init__(self, code: str, value: object, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.value = value
        self.message = message


@dataclass(slots=True)
class Place:
    """Where something is, in pixels: the hull, and corners, rings, a point or a mask where it is no upright rectangle.

    A lone key point has a hull without area.
    """

    box: Box
    quad: list[float] | None = None
    polygons: list[list[float]] | None = None
    keypoints: list[float] | None = None
    mask: str | None = None
    said: dict[str, Any] | None = None


def place(shape: Shape | None, value: dict[str, Any], size: tuple[int, int]) -> Place:
    """The place that a value gives in a picture of `size` pixels. Non-finite numbers pass through, as a box of NaN.

    Raises `PlaceError`: AN023 for a missing number, AN004 for a wrong one.
    """
    match shape:
        case "polygon":
            return _polygon(value, size)
        case "ellipse":
            return _ellipse(value, size)
        case "brush":
            return _brush(value, size)
        case "keypoint":
            x, y = (number(value, axis) * side / 100 for axis, side in zip("xy", size, strict=True))
            return Place(Box(x, y, x, y), keypoints=[x, y, 2.0])
        case _:
            return _rectangle(value, size)


def keypoints(points: list[Region], size: tuple[int, int]) -> list[float] | None:
    """x, y, visibility of each point in pixels; every point drawn is seen (2)."""
    width, height = size
    flat = [
        axis
        for point in points
        for axis in (_float(point.first.value["x"]) * width / 100, _float(point.first.value["y"]) * height / 100, 2.0)
    ]
    return flat or None


def _float(given: int | float) -> float:
    try:
        return float(given)
    except OverflowError:  # an integer of more than 308 digits
        return inf


def number(value: dict[str, Any], key: str, default: float | None = None) -> float:
    """A number of a value object; `default` where it is absent or null. `PlaceError` without one, or for no number."""
    given = value.get(key)
    if given is None:
        if default is None:
            raise PlaceError("AN023", key, f"the region has no {key!r}")
        return default
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise PlaceError("AN004", given, f"{key!r} is no number")
    return _float(given)


def _rectangle(value: dict[str, Any], size: tuple[int, int]) -> Place:
    x, width = (number(value, key) * size[0] / 100 for key in ("x", "width"))
    y, height = (number(value, key) * size[1] / 100 for key in ("y", "height"))
    degrees = number(value, "rotation", 0.0)
    if degrees % 360 == 0:
        return Place(Box(x, y, x + width, y + height))
    if not all(map(isfinite, (x, y, width, height, degrees))):
        return Place(Box(nan, nan, nan, nan))
    corners = rotated_corners(x, y, width, height, degrees)
    return Place(hull(corners), quad=corners)


def _polygon(value: dict[str, Any], size: tuple[int, int]) -> Place:
    points = value.get("points")
    if not points:
        raise PlaceError("AN023", "points", "the polygon has no points")
    if not isinstance(points, list) or not all(isinstance(point, list) and len(point) == 2 for point in points):
        raise PlaceError("AN004", "points", "'points' is no list of [x, y]")
    ring = [
        number({"points": given}, "points") * side / 100
        for point in points
        for given, side in zip(point, size, strict=True)
    ]
    if not all(map(isfinite, ring)):
        return Place(Box(nan, nan, nan, nan))
    return Place(hull(ring), polygons=[ring])


def _ellipse(value: dict[str, Any], size: tuple[int, int]) -> Place:
    """Half width of the hull: √((a·cos)² + (b·sin)²), half height: √((a·sin)² + (b·cos)²)."""
    x, a = (number(value, key) * size[0] / 100 for key in ("x", "radiusX"))
    y, b = (number(value, key) * size[1] / 100 for key in ("y", "radiusY"))
    degrees = number(value, "rotation", 0.0)
    if not all(map(isfinite, (x, y, a, b, degrees))):
        return Place(Box(nan, nan, nan, nan))
    c, s = cos(radians(degrees)), sin(radians(degrees))
    across, down = hypot(a * c, b * s), hypot(a * s, b * c)
    said = {"shape": "ellipse", "ellipse": [x, y, a, b, degrees]}
    return Place(Box(x - across, y - down, x + across, y + down), said=said)


def _brush(value: dict[str, Any], size: tuple[int, int]) -> Place:
    """The mask is of the picture as it was shown, which is the frame of all places here."""
    packed = value.get("rle")
    if packed is None:
        raise PlaceError("AN023", value.get("format"), "the brush stroke has no run-length-encoded mask")
    try:
        mask = mask_of(bytes(packed) if isinstance(packed, list) else b"", *size)
    except (BrushError, TypeError, ValueError) as fault:
        raise PlaceError("AN004", "rle", f"the mask cannot be read: {fault}") from None
    runs = rle.counts_of_mask(mask)
    box = rle.box(runs, size[1])
    if box is None:
        raise PlaceError("AN023", "rle", "the mask has no painted pixel")
    return Place(box, mask=rle.text_of(runs), said={"shape": "brush"})
