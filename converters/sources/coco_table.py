"""COCO's columns to the annotation table: images and annotations brought together, faults told apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...schemas.accounting import Accounting
from .. import columns as to_arrow
from .coco_columns import ABSENT, SEGMENT, Columns, Ids, Table, pointer, positions
from .coco_edits import Merges
from .coco_images import Categories, Images, ImageTable
from .coco_more import Shapes

ROWS = 8192
_FARTHEST = np.finfo(np.float64).max  # for a corner whose left and width together are beyond any number

_TWO_IMAGES = "two images have this id, so it cannot be placed"


@dataclass(slots=True)
class Collected:
    """Everything that was read: the files, their images and categories, and the annotations of each.

    `stuff` says whether what is no thing stays; `pngs` is the folder of a panoptic file's pictures, None beside it.
    """

    files: list[Path]
    images: Images
    categories: Categories
    columns: list[Columns]
    stuff: bool = True
    pngs: Path | None = None


def emit(collected: Collected, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table from everything that was collected, rejecting what cannot be placed."""
    images = collected.images.finish(collected.files, accounting)
    tables = [columns.finish() for columns in collected.columns]
    _remark_quoted_ids(collected, accounting)
    _remark_captions_of_boxes(collected, accounting)
    for file, each in zip(collected.files, tables, strict=True):
        _remark_repeated_ids(file, collected.categories.ids, each, accounting)
        del each
    merges = Merges(collected.files, collected.columns, tables, collected.categories.ids)
    _remark_repeated_names(collected.files, images, merges, accounting)
    _remark_repeated_categories(collected.categories, merges, accounting)
    _merge_keypoints(tables, collected.columns, accounting)
    del merges  # it knows the tables, of which only a part is needed from here on
    for table in tables:
        table.id = table.id[:0].copy()
        del table
    shapes = [
        Shapes(file, columns, images, collected.categories, collected.pngs, accounting)
        for file, columns in zip(collected.files, collected.columns, strict=True)
    ]
    parts = [_placed(shape, collected.stuff, tables.pop(0), accounting) for shape in shapes]
    for file, columns in zip(collected.files, collected.columns, strict=True):
        columns.captions = _placed_captions(file, images, columns, accounting)
    yield from _batches(collected, images, parts, shapes)


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


def _remark_repeated_ids(file: Path, ids: Ids, table: Table, accounting: Accounting) -> None:
    there = table.id != ABSENT  # the ids of segments, which are those of one picture, stand elsewhere
    if not _repeats(table.id if there.all() else table.id[there]):
        return
    known = np.flatnonzero(there)
    _, first, inverse = np.unique(table.id[known], return_index=True, return_inverse=True)
    again = np.flatnonzero(first[inverse] != np.arange(len(known)))
    shown = max(1, min(len(again), accounting.room_for("AN005")))
    for number, row in enumerate(again[:shown].tolist()):
        value, other = ids.shown(int(table.id[known[row]])), table.index[known[first[inverse[row]]]]
        accounting.remark(
            "AN005",
            file=str(file),
            at=f"{pointer(int(table.index[known[row]]))}/id",
            value=value,
            message=f"id {value} is also that of {pointer(int(other))}",
            count=1 if number < shown - 1 else len(again) - number,
        )


def _repeats(ids: NDArray[np.int64]) -> bool:
    """Whether any id is there twice; of what rises, as in most files, no copy is made."""
    if (ids[1:] > ids[:-1]).all():
        return False
    ordered = np.sort(ids)
    return bool((ordered[1:] == ordered[:-1]).any())


def _remark_repeated_names(files: list[Path], images: ImageTable, merges: Merges, accounting: Accounting) -> None:
    if len(set(images.paths)) == len(images.paths):
        return
    first: dict[str, int] = {}
    for row, path in enumerate(images.paths):
        other = first.setdefault(path, row)
        if other != row:
            file, at = files[images.which[row]], f"/images/{images.place[row]}"
            ids = int(images.number[row]), int(images.number[other])
            told = accounting.room_for("AN008") and images.which[row] == images.which[other]
            accounting.remark(
                "AN008",
                file=str(file),
                at=f"{at}/file_name",
                value=path,
                message=f"also the file of /images/{images.place[other]}",
                fix=merges.of_images(file, at, *ids) if told else None,
            )


def _remark_repeated_categories(categories: Categories, merges: Merges, accounting: Accounting) -> None:
    for each in categories.repeated:
        fix = (
            merges.of_categories(each.file, each.at, each.number, each.first) if accounting.room_for("AN011") else None
        )
        said = f"a second category named {each.name}"
        accounting.remark("AN011", file=str(each.file), at=f"{each.at}/name", value=each.name, message=said, fix=fix)


def _merge_keypoints(tables: list[Table], collected: list[Columns], accounting: Accounting) -> None:
    """Keypoints of the other files go to their instance in the first; entries that found theirs leave their table.

    An entry with the id and the image of an instance is that instance, so it is taken back from what was read.
    """
    main = tables[0]
    for table, columns in zip(tables[1:], collected[1:], strict=True):
        if not columns.keypoints:
            continue
        at = positions_of_ids(main, table.id)
        found = (at >= 0) & (main.image[at] == table.image) if len(main.id) else at >= 0
        for row in np.flatnonzero(found).tolist():
            if points := columns.keypoints.pop(int(table.index[row]), None):
                collected[0].keypoints[int(main.index[at[row]])] = points
        accounting.read("annotations", -int(found.sum()))
        _keep(table, ~found)


def positions_of_ids(main: Table, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each id of `wanted` the row of the first annotation in `main` that bears it, or -1."""
    numbers, first = np.unique(main.id, return_index=True)
    at = positions(numbers, wanted)
    return np.asarray(np.where((at >= 0) & (wanted != ABSENT), first[at], -1), np.int64)


def _keep(table: Table, mask: NDArray[np.bool_]) -> None:
    for name in ("index", "image", "category", "id", "boxes", "crowd", "there"):
        setattr(table, name, getattr(table, name)[mask])


@dataclass(slots=True)
class _Placed:
    """Annotations with an image and a label in the order of the images, the file's order within.

    `row` (n,) is the image's, ascending; `order` (n,) the place in `index`, `label`, `boxes` and `crowd`, which stay
    as they were read: they are gathered batch by batch, so that no second copy of everything stands in memory.
    """

    row: NDArray[np.integer[Any]]
    order: NDArray[np.integer[Any]]
    label: NDArray[np.int32]
    index: NDArray[np.int64]
    boxes: NDArray[np.float64]
    crowd: NDArray[np.bool_]


def _placed(shapes: Shapes, stuff: bool, table: Table, accounting: Accounting) -> _Placed:
    """Reject what has no image, no label or no box; sort the rest by image."""
    file, images, categories = shapes.file, shapes.images, shapes.categories
    row = positions(images.number, table.image)
    at = positions(np.array(list(categories.label_of), np.int64), table.category)
    label = np.array([*categories.label_of.values(), 0], np.int32)[at]
    nameless = categories.code_of.get("", -1)
    no_category = table.category == ABSENT
    broken = {number: said for number, said in categories.broken.items() if number not in categories.label_of}
    left_out = [] if stuff else categories.stuff()
    good = np.ones(len(row), np.bool_)
    for mask, code, field_name, said in (
        (row < 0, "AN009", "image_id", "no image has this id"),
        ((row >= 0) & images.ambiguous[row] if len(images.ambiguous) else row < 0, "AN007", "image_id", _TWO_IMAGES),
        (no_category, "AN023", "", "there is no category_id"),
        *((table.category == number, "AN010", "category_id", said) for number, said in broken.items()),
        ((at < 0) & ~no_category, "AN010", "category_id", "no category has this id"),
        *((table.category == number, "AN010", "category_id", said) for number, said in categories.ambiguous.items()),
        ((label == nameless) & (at >= 0), "AN012", "category_id", "the category's name is empty"),
        *((label == code, "AN030", "category_id", "the category is stuff, no thing") for code in left_out),
    ):
        for place in np.flatnonzero(mask & good).tolist():
            _reject(file, categories.ids, table, place, code, field_name, said, accounting)
        good &= ~mask
    boxless = np.flatnonzero(good & ~table.there)
    if len(boxless):
        shapes.find_boxes(table, row, boxless)
        good &= table.there
    shapes.reject_misfits(table, row, good)
    del at, no_category
    key = row[good]
    del row
    key <<= 32  # in place, as all here: there may be many millions
    key |= np.flatnonzero(good)
    key.sort()  # the same as a stable argsort by row, and faster
    order = key.astype(np.uint32)  # its lower half
    key >>= 32
    return _Placed(key.astype(np.int32), order, label, table.index, table.boxes, table.crowd)


def _reject(
    file: Path, ids: Ids, table: Table, place: int, code: str, field_name: str, said: str, accounting: Accounting
) -> None:
    number = {"image_id": table.image, "category_id": table.category}.get(field_name)
    shown = None if number is None else ids.shown(int(number[place]))
    accounting.reject(
        "annotations",
        code,
        file=str(file),
        at=pointer(int(table.index[place])) + (f"/{field_name}" if field_name else ""),
        value=shown,
        message=f"{field_name} {shown}: {said}" if field_name else said,
    )


def _placed_captions(
    file: Path, images: ImageTable, columns: Columns, accounting: Accounting
) -> list[tuple[int, int, str]]:
    """(index, image row, text) of the captions that have an image, sorted by image."""
    rows = positions(images.number, np.array([number for _, number, _ in columns.captions], np.int64))
    placed: list[tuple[int, int, str]] = []
    for (index, number, text), row in zip(columns.captions, rows.tolist(), strict=True):
        wrong = "no image has this id" if row < 0 else _TWO_IMAGES if images.ambiguous[row] else ""
        at, value = f"/annotations/{index}", columns.ids.shown(number)
        if wrong:
            code = "AN009" if row < 0 else "AN007"
            said = f"image_id {value}: {wrong}"
            accounting.reject("annotations", code, file=str(file), at=f"{at}/image_id", value=value, message=said)
        elif not text.strip():
            said = "the caption is empty"
            accounting.reject("annotations", "AN023", file=str(file), at=f"{at}/caption", value=text, message=said)
        else:
            placed.append((index, row, text))
    return sorted(placed, key=lambda each: (each[1], each[0]))


def _batches(
    collected: Collected, images: ImageTable, parts: list[_Placed], shapes: list[Shapes]
) -> Iterator[pa.RecordBatch]:
    files = collected.files
    rows = np.flatnonzero(~images.ambiguous)
    dictionary = pa.array(collected.categories.labels or [""], pa.string())
    captions = _Captions(files, collected.columns)
    for start in range(0, len(rows), ROWS):
        chosen = rows[start : start + ROWS]
        low, high = int(chosen[0]), int(chosen[-1]) + 1
        groups = [_between(part, low, high) for part in parts]
        arrays = [
            _objects(group, dictionary, shape, _prefix(files, which))
            for which, (group, shape) in enumerate(zip(groups, shapes, strict=True))
        ]
        counts, objects = _interleave(chosen, groups, arrays)
        sizes = images.sizes[chosen]
        yield to_arrow.batch(
            ids=_ids(images.number[chosen], collected.images.ids),
            file=str(files[0]),
            ats=_image_places(files, images, chosen),
            media=to_arrow.one_picture_each(_taken(images.paths, chosen), sizes[:, 0].copy(), sizes[:, 1].copy()),
            objects=to_arrow.lists(counts, objects),
            captions=captions.between(chosen),
            list_at="/annotations",
        )


def _ids(numbers: NDArray[np.int64], ids: Ids) -> pa.Array:
    if not ids.texts:
        return pa.array(numbers).cast(pa.string())
    return pa.array([str(ids.shown(number)) for number in numbers.tolist()], pa.string())


def _taken(paths: list[str], rows: NDArray[np.int64]) -> pa.Array:
    low, high = int(rows[0]), int(rows[-1]) + 1
    if high - low == len(rows):
        return pa.array(paths[low:high], pa.string())
    return pa.array([paths[row] for row in rows.tolist()], pa.string())


def _image_places(files: list[Path], images: ImageTable, rows: NDArray[np.int64]) -> pa.Array:
    places, which = images.place[rows], images.which[rows]
    if not which.any():
        return to_arrow.places("/images/", places)
    prefixes = [f"{_prefix(files, number)}/images/" for number in range(len(files))]
    return pa.array([f"{prefixes[at]}{place}" for at, place in zip(which.tolist(), places.tolist(), strict=True)])


def _prefix(files: list[Path], which: int) -> str:
    """Before the pointer of what stands in another file than the record: that file and `#`."""
    return "" if which == 0 else f"{files[which]}#"


def _between(part: _Placed, low: int, high: int) -> _Placed:
    start, stop = np.searchsorted(part.row, [low, high]).tolist()
    order = part.order[start:stop]
    boxes = part.boxes[order]
    with np.errstate(over="ignore"):
        far = boxes[:, 2:] + boxes[:, :2]
    lost = np.isinf(far) & np.isfinite(boxes).all(axis=1, keepdims=True)
    boxes[:, 2:] = np.where(lost, np.copysign(_FARTHEST, far), far)
    row = part.row[start:stop].astype(np.int64)
    return _Placed(row, np.arange(len(row)), part.label[order], part.index[order], boxes, part.crowd[order])


def _objects(group: _Placed, dictionary: pa.Array, shapes: Shapes, prefix: str) -> pa.StructArray:
    more = shapes.of(group.index, group.label, np.asarray(group.row, np.int64))
    if len(group.index) and int(group.index.max()) >= SEGMENT:
        more["at"] = pa.array([prefix + pointer(index) for index in group.index.tolist()], pa.string())
    given = to_arrow.ObjectColumns(group.index, group.label, group.boxes, group.crowd, more)
    return to_arrow.objects(given, dictionary, f"{prefix}/annotations/" if prefix else None)


def _interleave(
    rows: NDArray[np.int64], groups: list[_Placed], arrays: list[pa.StructArray]
) -> tuple[NDArray[np.int64], pa.StructArray]:
    """How many objects each image has, and the objects in the order of the images."""
    filled = [which for which, array in enumerate(arrays) if len(array)] or [0]
    row = np.concatenate([groups[which].row for which in filled])
    counts = np.bincount(np.searchsorted(rows, row), minlength=len(rows)).astype(np.int64)
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

    def between(self, rows: NDArray[np.int64]) -> pa.ListArray:
        """The captions column of these images (ascending rows)."""
        start, stop = np.searchsorted(self.rows, [rows[0], rows[-1] + 1]).tolist() if len(rows) else (0, 0)
        counts = np.bincount(np.searchsorted(rows, self.rows[start:stop]), minlength=len(rows)).astype(np.int64)
        ats, texts = pa.array(self.ats[start:stop], pa.string()), pa.array(self.texts[start:stop], pa.string())
        return to_arrow.lists(counts, to_arrow.captions(ats, texts))
