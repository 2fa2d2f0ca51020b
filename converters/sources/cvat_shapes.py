"""One shape of a CVAT file as an object: box, polygon, polyline, points, ellipse, cuboid, skeleton, mask.

Numbers are pixels, two decimals. `rotation` is in degrees, clockwise, about the centre of the box or ellipse: so CVAT's
own exporters turn it (cvat/apps/dataset_manager/formats/transformations.py, y down). A mask is run lengths of its
`left, top, width, height` window row by row, the first run empty (docs.cvat.ai, "XML annotation format"). Eight corners
make a cuboid: its hull is the box. What else a shape says goes into the attributes, the task's own attributes under
the key `attributes`; what is the same for nearly all (occluded 0, z_order 0, source manual) is left out.
"""

import re
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any, Final
from xml.etree.ElementTree import Element  # the type alone: what parses is defusedxml's

from ...schemas.box import Box
from ..records import Object
from .drawn import Drawn, ellipse, key_points, number_in, polygon, polyline, safe_hull, turned_box
from .object_error import ObjectError

_CUBOID: Final = tuple(f"{axis}{corner}{face}" for face in "12" for corner in ("tl", "bl", "tr", "br") for axis in "xy")
_BOX: Final = ("xtl", "ytl", "xbr", "ybr")
_MASK: Final = ("left", "top", "width", "height")
GEOMETRY: Final = frozenset({*_BOX, *_CUBOID, "cx", "cy", "rx", "ry", "points", "rotation"})
"""The XML attributes that say where a shape is, and move between key frames."""

_NOT_SAID: Final = GEOMETRY | {"label", "frame", "outside", "keyframe", "rle", *_MASK}
_USUAL: Final = {"occluded": "0", "z_order": "0", "source": "manual", "group_id": "0"}
_LARGEST_MASK: Final = 1 << 32


def read_shape(element: Element, at: str, label: str | None) -> Object:
    """The object that a shape element at path `at` draws; `label` is its own or its track's.

    Raises `ObjectError`: AN012 without a label, AN023 and AN004 for numbers that are missing or none, AN022 for what
    has no place in the table: a tag, which is about the whole picture, lines without area, and skeletons outside it.
    """
    draw = _SHAPES.get(element.tag)
    if element.tag == "tag":
        raise ObjectError(
            "AN022", at, label, "a tag is about the whole picture; --class-question asks for those of pictures"
        )
    if draw is None:
        raise ObjectError("AN022", at, element.tag, f"a <{element.tag[:40]}> has no place in the table")
    if not (label or "").strip():
        raise ObjectError("AN012", at, label, "the shape has no label" if label is None else "the label is empty")
    drawn = draw(element, at)
    attributes = {**_attributes(element), **(drawn.said or {})}
    return Object(
        at=at,
        label=(label or "").strip(),
        box=drawn.box,
        quad=drawn.quad,
        polygons=drawn.polygons,
        keypoints=drawn.keypoints,
        keypoint_names=drawn.names,
        attributes=attributes or None,
    )


def _attributes(element: Element) -> dict[str, Any]:
    said: dict[str, Any] = {
        name: int(value) if re.fullmatch(r"-?[0-9]{1,15}", value) else value
        for name, value in element.attrib.items()
        if name not in _NOT_SAID and value != _USUAL.get(name)
    }
    named = {each.get("name", ""): each.text or "" for each in element.findall("attribute")}
    return {**said, "attributes": named} if named else said


def _number(element: Element, name: str, at: str) -> float:
    return number_in(element.get(name), name, at)


def _rotation(element: Element, at: str) -> float:
    return number_in(element.get("rotation", "0"), "rotation", at)


def _box(element: Element, at: str) -> Drawn:
    corners = Box(*(_number(element, name, at) for name in _BOX))
    return turned_box(corners, _rotation(element, at))


def _ellipse(element: Element, at: str) -> Drawn:
    x, y, a, b = (_number(element, name, at) for name in ("cx", "cy", "rx", "ry"))
    return ellipse(x, y, a, b, _rotation(element, at), at)


def _cuboid(element: Element, at: str) -> Drawn:
    corners = [_number(element, name, at) for name in _CUBOID]
    return Drawn(safe_hull(corners), said={"shape": "cuboid", "points": corners})


def points_in(element: Element, at: str) -> list[float]:
    """`x,y;x,y` as numbers; `ObjectError` where a pair is not one."""
    text = (element.get("points") or "").strip().rstrip(";")
    if not text:
        raise ObjectError("AN023", at, element.get("points"), "points is missing or empty")
    pairs = [pair.split(",") for pair in text.split(";")]
    if wrong := next((pair for pair in pairs if len(pair) != 2), None):
        raise ObjectError("AN004", at, ",".join(wrong)[:200], "a point is not x,y")
    return [number_in(value, "a coordinate of points", at) for pair in pairs for value in pair]


def _skeleton(element: Element, at: str) -> Drawn:
    """Each inner point is one key point; those outside the picture are not there, occluded ones are hidden."""
    joints = element.findall("points")
    flat: list[float] = []
    seen: list[float] = []
    for number, joint in enumerate(joints, start=1):
        there = joint.get("outside") != "1"
        place = points_in(joint, f"{at}/points[{number}]") if there else [0.0, 0.0]
        if len(place) != 2:
            raise ObjectError("AN004", f"{at}/points[{number}]", joint.get("points"), "a joint is not one point")
        flat += place
        seen.append((1.0 if joint.get("occluded") == "1" else 2.0) if there else 0.0)
    if not joints:
        raise ObjectError("AN023", at, None, "the skeleton has no points")
    drawn = key_points(flat, at, seen)
    more = {
        joint.get("label", ""): said["attributes"] for joint in joints if "attributes" in (said := _attributes(joint))
    }
    drawn.names = [joint.get("label", "") for joint in joints]
    drawn.said = {"keypoint_attributes": more} if more else None
    return drawn


def _mask(element: Element, at: str) -> Drawn:
    left, top, width, height = (_whole(element, name, at) for name in _MASK)
    text = (element.get("rle") or "").strip()
    if not re.fullmatch(r"[0-9]{1,10}(\s*,\s*[0-9]{1,10})*", text):
        raise ObjectError("AN004" if text else "AN023", at, text[:200], "rle is no list of run lengths")
    runs = [int(run) for run in text.split(",")]
    if sum(runs) != width * height:
        raise ObjectError("AN004", at, text[:200], f"the runs hold {sum(runs)} pixels, the window {width} x {height}")
    box = _painted(runs, width)
    if box is None:
        raise ObjectError("AN023", at, text[:200], "the mask has no painted pixel")
    said = {"shape": "mask", "mask": {"rle": runs, "left": left, "top": top, "width": width, "height": height}}
    return Drawn(Box(left + box.x1, top + box.y1, left + box.x2, top + box.y2), said=said)


def _whole(element: Element, name: str, at: str) -> int:
    value = _number(element, name, at)
    if not (value.is_integer() and abs(value) < _LARGEST_MASK):
        raise ObjectError("AN004", at, element.get(name), f"{name} is no whole number of pixels")
    return int(value)


def _painted(runs: list[int], width: int) -> Box | None:
    """The box around the painted pixels, in the window; runs go row by row, every second one is painted."""
    rows = list(_rows(runs, width))
    if not rows:
        return None
    return Box(
        float(min(left for left, _, _, _ in rows)),
        float(min(top for _, top, _, _ in rows)),
        float(max(right for _, _, right, _ in rows)),
        float(max(bottom for _, _, _, bottom in rows)),
    )


def _rows(runs: list[int], width: int) -> Iterator[tuple[int, int, int, int]]:
    """The box of each painted run; one that goes on in the next row touches both sides."""
    ends = list(accumulate(runs))
    for end, run in zip(ends[1::2], runs[1::2], strict=False):
        if run:
            (top, left), (bottom, right) = divmod(end - run, width), divmod(end - 1, width)
            yield (left, top, right + 1, bottom + 1) if top == bottom else (0, top, width, bottom + 1)


_SHAPES: Final[dict[str, Callable[[Element, str], Drawn]]] = {
    "box": _box,
    "polygon": lambda element, at: polygon(points_in(element, at), at),
    "polyline": lambda element, at: polyline(points_in(element, at), at),
    "points": lambda element, at: key_points(points_in(element, at), at),
    "ellipse": _ellipse,
    "cuboid": _cuboid,
    "skeleton": _skeleton,
    "mask": _mask,
}
