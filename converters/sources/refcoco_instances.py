"""The COCO instances that refs point into: only the images and annotations that are asked for are held."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from ...schemas.accounting import Accounting
from ...schemas.box import Box
from ...schemas.errors import InputError
from ..json_stream import stream


class _Image(msgspec.Struct, gc=False):
    id: int
    file_name: str
    width: int = 0
    height: int = 0


class _Annotation(msgspec.Struct, gc=False):
    id: int
    image_id: int
    bbox: tuple[float, float, float, float]
    category_id: int | None = None
    iscrowd: int | bool = 0


class _Category(msgspec.Struct, gc=False):
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of the instances; sides in pixels, 0 where they are not said."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Instance:
    """An annotation: its pointer, the image it is in, its label ("" where it has no category) and its box in pixels."""

    at: str
    image: int
    label: str
    box: Box
    crowd: bool


@dataclass(slots=True)
class Instances:
    """What refs ask for, by id."""

    pictures: dict[int, Picture] = field(default_factory=dict[int, Picture])
    annotations: dict[int, Instance] = field(default_factory=dict[int, Instance])


def read_instances(path: Path, images: Collection[int], ids: Collection[int], accounting: Accounting) -> Instances:
    """The images and annotations with these ids. What cannot be read there is as if it were not: its refs say so.

    Raises `InputError` where the file cannot be read, or holds no annotations.
    """
    found, labels = Instances(), dict[int, str]()
    waiting: list[tuple[str, _Annotation]] = []
    seen: set[str] = set()
    types: dict[str, Any] = {"images": _Image, "annotations": _Annotation, "categories": _Category}
    for chunk in stream(path, types, accounting):
        seen.add(chunk.key)
        for index, value in chunk.items:
            if chunk.key == "categories":
                labels[value.id] = value.name
            elif chunk.key == "images" and value.id in images:
                found.pictures.setdefault(value.id, _picture(value))
            elif chunk.key == "annotations" and value.id in ids:
                waiting.append((f"/annotations/{index}", value))
    if not seen >= {"images", "annotations"}:
        remedy = "Name the instances that the refs belong to, such as instances.json beside them."
        raise InputError(str(path), "has no 'images' and 'annotations'", remedy)
    for at, value in waiting:
        label = labels.get(value.category_id, "") if value.category_id is not None else ""
        x, y, width, height = value.bbox
        box = Box(x, y, x + width, y + height)
        found.annotations.setdefault(value.id, Instance(at, value.image_id, label, box, bool(value.iscrowd)))
    return found


def _picture(value: _Image) -> Picture:
    sides = [side if 0 < side < 2**31 else 0 for side in (value.width, value.height)]
    return Picture(value.file_name, *sides)
