"""One region of VIA as an object: rect, circle, ellipse, polygon, polyline, point; and which attribute is the label.

`shape_attributes` has the numbers in pixels: x, y, width, height; cx, cy, r; cx, cy, rx, ry and theta in radians,
clockwise; all_points_x, all_points_y. `region_attributes` are whatever the project defined: text, a choice, or
{choice: true} of a list of check boxes.
"""

from collections.abc import Callable, Iterable
from math import degrees
from typing import Any, Final

from ...schemas.box import Box
from ...schemas.errors import ConfigError
from ..records import Object
from .drawn import Drawn, ellipse, key_points, number_of, polygon, polyline
from .object_error import ObjectError

LABEL_NAMES: Final = ("label", "class", "name", "type", "category", "object", "class_name", "label_name")
"""Attributes that are the label where there are several, the likelier first, in any case of letters."""


def label_attribute(seen: Iterable[str], place: str) -> str:
    """The attribute that names the objects: the only one, else the one that is called so; "" where there is none.

    Raises `ConfigError` that lists them where it could be any.
    """
    names = sorted(set(seen))
    if len(names) <= 1:
        return names[0] if names else ""
    by_name = {name.casefold(): name for name in reversed(names)}
    for name in LABEL_NAMES:
        if name in by_name:
            return by_name[name]
    listed = ", ".join(names[:12])
    raise ConfigError(place, f"no telling which of these is the label: {listed}", f"Say --label-attribute {names[0]}.")


def attributes_of(region: object) -> dict[str, Any]:
    """`region_attributes`, {} where they are none."""
    found = region.get("region_attributes") if isinstance(region, dict) else None
    return found if isinstance(found, dict) else {}


def read_region(region: object, at: str, attribute: str, default: str) -> Object:
    """The object that a region at `at` draws, its label the value of `attribute`, else `default`.

    Raises `ObjectError`: AN012 without a label, AN023 and AN004 for numbers that are missing or none, AN022 for a
    shape that has no box.
    """
    if not isinstance(region, dict):
        raise ObjectError("AN004", at, str(region)[:200], "the region is no object")
    attributes = attributes_of(region)
    label = _label(attributes.get(attribute), f"{at}/region_attributes", attribute) or default
    if not label:
        fact = f"the region has no {attribute!r}" if attribute else "the region has no attribute to take a label from"
        raise ObjectError("AN012", f"{at}/region_attributes", attributes, fact)
    drawn = _drawn(region.get("shape_attributes"), f"{at}/shape_attributes")
    said = {name: value for name, value in attributes.items() if name != attribute and value not in ("", None, {})}
    return Object(
        at=at,
        label=label,
        box=drawn.box,
        polygons=drawn.polygons,
        keypoints=drawn.keypoints,
        attributes={**said, **(drawn.said or {})} or None,
    )


def _label(value: object, at: str, attribute: str) -> str:
    if isinstance(value, dict):  # check boxes: {"cat": true, "dog": false}
        value = ", ".join(str(name) for name, ticked in value.items() if ticked)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = f"{value:g}" if isinstance(value, float) else str(value)
    if value is not None and not isinstance(value, str):
        raise ObjectError("AN004", f"{at}/{attribute}", str(value)[:200], "the label is no text")
    return (value or "").strip()


def _drawn(shape: object, at: str) -> Drawn:
    if not isinstance(shape, dict) or not shape:
        raise ObjectError("AN023", at, str(shape)[:200], "the region has no shape_attributes")
    name = shape.get("name")
    draw = _SHAPES.get(name) if isinstance(name, str) else None
    if draw is None:
        raise ObjectError("AN022", at, str(name)[:200], f"{str(name)[:40]!r} is no shape with a box")
    return draw(shape, at)


def _numbers(shape: dict[str, Any], at: str, *names: str) -> list[float]:
    return [number_of(shape.get(name), name, f"{at}/{name}") for name in names]


def _rect(shape: dict[str, Any], at: str) -> Drawn:
    x, y, width, height = _numbers(shape, at, "x", "y", "width", "height")
    return Drawn(Box(x, y, x + width, y + height))


def _circle(shape: dict[str, Any], at: str) -> Drawn:
    x, y, radius = _numbers(shape, at, "cx", "cy", "r")
    return ellipse(x, y, radius, radius, 0.0, at, shape="circle")


def _ellipse(shape: dict[str, Any], at: str) -> Drawn:
    theta = number_of(shape.get("theta", 0.0), "theta", f"{at}/theta")
    x, y, a, b = _numbers(shape, at, "cx", "cy", "rx", "ry")
    return ellipse(x, y, a, b, degrees(theta), at)


def _points(shape: dict[str, Any], at: str) -> list[float]:
    columns = [shape.get(f"all_points_{axis}") for axis in "xy"]
    if not all(isinstance(column, list) and column for column in columns):
        raise ObjectError("AN023", at, None, "all_points_x or all_points_y is missing or empty")
    xs, ys = (column or [] for column in columns)
    if len(xs) != len(ys):
        raise ObjectError("AN004", at, [len(xs), len(ys)], f"{len(xs)} x and {len(ys)} y are no points")
    return [
        number_of(value, "a coordinate", f"{at}/all_points_{axis}/{i}")
        for i, point in enumerate(zip(xs, ys, strict=True))
        for axis, value in zip("xy", point, strict=True)
    ]


_SHAPES: Final[dict[str, Callable[[dict[str, Any], str], Drawn]]] = {
    "rect": _rect,
    "circle": _circle,
    "ellipse": _ellipse,
    "polygon": lambda shape, at: polygon(_points(shape, at), at),
    "polyline": lambda shape, at: polyline(_points(shape, at), at),
    "point": lambda shape, at: key_points(_numbers(shape, at, "cx", "cy"), at),
}
