"""COCO's arrays as numpy columns, collected chunk by chunk while the file streams by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Id = int | str


class Image(msgspec.Struct, gc=False):
    """An entry of `images`. Sizes in pixels; 0 where the file does not say."""

    id: Id
    file_name: str
    width: float | None = None
    height: float | None = None


class Category(msgspec.Struct, gc=False):
    """An entry of `categories`."""

    id: Id
    name: str


class Annotation(msgspec.Struct, gc=False):
    """An entry of `annotations` in any of the three files; `bbox` is x, y, width, height in pixels."""

    image_id: Id
    id: Id | None = None
    category_id: Id | None = None
    bbox: tuple[float, float, float, float] | None = None
    iscrowd: bool | int | None = 0
    caption: str | None = None
    keypoints: list[float] | None = None


class Plain(msgspec.Struct, gc=False):
    """An entry of `annotations` as nearly all are: numbers, a box, no caption, no keypoints. Tried first, for speed.

    An entry that has more, or less, does not fit, and its file goes on with `Annotation`.
    """

    image_id: int
    id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    iscrowd: int = 0
    caption: None = None
    keypoints: None = None


_image_id, _id, _category = attrgetter("image_id"), attrgetter("id"), attrgetter("category_id")
_bbox, _crowd = attrgetter("bbox"), attrgetter("iscrowd")

ABSENT = np.int64(-(2**63))
"""The number of an id that is not there."""


class Ids:
    """Numbers for ids: an integer is its own number; a string gets one that no real file uses."""

    def __init__(self) -> None:
        self.strings: dict[str, int] = {}

    def number(self, value: Id | None) -> int:
        """The number of one id."""
        if value is None:
            return int(ABSENT)
        if isinstance(value, str):
            return self.strings.setdefault(value, -(2**62) - len(self.strings))
        return value if abs(value) < 2**62 else self.number(str(value))

    def shown(self, number: int) -> Id | None:
        """The id that has this number, as it stands in the file."""
        if number == ABSENT or number > -(2**62):
            return None if number == ABSENT else number
        return next(text for text, known in self.strings.items() if known == number)

    def column(self, field: Callable[[Any], Any], values: Sequence[Any]) -> NDArray[np.int64]:
        """The numbers of one id field of many entries; fast where all are integers."""
        try:
            return np.fromiter(map(field, values), np.int64, len(values))
        except (TypeError, OverflowError, ValueError):
            return np.fromiter(map(self.number, map(field, values)), np.int64, len(values))


def column_of_boxes(values: Sequence[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(n, 4) x, y, width, height, and (n,) whether there is a box at all (zeros where there is none)."""
    count = len(values)
    there = np.ones(count, np.bool_)
    try:
        flat = np.fromiter(chain.from_iterable(map(_bbox, values)), np.float64, 4 * count)
    except TypeError:
        flat = np.fromiter(chain.from_iterable(v.bbox or (0.0,) * 4 for v in values), np.float64, 4 * count)
        there = np.fromiter((v.bbox is not None for v in values), np.bool_, count)
    return flat.reshape(count, 4), there


@dataclass
class Columns:
    """Columns of annotations as they come; `finish` joins the chunks. 53 bytes an annotation, captions aside."""

    ids: Ids
    index: list[NDArray[np.int64]] = field(default_factory=list[NDArray[np.int64]])
    image: list[NDArray[np.int64]] = field(default_factory=list[NDArray[np.int64]])
    category: list[NDArray[np.int64]] = field(default_factory=list[NDArray[np.int64]])
    id: list[NDArray[np.int64]] = field(default_factory=list[NDArray[np.int64]])
    boxes: list[NDArray[np.float64]] = field(default_factory=list[NDArray[np.float64]])
    crowd: list[NDArray[np.bool_]] = field(default_factory=list[NDArray[np.bool_]])
    there: list[NDArray[np.bool_]] = field(default_factory=list[NDArray[np.bool_]])
    captions: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])  # index, image, text
    keypoints: dict[int, list[float]] = field(default_factory=dict[int, list[float]])  # by index

    def add(self, indices: Sequence[int], values: list[Any]) -> None:
        """Take one chunk of `Plain` or `Annotation`: captions aside, everything else as a row of the columns."""
        plain = bool(values) and isinstance(values[0], Plain)
        if not plain and any(v.caption is not None for v in values):
            indices, values = self._take_captions(indices, values)
        count = len(values)
        index = np.arange(indices.start, indices.stop) if isinstance(indices, range) else np.array(indices, np.int64)
        boxes, there = column_of_boxes(values)
        self.index.append(index)
        self.there.append(there)
        self.boxes.append(boxes)
        self.image.append(self.ids.column(_image_id, values))
        self.category.append(self.ids.column(_category, values))
        self.id.append(self.ids.column(_id, values))
        self.crowd.append(np.fromiter(map(_crowd, values), np.bool_, count))
        if not plain:
            self.keypoints.update((i, v.keypoints) for i, v in zip(indices, values, strict=True) if v.keypoints)

    def _take_captions(self, indices: Sequence[int], values: list[Any]) -> tuple[Sequence[int], list[Annotation]]:
        rest: list[tuple[int, Any]] = []
        for index, value in zip(indices, values, strict=True):
            if value.caption is None:
                rest.append((index, value))
            else:
                self.captions.append((index, self.ids.number(value.image_id), value.caption))
        return [index for index, _ in rest], [value for _, value in rest]

    def finish(self) -> "Table":
        """All chunks as one set of columns."""
        return Table(
            index=_join(self.index, np.int64),
            image=_join(self.image, np.int64),
            category=_join(self.category, np.int64),
            id=_join(self.id, np.int64),
            boxes=_join(self.boxes, np.float64).reshape(-1, 4),
            crowd=_join(self.crowd, np.bool_),
            there=_join(self.there, np.bool_),
        )


@dataclass(slots=True)
class Table:
    """n annotations as columns; `boxes` (n, 4) x, y, width, height as the file has them; `there` has a box."""

    index: NDArray[np.int64]
    image: NDArray[np.int64]
    category: NDArray[np.int64]
    id: NDArray[np.int64]
    boxes: NDArray[np.float64]
    crowd: NDArray[np.bool_]
    there: NDArray[np.bool_]


def _join(chunks: list[Any], kind: Any) -> Any:
    """One array from all chunks, which are let go at once: two copies of every column would double the memory."""
    joined = np.concatenate(chunks) if chunks else np.empty(0, kind)
    chunks.clear()
    return joined


def positions(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each of `wanted` its place in `keys` (all different), or -1."""
    if not len(keys) or not len(wanted):
        return np.full(len(wanted), -1, np.int64)
    low, high = int(keys.min()), int(keys.max())
    if high - low < 50_000_000:
        table = np.full(high - low + 2, -1, np.int64 if len(keys) > 2**31 else np.int32)
        table[keys - low] = np.arange(len(keys))
        inside = (wanted >= low) & (wanted <= high)
        return np.asarray(np.where(inside, table[np.where(inside, wanted - low, 0)], -1), np.int64)
    order = np.argsort(keys)
    at = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)
    found = order[at]
    return np.asarray(np.where(keys[found] == wanted, found, -1), np.int64)
