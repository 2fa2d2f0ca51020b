"""An area that cannot be that of its object.

What
    The `area` of a COCO annotation is negative, or larger than the box that it is in, by more than a hundredth and a
    pixel. Looked at under --deep, since every annotation must be taken apart for it.

Why it hurts training
    No training text holds it. COCO's evaluation sorts objects into small, medium and large by it, and so the figures
    of the trained model are those of other objects.

Example
    `"bbox": [10, 10, 20, 20], "area": 4000`.

Instead
    The number of pixels of the mask; where there is no mask, width times height.

Fix safety
    Safe where there is no mask: the area becomes that of the box. Where there is one nothing is offered.

Sources
    cocodataset/cocoapi #600 (areas and the three sizes).
"""

from collections.abc import Iterator
from typing import Any

from ....schemas.finding import Edit, Fix
from ..hits import Located
from ..raw import Raw

DEEP = True


def check_raw(raw: Raw) -> Iterator[Located]:
    """Annotations of a COCO file with a box and an area that does not fit it."""
    if raw.source != "coco" or raw.key != "annotations":
        return
    for place, value in enumerate(raw.values):
        most = _box_area(value)
        area: Any = value.get("area") if most is not None else None
        if most is None or not _number(area) or 0 <= area <= most * 1.01 + 1:
            continue
        at = f"{raw.at(place)}/area"
        fix = None if value.get("segmentation") else Fix("safe", "Take the box's area", (_edit(raw.file, at, most),))
        yield Located(raw.file, at, area, f"the area is {area:g}, that of its box {most:g}", fix)


def _box_area(value: Any) -> float | None:
    box = value.get("bbox") if isinstance(value, dict) else None
    if not isinstance(box, list) or len(box) != 4 or not all(map(_number, box)) or min(box[2:]) <= 0:
        return None
    return float(box[2] * box[3])


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


def _edit(file: str, at: str, area: float) -> Edit:
    return Edit(file, at, "replace", int(area) if area == int(area) else round(area, 2))
