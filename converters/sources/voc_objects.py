"""One `<object>` of a VOC file as an object of the annotation table: its label, box, corners, rings and the rest.

Numbers are pixels and are taken as they stand. What is no label and no geometry goes into the attributes, whatever the
tool that wrote it: pose, truncated, occluded, the parts of a person with their own boxes, actions, CVAT's attributes,
a second bndbox. Empty elements and pose "Unspecified" say nothing and are left out. XML attributes are not read.
"""

import re
from collections.abc import Callable
from math import degrees, isfinite, nan
from typing import Final
from xml.etree.ElementTree import Element  # the type alone: what parses is defusedxml's

from ...schemas.box import Box, hull, rotated_corners
from ..records import Object
from .object_error import ObjectError

Json = str | int | float | dict[str, "Json"] | list["Json"] | None

Remark = Callable[[str, str, object, str], None]
"""Takes a rule's code, the place, the value and what is worth knowing about it."""

_CORNERS: Final = ("xmin", "ymin", "xmax", "ymax")
_ROTATED: Final = ("cx", "cy", "w", "h", "angle")
_KNOWN: Final = frozenset({"name", "difficult", "deleted", "bndbox", "robndbox"})
_YES: Final = frozenset({"1", "1.0", "true", "yes"})
_NO: Final = frozenset({"", "0", "0.0", "false", "no", "unspecified"})
_JSON_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?")
_DEEPEST: Final = 6
"""Levels of elements kept as structure in the attributes; what is deeper is kept as its text."""


def read_object(element: Element, at: str, *, one_based: bool, remark: Remark) -> Object:
    """The object at element path `at`; `ObjectError` when it has no label or no box that can be read.

    The box is the hull of `<robndbox>` where there is one, else `<bndbox>`, else the hull of the polygons. With
    `one_based` a bndbox covers (xmin - 1, ymin - 1, xmax, ymax), as the VOC development kit counts pixels.
    Untidy labels are told to `remark`.
    """
    known, drawn, attributes = _children(element)
    for tag in ("name", "bndbox", "robndbox"):
        if tag in attributes:
            remark("AN022", at, attributes[tag], f"the object has a second <{tag}>; the first was read")
    if _truth(known.get("deleted")):
        raise ObjectError("AN017", f"{at}/deleted", 1, "marked as deleted in the labelling tool")
    label = _label(known.get("name"), at, remark)
    quad = _quad(known.pop("robndbox", None), at)
    polygons = _polygons(drawn, at, attributes)
    box = _box(known.get("bndbox"), at, one_based, quad, polygons)
    difficult = _truth(known.get("difficult"))
    for tag, used in (("bndbox", quad is None), ("difficult", difficult is not None)):
        if not used and tag in known and (said := _described(known[tag], 1)) is not None:
            _add(attributes, tag, said)
    return Object(
        at=at,
        label=label,
        box=box,
        quad=quad,
        polygons=polygons or None,
        attributes=attributes or None,
        difficult=bool(difficult),
    )


def _children(element: Element) -> tuple[dict[str, Element], list[Element], dict[str, Json]]:
    """The children that are read by name (the first of each), the polygons, and the rest as attributes."""
    known: dict[str, Element] = {}
    drawn: list[Element] = []
    attributes: dict[str, Json] = {}
    for child in element:
        if (tag := child.tag) in _KNOWN and tag not in known:
            known[tag] = child
        elif tag == "polygon":
            drawn.append(child)
        elif (said := _described(child, 1)) not in (None, "Unspecified"):
            _add(attributes, tag, said)
    return known, drawn, attributes


def _label(name: Element | None, at: str, remark: Remark) -> str:
    text = None if name is None else name.text
    label = (text or "").strip()
    if not label:
        raise ObjectError(
            "AN012", f"{at}/name", text, "the object has no name" if name is None else "the name is empty"
        )
    if label != text:
        remark("AN012", f"{at}/name", text, f"white space around the name {label!r} was taken off")
    return label


def _truth(element: Element | None) -> bool | None:
    """True, False, or None where the text is neither."""
    if element is None:
        return False
    word = (element.text or "").strip().lower()
    return True if word in _YES else False if word in _NO else None


def _number(parent: Element, tag: str, at: str) -> float:
    text = parent.findtext(tag, "")
    try:
        if "_" not in text:  # Python reads 1_000, nobody else does
            return float(text)
    except ValueError:
        pass
    if not (text := text.strip()):
        raise ObjectError("AN023", f"{at}/{tag}", None, f"<{tag}> is missing or empty")
    raise ObjectError("AN004", f"{at}/{tag}", text, f"<{tag}> is {text[:40]!r}, not a number")


def _box(
    bndbox: Element | None, at: str, one_based: bool, quad: list[float] | None, polygons: list[list[float]]
) -> Box:
    if quad:
        return _hull(quad)
    if bndbox is None:
        if not polygons:
            raise ObjectError("AN023", at, None, "the object has no <bndbox>")
        return _hull([value for ring in polygons for value in ring])
    place = f"{at}/bndbox"
    x1, y1, x2, y2 = [_number(bndbox, tag, place) for tag in _CORNERS]
    return Box(x1 - 1, y1 - 1, x2, y2) if one_based else Box(x1, y1, x2, y2)


def _hull(points: list[float]) -> Box:
    """The hull, or NaN throughout where a point is not finite: min and max would lose a NaN by its position."""
    return hull(points) if all(map(isfinite, points)) else Box(nan, nan, nan, nan)


def _quad(rotated: Element | None, at: str) -> list[float] | None:
    """Four corners in pixels, from roLabelImg: centre, width, height, and an angle in radians, clockwise on screen."""
    if rotated is None:
        return None
    cx, cy, width, height, angle = (_number(rotated, tag, f"{at}/robndbox") for tag in _ROTATED)
    if not isfinite(angle):
        return [nan] * 8
    corners = rotated_corners(0.0, 0.0, width, height, degrees(angle))
    across, down = cx - (corners[0] + corners[4]) / 2, cy - (corners[1] + corners[5]) / 2
    return [value + (down if i % 2 else across) for i, value in enumerate(corners)]


def _polygons(drawn: list[Element], at: str, attributes: dict[str, Json]) -> list[list[float]]:
    """Every ring of three points and more, in pixels; what else is called a polygon goes into the attributes."""
    rings: list[list[float]] = []
    for i, polygon in enumerate(drawn, start=1):
        if len(ring := _ring(polygon, f"{at}/polygon[{i}]")) >= 6:
            rings.append(ring)
        elif (said := _described(polygon, 1)) is not None:
            _add(attributes, "polygon", said)
    return rings


def _ring(polygon: Element, at: str) -> list[float]:
    """A ring as LabelMe writes it (`<pt><x/><y/></pt>` …) or Roboflow (`<x1/><y1/><x2/><y2/>` …); else nothing."""
    for tag in ("pt", "point"):
        if points := polygon.findall(tag):
            places = [(point, f"{at}/{tag}[{i}]") for i, point in enumerate(points, start=1)]
            return [_number(point, axis, place) for point, place in places for axis in "xy"]
    count = sum(1 for child in polygon if re.fullmatch("x[0-9]+", child.tag))
    return [_number(polygon, f"{axis}{i}", at) for i in range(1, count + 1) for axis in "xy"]


def _described(element: Element, depth: int) -> Json:
    """An element as JSON: text, a number where the text is one as JSON writes it, an object, None for nothing."""
    if not len(element):
        text = (element.text or "").strip()
        return _scalar(text) if text else None
    if depth >= _DEEPEST:
        return "".join(element.itertext()).strip() or None
    if element.tag == "attributes":
        return _named_values(element)
    members: dict[str, Json] = {}
    for child in element:
        if (said := _described(child, depth + 1)) is not None:
            _add(members, child.tag, said)
    return members or None


def _named_values(element: Element) -> dict[str, Json] | None:
    """CVAT's `<attribute><name/><value/></attribute>` list as name: value."""
    named: dict[str, Json] = {}
    for child in element:
        name = (child.findtext("name") or child.tag).strip()
        value = child.find("value")
        if (said := _described(child if value is None else value, _DEEPEST)) is not None:
            _add(named, name, said)
    return named or None


def _scalar(text: str) -> Json:
    if not _JSON_NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def _add(members: dict[str, Json], tag: str, said: Json) -> None:
    """Repeated elements become a list; parts always are one."""
    if tag not in members:
        members[tag] = [said] if tag == "part" else said
    elif isinstance(before := members[tag], list):
        before.append(said)
    else:
        members[tag] = [before, said]
