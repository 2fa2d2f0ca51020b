"""COCO's rows to the annotation table: images and annotations brought together, faults told apart.

Annotations lie on disk in the order of their files (`rows_on_disk.py`). They are looked at a block at a time, and those
that have an image and a label go to disk once more, by the bucket of images that they belong to. Then a bucket at a
time is put in order and given out. So memory holds a block or a bucket and not the file, however large that is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...schemas.accounting import Accounting
from .. import columns as to_arrow
from ..rows_on_disk import OnDisk, Rows
from .coco_columns import ABSENT, SEGMENT, Columns, Ids, Lookup, pointer
from .coco_edits import Merges
from .coco_images import Categories, Images, ImageTable
from .coco_more import Shapes
from .coco_place import PLACED, Placed, place, placed_captions

ROWS = 8192
"""Images of a batch."""

BUCKET = 1 << 18
"""Annotations that a bucket holds, about; it has the images of one batch at least."""

_SORTED = 1 << 21
"""Ids that are sorted together, or so."""
_FARTHEST = np.finfo(np.float64).max  # for a corner whose left and width together are beyond any number


@dataclass(slots=True)
class Collected:
    """Everything that was read: the files, their images and categories, and the annotations of each.

    `stuff` says whether what is no thing stays; `pngs` is the folder of a panoptic file's pictures, None beside it.
    """

    files: list[Path]
    disk: OnDisk
    images: Images
    categories: Categories
    columns: list[Columns]
    stuff: bool = True
    pngs: Path | None = None


def emit(collected: Collected, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table from everything that was collected, rejecting what cannot be placed."""
    files, images, categories, columns = collected.files, collected.images, collected.categories, collected.columns
    images.finish(files, accounting)
    _remark_quoted_ids(collected, accounting)
    _remark_captions_of_boxes(collected, accounting)
    for file, each in zip(files, columns, strict=True):
        _remark_repeated_ids(file, categories.ids, each, accounting)
    merges = Merges(files, columns, categories.ids)
    _remark_repeated_names(files, images.table, merges, accounting)
    _remark_repeated_categories(categories, merges, accounting)
    _merge_keypoints(columns, collected.disk, accounting)
    shapes = [
        Shapes(file, each, images.table, categories, collected.pngs, accounting)
        for file, each in zip(files, columns, strict=True)
    ]
    bucket = _images_of_bucket(len(images.table), sum(len(each.rows) for each in columns))
    parts: list[Placed] = []
    for shape in shapes:
        parts.append(Placed(bucket, collected.disk.rows(PLACED)))
        place(shape, images, parts[-1], accounting, stuff=collected.stuff)
    for file, each in zip(files, columns, strict=True):
        each.captions = placed_captions(file, images, each, accounting)
    images.forget()
    yield from _batches(collected, parts, shapes)


def _images_of_bucket(images: int, annotations: int) -> int:
    """How many images a bucket has: those of so many whole batches as have few enough annotations."""
    return ROWS * min(max(BUCKET * images // (max(annotations, 1) * ROWS), 1), 8)


def _remark_quoted_ids(collected: Collected, accounting: Accounting) -> None:
    ids = collected.categories.ids
    if ids.quoted:
        said = f"ids are numbers in quotes, such as {ids.example!r}; they were read as numbers"
        file = str(collected.files[0])
        accounting.remark("AN004", file=file, at=ids.at, value=ids.example, message=said, count=ids.quoted)


def _remark_captions_of_boxes(collected: Collected, accounting: Accounting) -> None:
    for file, columns in zip(collected.files, collected.columns, strict=True):
        if columns.captioned:
            at = f"/annotations/{columns.captioned[0]}/caption"
            said = "a caption of a box, not of the picture; the box was read, the caption was not"
            accounting.remark("AN022", file=str(file), at=at, message=said, count=len(columns.captioned))


def _remark_repeated_ids(file: Path, ids: Ids, columns: Columns, accounting: Accounting) -> None:
    if not _ids_repeat(columns):
        return
    numbers, index = columns.rows.column("id"), columns.rows.column("index")
    known = np.flatnonzero(numbers != ABSENT)  # the ids of segments, which are those of one picture, stand elsewhere
    _, first, inverse = np.unique(numbers[known], return_index=True, return_inverse=True)
    again = np.flatnonzero(first[inverse] != np.arange(len(known)))
    shown = max(1, min(len(again), accounting.room_for("AN005")))
    for number, row in enumerate(again[:shown].tolist()):
        value, other = ids.shown(int(numbers[known[row]])), index[known[first[inverse[row]]]]
        accounting.remark(
            "AN005",
            file=str(file),
            at=f"{pointer(int(index[known[row]]))}/id",
            value=value,
            message=f"id {value} is also that of {pointer(int(other))}",
            count=1 if number < shown - 1 else len(again) - number,
        )


def _ids_repeat(columns: Columns) -> bool:
    """Whether any id is there twice. Those that do not rise are sorted, some at a time."""
    if columns.rising:
        return False
    parts = len(columns.rows) // _SORTED + 1
    for part in range(parts):
        some = [rows["id"][rows["id"] % parts == part] for rows in columns.rows.blocks()]
        ids = np.concatenate([np.zeros(0, np.int64), *some])
        del some
        ids = ids[ids != ABSENT] if (ids == ABSENT).any() else ids
        ids.sort()
        if (ids[1:] == ids[:-1]).any():
            return True
    return False


def _remark_repeated_names(files: list[Path], images: ImageTable, merges: Merges, accounting: Accounting) -> None:
    again = _names_met_again(images)
    if not len(again):
        return
    first: dict[str, Any] = {}
    for _, rows, names in images.blocks():
        hashes = _hashes(names)
        for at in np.flatnonzero(np.isin(hashes, again)).tolist():
            name, image = str(names[at]), rows[at]
            other = first.setdefault(name, image)
            if other is not image:
                file, place = files[image["which"]], f"/images/{image['place']}"
                told = accounting.room_for("AN008") and image["which"] == other["which"]
                ids = int(image["number"]), int(other["number"])
                accounting.remark(
                    "AN008",
                    file=str(file),
                    at=f"{place}/file_name",
                    value=name,
                    message=f"also the file of /images/{other['place']}",
                    fix=merges.of_images(file, place, *ids) if told else None,
                )


def _names_met_again(images: ImageTable) -> NDArray[np.int64]:
    """Hashes that more than one name has, in order: a name that is there twice has one of these."""
    hashes = np.empty(len(images), np.int64)
    for first, rows, names in images.blocks():
        hashes[first : first + len(rows)] = _hashes(names)
    hashes.sort()
    again: NDArray[np.int64] = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
    return again


def _hashes(names: pa.StringArray) -> NDArray[np.int64]:
    """Python's own hashes, which another process would have otherwise."""
    return np.fromiter(map(hash, names.to_pylist()), np.int64, len(names))


def _remark_repeated_categories(categories: Categories, merges: Merges, accounting: Accounting) -> None:
    for each in categories.repeated:
        fix = (
            merges.of_categories(each.file, each.at, each.number, each.first) if accounting.room_for("AN011") else None
        )
        said = f"a second category named {each.name}"
        accounting.remark("AN011", file=str(each.file), at=f"{each.at}/name", value=each.name, message=said, fix=fix)


def _merge_keypoints(columns: Sequence[Columns], disk: OnDisk, accounting: Accounting) -> None:
    """Keypoints of the other files go to their instance in the first; entries that found theirs leave their table.

    An entry with the id and the image of an instance is that instance, so it is taken back from what was read.
    """
    main, others = columns[0], [each for each in columns[1:] if each.keypoints]
    if not others:
        return
    numbers, first = np.unique(main.rows.column("id"), return_index=True)
    index, image, known = main.rows.column("index"), main.rows.column("image"), Lookup(numbers)
    for each in others:
        rest = disk.rows(each.rows.kind)
        for rows in each.rows.blocks():
            at = known.of(rows["id"])
            there = (at >= 0) & (rows["id"] != ABSENT)
            at = first[at] if len(first) else at
            found = there & (image[at] == rows["image"]) if len(image) else there
            for row in np.flatnonzero(found).tolist():
                if points := each.keypoints.pop(int(rows["index"][row]), None):
                    main.keypoints[int(index[at[row]])] = points
            accounting.read("annotations", -int(found.sum()))
            rest.add(rows[~found])
        each.rows = rest


def _batches(collected: Collected, parts: list[Placed], shapes: list[Shapes]) -> Iterator[pa.RecordBatch]:
    files, images = collected.files, collected.images.table
    dictionary = pa.array(collected.categories.labels or [""], pa.string())
    captions = _Captions(files, collected.columns)
    held: list[Rows] = []
    for low in range(0, len(images), ROWS):
        high = min(low + ROWS, len(images))
        if low % parts[0].images == 0:
            held.clear()  # before the next are there
            held += [part.bucket(low // part.images) for part in parts]
        groups = [_between(rows, low, high) for rows in held]
        arrays = [
            _objects(group, dictionary, shape, _prefix(files, which))
            for which, (group, shape) in enumerate(zip(groups, shapes, strict=True))
        ]
        counts, objects = _interleave(low, high, groups, arrays)
        rows, names = images.between(low, high)
        yield to_arrow.batch(
            ids=_ids(rows["number"], collected.images.ids),
            file=str(files[0]),
            ats=_image_places(files, rows),
            media=to_arrow.one_picture_each(names, *np.ascontiguousarray(rows["size"].T)),
            objects=to_arrow.lists(counts, objects),
            captions=captions.between(low, high),
            list_at="/annotations",
        )


def _ids(numbers: NDArray[np.int64], ids: Ids) -> pa.Array:
    if not ids.texts:
        return pa.array(numbers).cast(pa.string())
    return pa.array([str(ids.shown(number)) for number in numbers.tolist()], pa.string())


def _image_places(files: list[Path], images: Rows) -> pa.Array:
    places, which = images["place"], images["which"]
    if not which.any():
        return to_arrow.places("/images/", places)
    prefixes = [f"{_prefix(files, number)}/images/" for number in range(len(files))]
    return pa.array([f"{prefixes[at]}{place}" for at, place in zip(which.tolist(), places.tolist(), strict=True)])


def _prefix(files: list[Path], which: int) -> str:
    """Before the pointer of what stands in another file than the record: that file and `#`."""
    return "" if which == 0 else f"{files[which]}#"


@dataclass(slots=True)
class _Group:
    """Annotations of some images in their order; `boxes` (n, 4) are x1, y1, x2, y2."""

    row: NDArray[np.int32]
    label: NDArray[np.int32]
    index: NDArray[np.int64]
    boxes: NDArray[np.float64]
    crowd: NDArray[np.bool_]


def _between(held: Rows, low: int, high: int) -> _Group:
    start, stop = np.searchsorted(held["row"], [low, high]).tolist()
    rows = held[start:stop]
    boxes = rows["box"].copy()
    with np.errstate(over="ignore"):
        far = boxes[:, 2:] + boxes[:, :2]
    lost = np.isinf(far) & np.isfinite(boxes).all(axis=1, keepdims=True)
    boxes[:, 2:] = np.where(lost, np.copysign(_FARTHEST, far), far)
    row, label, index, crowd = (rows[name].copy() for name in ("row", "label", "index", "crowd"))
    return _Group(row, label, index, boxes, crowd)


def _objects(group: _Group, dictionary: pa.Array, shapes: Shapes, prefix: str) -> pa.StructArray:
    more = shapes.of(group.index, group.label, group.row)
    if len(group.index) and int(group.index.max()) >= SEGMENT:
        more["at"] = pa.array([prefix + pointer(index) for index in group.index.tolist()], pa.string())
    given = to_arrow.ObjectColumns(group.index, group.label, group.boxes, group.crowd, more)
    return to_arrow.objects(given, dictionary, f"{prefix}/annotations/" if prefix else None)


def _interleave(
    low: int, high: int, groups: list[_Group], arrays: list[pa.StructArray]
) -> tuple[NDArray[np.int64], pa.StructArray]:
    """How many objects each image has, and the objects in the order of the images."""
    filled = [which for which, array in enumerate(arrays) if len(array)] or [0]
    row = np.concatenate([groups[which].row for which in filled])
    counts = np.bincount(row - low, minlength=high - low).astype(np.int64)
    if len(filled) == 1:
        return counts, arrays[filled[0]]
    joined = pa.concat_arrays([arrays[which] for which in filled])
    return counts, joined.take(pa.array(np.argsort(row, kind="stable")))


class _Captions:
    """The captions of all files, given out image by image."""

    def __init__(self, files: list[Path], collected: list[Columns]) -> None:
        merged = [
            (row, f"{_prefix(files, which)}/annotations/{index}", text)
            for which, columns in enumerate(collected)
            for index, row, text in columns.captions
        ]
        merged.sort(key=lambda each: each[0])
        self.rows = np.array([each[0] for each in merged], np.int64)
        self.ats = [each[1] for each in merged]
        self.texts = [each[2] for each in merged]

    def between(self, low: int, high: int) -> pa.ListArray:
        """The captions column of the images of these rows."""
        start, stop = np.searchsorted(self.rows, [low, high]).tolist()
        counts = np.bincount(self.rows[start:stop] - low, minlength=high - low).astype(np.int64)
        ats, texts = pa.array(self.ats[start:stop], pa.string()), pa.array(self.texts[start:stop], pa.string())
        return to_arrow.lists(counts, to_arrow.captions(ats, texts))
