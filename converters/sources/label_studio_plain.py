"""Plain tasks: the usual case of an export, read the short way.

A plain task shows one picture and has one submitted annotation of rectangles, each with one label, all with an id of
its own and one declared size, and nothing besides. What it gives is what the long way gives, which every other task
takes; a test holds the two together. Nine tasks of ten are plain in a project of boxes, and cost a third.
"""

from typing import Any

from ...schemas.box import Box
from ..records import Object
from .label_studio_geometry import place
from .label_studio_shapes import LARGEST_SIDE

_VALUE = {"x", "y", "width", "height", "rectanglelabels"}
_TURNED = _VALUE | {"rotation"}
_NUMBERS = {int, float}
_MORE = ("meta", "score", "image_rotation", "item_index")


def plain_result(element: dict[str, Any]) -> list[Any] | None:
    """The result of the only annotation of a task without drafts and predictions; None for any other task."""
    annotations = element.get("annotations")
    if any(element.get(key) not in (None, []) for key in ("drafts", "predictions")) or "completions" in element:
        return None
    if not isinstance(annotations, list) or len(annotations) != 1 or not isinstance(annotations[0], dict):
        return None
    result = annotations[0].get("result")
    if annotations[0].get("was_cancelled") or not isinstance(result, list) or not result:
        return None
    return result if all(isinstance(each, dict) for each in result) else None


def plain_target(result: list[dict[str, Any]]) -> tuple[str, tuple[int, int]] | None:
    """The tag that all entries of a result stand over and the size that they declare; None where they differ."""
    first = result[0]
    target, width, height = first.get("to_name"), first.get("original_width"), first.get("original_height")
    if type(width) is not int or type(height) is not int or not isinstance(target, str) or not target:
        return None
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        return None
    return target, (width, height)


def plain_objects(at: str, result: list[dict[str, Any]], target: str, size: tuple[int, int]) -> list[Object] | None:
    """The objects of a result of plain rectangles, `at` being its pointer; None where anything else is in it."""
    objects: list[Object] = []
    ids: set[str] = set()
    width, height = size
    for index, entry in enumerate(result):
        value, own = entry.get("value"), entry.get("id")
        if (
            entry.get("type") != "rectanglelabels"
            or not isinstance(value, dict)
            or own.__class__ is not str
            or not own
            or entry.get("to_name") != target
            or entry.get("original_width") != width
            or entry.get("original_height") != height
            or any(map(entry.get, _MORE))
            or entry.get("item_index") is not None
        ):
            return None
        made = _object(f"{at}/{index}", value, width, height)
        if made is None:
            return None
        ids.add(own)
        objects.append(made)
    return objects if len(ids) == len(objects) else None


def _object(at: str, value: dict[str, Any], width: int, height: int) -> Object | None:
    keys = value.keys()
    labels: Any = value.get("rectanglelabels")
    turned = value.get("rotation", 0)
    if keys not in (_TURNED, _VALUE) or labels.__class__ is not list or len(labels) != 1:
        return None
    label, x, y, across, down = labels[0], value["x"], value["y"], value["width"], value["height"]
    if not {x.__class__, y.__class__, across.__class__, down.__class__, turned.__class__} <= _NUMBERS:
        return None
    if label.__class__ is not str or not label.strip():
        return None
    if turned:
        where = place("rectangle", value, (width, height))
        return Object(at, label, where.box, quad=where.quad)
    try:
        x1, y1 = x * width / 100, y * height / 100
        box = Box(x1, y1, x1 + across * width / 100, y1 + down * height / 100)
    except OverflowError:  # an integer of more than 308 digits
        return None
    return Object(at, label, box)
