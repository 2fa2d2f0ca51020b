"""COCO's arrays as rows, collected on disk chunk by chunk while the file streams by."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..rows_on_disk import RowsOnDisk
from .coco_masks import Keep, Outlines

Id = int | float | str


class Image(msgspec.Struct, gc=False):
    """An entry of `images`. Sizes in pixels; 0 where the file does not say. One that has more is `Listed`."""

    id: Id
    file_name: str
    width: float | None = None
    height: float | None = None
    neg_category_ids: None = None
    not_exhaustive_category_ids: None = None


class Listed(msgspec.Struct, gc=False):
    """An entry of `images` as LVIS has them: named by `coco_url` alone, and saying which labels were looked for."""

    id: Id
    file_name: str | None = None
    width: float | None = None
    height: float | None = None
    coco_url: str | None = None
    neg_category_ids: list[Id] | None = None
    not_exhaustive_category_ids: list[Id] | None = None

    def __post_init__(self) -> None:
        """Name it as LVIS's own code does, by the last folder and the name of its address; without either refuse it."""
        if self.file_name is None:
            end = (self.coco_url or "").split("/")[-2:]
            if len(end) < 2 or not end[1]:
                raise ValueError("Object missing required field `file_name`")
            self.file_name = "/".join(end)


class Category(msgspec.Struct, gc=False):
    """An entry of `categories`; `isthing` of panoptic files, `frequency` of LVIS, the names of its `keypoints`."""

    id: Id
    name: str
    isthing: Any = None
    frequency: Any = None
    keypoints: Any = None


class Segment(msgspec.Struct, gc=False):
    """An entry of a panoptic annotation's `segments_info`."""

    id: int
    category_id: Id | None = None
    bbox: tuple[float, ...] | None = None
    iscrowd: bool | int | None = 0

    def __post_init__(self) -> None:
        """Refuse a box that is none; an empty one is no box."""
        if self.bbox and len(self.bbox) != 4:
            raise ValueError("Expected a bbox of length 4")
        self.bbox = self.bbox or None


class Annotation(msgspec.Struct, gc=False):
    """An entry of `annotations` in any of the files; `bbox` is x, y, width, height in pixels."""

    image_id: Id
    id: Id | None = None
    category_id: Id | None = None
    bbox: tuple[float, ...] | None = None
    iscrowd: bool | int | None = 0
    caption: str | None = None
    keypoints: list[float] | None = None
    segmentation: Any = None
    segments_info: list[Any] | None = None
    file_name: str | None = None

    def __post_init__(self) -> None:
        """Refuse boxes that are none and keypoints that are no triples; msgspec makes a `ValidationError` of it."""
        self.bbox = _box_of_four(self.bbox)
        if self.keypoints and len(self.keypoints) % 3:
            raise ValueError(
                f"{len(self.keypoints)} numbers in keypoints, where each point has three (x, y, visibility)"
            )


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


class Outlined(Plain):
    """A plain entry whose outline is read too, with those of its chunk at once."""

    segmentation: msgspec.Raw = msgspec.Raw(b"null")

    def __post_init__(self) -> None:
        """Keep a copy: what was read is a part of the window over the file, which moves on."""
        self.segmentation = self.segmentation.copy()


def _box_of_four(box: tuple[float, ...] | None) -> tuple[float, ...] | None:
    """The box, None where it is empty; `ValueError`, worded as msgspec does, where it has not four numbers."""
    if box and len(box) != 4:
        raise ValueError("Expected `array` of length 4 - at `$.bbox`")
    return box or None


_image_id, _id, _category = attrgetter("image_id"), attrgetter("id"), attrgetter("category_id")
_bbox, _crowd = attrgetter("bbox"), attrgetter("iscrowd")

SEGMENT = 1 << 40
"""A segment of a panoptic entry has as its index that of the entry and this times its number from 1."""


def pointer(index: int) -> str:
    """Where the annotation with that index stands."""
    segment, entry = divmod(index, SEGMENT)
    return f"/annotations/{entry}/segments_info/{segment - 1}" if segment else f"/annotations/{entry}"


ABSENT = np.int64(-(2**63))
"""The number of an id that is not there."""

_TEXTS = 2**62
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")


class Ids:
    """Numbers for ids: an integer is its own number, in quotes or not, and as pandas writes it where one is missing
    (`7.0`); a text gets one that no real file uses.

    `quoted` counts the integers that stood in quotes, `example` is the first, `at` its place.
    """

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.texts: list[str] = []
        self.quoted = 0
        self.example = ""
        self.at = ""

    def number(self, value: Id | None) -> int:
        """The number of one id."""
        if value is None:
            return int(ABSENT)
        if isinstance(value, float):
            return self.number(int(value)) if value.is_integer() else self._of_text(repr(value))
        if isinstance(value, int):
            return value if abs(value) < _TEXTS else self._of_text(str(value))
        if _INTEGER.fullmatch(value):
            self.quoted += 1
            self.example = self.example or value
            return int(value)
        return self._of_text(value)

    def _of_text(self, text: str) -> int:
        if text not in self.known:
            self.known[text] = -_TEXTS - len(self.texts)
            self.texts.append(text)
        return self.known[text]

    def shown(self, number: int) -> Id | None:
        """The id that has this number."""
        if number == ABSENT or number > -_TEXTS:
            return None if number == ABSENT else number
        return self.texts[-_TEXTS - number]

    def column(
        self, field: Callable[[Any], Any], values: Sequence[Any], place: Callable[[int], str]
    ) -> NDArray[np.int64]:
        """The numbers of one id field of many entries; fast where all are integers. `place` says where one stands."""
        # Asked first, because numpy reads the digits of a text without a word.
        if (values and isinstance(values[0], Plain)) or set(map(type, map(field, values))) <= {int}:
            try:
                numbers = np.fromiter(map(field, values), np.int64, len(values))
            except OverflowError:
                pass
            else:
                if not len(numbers) or (numbers.min() > -_TEXTS and numbers.max() < _TEXTS):
                    return numbers
        numbers = np.fromiter(map(self.number, map(field, values)), np.int64, len(values))
        if self.quoted and not self.at:
            self.at = place(next(row for row, each in enumerate(values) if field(each) == self.example))
        return numbers


def column_of_boxes(values: Sequence[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(n, 4) x, y, width, height, and (n,) whether there is a box at all (zeros where there is none)."""
    count = len(values)
    there: NDArray[np.bool_] = np.ones(count, np.bool_)
    try:
        flat = np.fromiter(chain.from_iterable(map(_bbox, values)), np.float64, 4 * count)
    except TypeError:
        flat = np.fromiter(chain.from_iterable(v.bbox or (0.0,) * 4 for v in values), np.float64, 4 * count)
        there = np.fromiter((v.bbox is not None for v in values), np.bool_, count)
    return flat.reshape(count, 4), there


def _field_of(index: NDArray[np.int64], name: str, row: int) -> str:
    """Where a field of one row's annotation stands."""
    return f"{pointer(int(index[row]))}/{name}"


ANNOTATION = np.dtype(
    [
        ("index", np.int64),
        ("image", np.int64),
        ("category", np.int64),
        ("id", np.int64),
        ("box", np.float64, 4),
        ("crowd", np.bool_),
        ("there", np.bool_),
    ],
    align=True,
)
"""An annotation as a row: `image`, `category` and `id` are the numbers of ids, `box` x, y, width, height as the file
has them; `there`: it has a box.
"""


class Columns:
    """The annotations of one file as they come: rows on disk, and in memory what few of them have.

    `rising` is whether every id was larger than those before it, as in most files: then none is there twice.
    """

    def __init__(self, ids: Ids, rows: RowsOnDisk, *, masks: Keep = "skip") -> None:
        self.ids = ids
        self.rows = rows
        self.rising = True
        self._last_id = ABSENT
        self.outlines = Outlines(masks)
        self.pngs: dict[int, str | None] = {}  # by the place of a panoptic entry
        self.colours: dict[int, int] = {}  # by index: the id that a segment has in its PNG, where that will be read
        self.captions: list[tuple[int, int, str]] = []  # index, number of the image's id, text
        self.keypoints: dict[int, list[float]] = {}  # by index
        self.captioned: list[int] = []  # indices of boxes with a caption of their own, which is not read

    def add(self, indices: Sequence[int], values: list[Any]) -> None:
        """Take one chunk of `Plain` or `Annotation`: captions aside, everything else as a row of the columns."""
        plain = bool(values) and isinstance(values[0], Plain)
        if not plain and any(v.caption is not None for v in values):
            indices, values = self._take_captions(indices, values)
        if plain and isinstance(values[0], Outlined):
            self.outlines.take_hulls(indices, [bytes(value.segmentation) for value in values])
        if not plain:
            self.outlines.take(indices, values)
            self._take_colours(indices, values)
        rows = np.empty(len(values), ANNOTATION)
        rows["index"] = np.arange(indices.start, indices.stop) if isinstance(indices, range) else indices
        rows["box"], rows["there"] = column_of_boxes(values)
        for name, column, field in (
            ("image_id", "image", _image_id),
            ("category_id", "category", _category),
            ("id", "id", _id),
        ):
            rows[column] = self.ids.column(field, values, partial(_field_of, rows["index"], name))
        rows["crowd"] = np.fromiter(map(_crowd, values), np.bool_, len(values))
        self._watch(rows["id"])
        self.rows.add(rows)
        if not plain:
            self.keypoints.update((i, v.keypoints) for i, v in zip(indices, values, strict=True) if v.keypoints)

    def _watch(self, ids: NDArray[np.int64]) -> None:
        if len(ids) and self.rising:
            self.rising = bool(ids[0] > self._last_id and (ids[1:] > ids[:-1]).all())
            self._last_id = ids[-1]

    def _take_colours(self, indices: Sequence[int], values: Sequence[Annotation]) -> None:
        """The ids of segments are those of one picture only: they are no ids of annotations."""
        for index, value in zip(indices, values, strict=True):
            if index >= SEGMENT:
                if self.outlines.keep != "skip" or value.bbox is None:
                    self.colours[index] = int(value.id or 0)
                value.id = None

    def _take_captions(self, indices: Sequence[int], values: list[Any]) -> tuple[Sequence[int], list[Annotation]]:
        rest: list[tuple[int, Any]] = []
        for index, value in zip(indices, values, strict=True):
            boxed = value.bbox is not None and value.category_id is not None
            if value.caption is None or boxed:
                rest.append((index, value))
                self.captioned += [index] if value.caption is not None else []
            else:
                self.captions.append((index, self.ids.number(value.image_id), value.caption))
        return [index for index, _ in rest], [value for _, value in rest]


class Lookup:
    """The places of keys, all of which are different."""

    def __init__(self, keys: NDArray[np.int64]) -> None:
        low, high = (int(keys.min()), int(keys.max())) if len(keys) else (0, 0)
        self._low, self._high = low, high
        self._table: NDArray[np.int32] | None = None
        self._keys = keys[:0]
        self._order: NDArray[np.int32] | None = None
        if high - low < max(1 << 16, 8 * len(keys)):
            self._table = np.full(high - low + 2, -1, np.int32)
            self._table[keys - low] = np.arange(len(keys), dtype=np.int32)
        elif (keys[1:] > keys[:-1]).all():
            self._keys = keys
        else:
            self._order = np.argsort(keys).astype(np.int32)
            self._keys = keys[self._order]

    def of(self, wanted: NDArray[np.int64]) -> NDArray[np.int32]:
        """For each of `wanted` its place among the keys, or -1."""
        if self._table is not None:
            inside = (wanted >= self._low) & (wanted <= self._high)
            return np.where(inside, self._table[np.where(inside, wanted - self._low, 0)], np.int32(-1))
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1).astype(np.int32)
        place = at if self._order is None else self._order[at]
        return np.where(self._keys[at] == wanted, place, np.int32(-1))
