"""One shape of a LabelMe file as an object: rectangle, polygon, circle, line, linestrip, point, points, mask, rotation.

`points` are [x, y] in pixels. A rectangle has two opposite corners in any order (X-AnyLabeling writes all four); a
circle its centre and a point of the rim; a line two points; a linestrip any number; a mask the left top and the right
bottom *pixel* of its window, both inside (labelme/utils/shape.py), so that one more is added to the box. `rotation`
(X-AnyLabeling) and `oriented_rectangle` have four corners in drawing order.
"""

from collections.abc import Callable
from math import hypot
from typing import Any, Final

from ...schemas.box import Box
from ..records import Object
from .drawn import Drawn, ellipse, key_points, number_of, polygon, polyline, safe_hull
from .object_error import ObjectError

_READ: Final = frozenset({"label", "points", "shape_type", "mask", "flags"})
_EMPTY: Final[tuple[object, ...]] = (None, "", False, [], {})


def read_shape(shape: object, at: str) -> Object:
    """The object that an entry of `shapes` at JSON pointer `at` draws.

    Raises `ObjectError`: AN004 for wrong types, AN023 for missing points, AN012 without a label, AN022 for a shape
    that has no box.
    """
    if not isinstance(shape, dict):
        raise ObjectError("AN004", at, str(shape)[:200], "an entry of 'shapes' is no object")
    label = shape.get("label")
    if label is not None and not isinstance(label, str):
        raise ObjectError("AN004", f"{at}/label", str(label)[:200], "the label is no text")
    if not (label or "").strip():
        raise ObjectError(
            "AN012", f"{at}/label", label, "the shape has no label" if label is None else "the label is empty"
        )
    drawn = _drawn(shape, at)
    attributes = {**_attributes(shape), **(drawn.said or {})}
    return Object(
        at=at,
        label=(label or "").strip(),
        box=drawn.box,
        quad=drawn.quad,
        polygons=drawn.polygons,
        keypoints=drawn.keypoints,
        attributes=attributes or None,
        difficult=shape.get("difficult") is True,
    )


def _attributes(shape: dict[str, Any]) -> dict[str, Any]:
    """What the shape says besides: group_id, description, flags that are set, and whatever another tool added."""
    said = {key: value for key, value in shape.items() if key not in _READ and value not in _EMPTY}
    said.pop("difficult", None)
    flags = shape.get("flags")
    raised = [name for name, value in flags.items() if value] if isinstance(flags, dict) else []
    return {**said, "flags": raised} if raised else said


def _drawn(shape: dict[str, Any], at: str) -> Drawn:
    kind = shape.get("shape_type")
    kind = "polygon" if kind is None else kind  # files before 4.0 have polygons alone and do not say so
    draw = _KINDS.get(kind) if isinstance(kind, str) else None
    if draw is None:
        raise ObjectError("AN022", f"{at}/shape_type", str(kind)[:200], f"{str(kind)[:40]!r} is no shape with a box")
    return draw(_points(shape.get("points"), f"{at}/points"), f"{at}/points")


def _points(given: object, at: str) -> list[float]:
    if not given:
        raise ObjectError("AN023", at, None, "the shape has no points")
    if not isinstance(given, list):
        raise ObjectError("AN004", at, str(given)[:200], "'points' is no list")
    flat: list[float] = []
    for index, point in enumerate(given):
        if not isinstance(point, list) or len(point) != 2:
            raise ObjectError("AN004", f"{at}/{index}", str(point)[:200], "a point is not [x, y]")
        flat += [
            number_of(value, axis, f"{at}/{index}/{i}") for i, (value, axis) in enumerate(zip(point, "xy", strict=True))
        ]
    return flat


def _wanted(points: list[float], at: str, count: int, what: str) -> None:
    if len(points) != 2 * count:
        raise ObjectError("AN004", at, points, f"a {what} has {count} points, not {len(points) // 2}")


def _rectangle(points: list[float], at: str) -> Drawn:
    if len(points) != 8:
        _wanted(points, at, 2, "rectangle")
    return Drawn(safe_hull(points))


def _rotation(points: list[float], at: str) -> Drawn:
    _wanted(points, at, 4, "turned rectangle")
    return Drawn(safe_hull(points), quad=points)


def _circle(points: list[float], at: str) -> Drawn:
    _wanted(points, at, 2, "circle")
    x, y, rim_x, rim_y = points
    radius = hypot(rim_x - x, rim_y - y)
    return ellipse(x, y, radius, radius, 0.0, at, shape="circle")


def _mask(points: list[float], at: str) -> Drawn:
    _wanted(points, at, 2, "mask's window")
    box = safe_hull(points)
    return Drawn(Box(box.x1, box.y1, box.x2 + 1, box.y2 + 1), said={"shape": "mask"})


_KINDS: Final[dict[str, Callable[[list[float], str], Drawn]]] = {
    "rectangle": _rectangle,
    "polygon": polygon,
    "circle": _circle,
    "line": polyline,
    "linestrip": polyline,
    "point": key_points,
    "points": key_points,
    "mask": _mask,
    "rotation": _rotation,
    "oriented_rectangle": _rotation,
}
