"""COCO's columns to the annotation table: images and annotations brought together, faults told apart."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...schemas.accounting import Accounting
from .. import columns as to_arrow
from ..json_stream import Chunk, reject_broken
from .coco_columns import ABSENT, Columns, Ids, Image, Table, positions

ROWS = 8192


@dataclass
class Names:
    """Images and categories of all files of one conversion, by the number of their id."""

    ids: Ids
    numbers: list[int] = field(default_factory=list[int])
    paths: list[str] = field(default_factory=list[str])
    sizes: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    places: list[int] = field(default_factory=list[int])
    row_of: dict[int, int] = field(default_factory=dict[int, int])
    origin: dict[int, Path] = field(default_factory=dict[int, Path])  # rows that another file than the first named
    ambiguous: set[int] = field(default_factory=set[int])
    labels: list[str] = field(default_factory=list[str])
    label_of: dict[int, int] = field(default_factory=dict[int, int])
    category_file: dict[int, tuple[Path, str]] = field(default_factory=dict[int, tuple[Path, str]])
    files: list[Path] = field(default_factory=list[Path])

    def add_images(self, file: Path, chunk: Chunk, accounting: Accounting) -> None:
        """Take a chunk of `images`. The same image in another file is that image; in the same file it is a fault."""
        if not self.files or self.files[-1] != file:
            self.files.append(file)
        accounting.read("images", len(chunk.broken))
        reject_broken("images", file, chunk, accounting)
        for place, image in chunk.items:
            self._add_image(file, place, image, accounting)

    def _add_image(self, file: Path, place: int, image: Image, accounting: Accounting) -> None:
        number = self.ids.number(image.id)
        size = (_pixels(image.width), _pixels(image.height))
        row = self.row_of.get(number)
        if row is None:
            self.row_of[number] = len(self.numbers)
            if file != self.files[0]:
                self.origin[len(self.numbers)] = file
            self.numbers.append(number)
            self.paths.append(image.file_name)
            self.sizes.append(size)
            self.places.append(place)
            accounting.read("images")
            return
        same = self.paths[row] == image.file_name and self.sizes[row] == size
        if same and self.origin.get(row, self.files[0]) != file:
            return
        accounting.read("images")
        accounting.reject(
            "images",
            "AN007",
            file=str(file),
            at=f"/images/{place}/id",
            value=image.id,
            message=f"id {image.id} is also {self.paths[row]}'s" if not same else f"{image.file_name} is listed twice",
        )
        if not same:
            self.ambiguous.add(row)

    def add_categories(self, file: Path, chunk: Chunk, accounting: Accounting) -> None:
        """Take a chunk of `categories`; two ids of one name become one label, and that is said."""
        for place, _value, message in chunk.broken:
            accounting.remark("AN004", file=str(file), at=f"/categories/{place}", message=f"left out: {message}")
        for place, category in chunk.items:
            name = category.name.strip()
            at = f"/categories/{place}/name"
            number = self.ids.number(category.id)
            if name != category.name:
                accounting.remark("AN012", file=str(file), at=at, value=category.name, message="outer white space")
            if name not in self.labels:
                self.labels.append(name)
            elif self.category_file.get(number, (file,))[0] == file and number not in self.label_of:
                accounting.remark("AN011", file=str(file), at=at, value=name, message=f"a second category named {name}")
            self.label_of.setdefault(number, self.labels.index(name))
            self.category_file.setdefault(number, (file, at))

    def path_of(self, row: int) -> Path:
        """The file that named the image in that row."""
        return self.origin.get(row, self.files[0])


def _pixels(size: float | None) -> int:
    return int(size) if size is not None and 0 < size < 2**31 else 0


def emit(files: list[Path], names: Names, collected: list[Columns], accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table from everything that was collected, rejecting what cannot be placed."""
    names.files = names.files or files
    numbers = np.array(names.numbers, np.int64)
    tables = [columns.finish() for columns in collected]
    if tables:
        _remark_repeated_ids(files[0], tables[0], accounting)
    _remark_repeated_names(files[0], names, accounting)
    keypoints = _merge_keypoints(tables, collected, accounting)
    parts = [_placed(file, names, numbers, tables.pop(0), accounting) for file in files]
    for file, columns in zip(files, collected, strict=True):
        columns.captions = _placed_captions(file, names, columns, accounting)
    rows = _reject_ambiguous(names, accounting)
    yield from _batches(files, names, rows, parts, keypoints, collected)


def _remark_repeated_ids(file: Path, table: Table, accounting: Accounting) -> None:
    known = table.id[table.id != ABSENT]
    ordered = np.sort(known)
    repeated = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    for number in repeated[:10_000].tolist():
        places = table.index[table.id == number]
        accounting.remark(
            "AN005",
            file=str(file),
            at=f"/annotations/{places[1]}/id",
            value=number,
            message=f"id {number} is also that of /annotations/{places[0]}",
            count=len(places) - 1,
        )


def _remark_repeated_names(file: Path, names: Names, accounting: Accounting) -> None:
    if len(set(names.paths)) == len(names.paths):
        return
    first: dict[str, int] = {}
    for row, path in enumerate(names.paths):
        if path in first:
            other = f"/images/{names.places[first[path]]}"
            accounting.remark(
                "AN008",
                file=str(file),
                at=f"/images/{names.places[row]}/file_name",
                value=path,
                message=f"also the file of {other}",
            )
        first.setdefault(path, row)


def _merge_keypoints(tables: list[Table], collected: list[Columns], accounting: Accounting) -> dict[int, list[float]]:
    """Keypoints by the index of their instance in the first file; entries that found theirs leave their table.

    An entry with the id of an instance is that instance, so it is taken back from what was read.
    """
    merged = dict(collected[0].keypoints) if collected else {}
    for table, columns in zip(tables[1:], collected[1:], strict=True):
        if not columns.keypoints:
            continue
        main = tables[0]
        at = positions_of_ids(main, table.id)
        for row in np.flatnonzero(at >= 0).tolist():
            merged[int(main.index[at[row]])] = columns.keypoints.get(int(table.index[row]), [])
        accounting.read("annotations", -int((at >= 0).sum()))
        _keep(table, at < 0)
    return merged


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

    row: NDArray[np.int64]
    order: NDArray[np.int64]
    label: NDArray[np.int32]
    index: NDArray[np.int64]
    boxes: NDArray[np.float64]
    crowd: NDArray[np.bool_]


def _placed(file: Path, names: Names, numbers: NDArray[np.int64], table: Table, accounting: Accounting) -> _Placed:
    """Reject what has no image, no label or no box; sort the rest by image."""
    row = positions(numbers, table.image)
    categories = np.array(list(names.label_of), np.int64)
    at = positions(categories, table.category)
    codes = np.array([*names.label_of.values(), 0], np.int32)
    label = codes[at]
    empty = np.isin(label, [code for code, name in enumerate(names.labels) if not name])
    no_category = table.category == ABSENT
    row_ambiguous = np.isin(row, list(names.ambiguous))
    good = np.ones(len(row), np.bool_)
    for mask, code, field_name, said in (
        (row < 0, "AN009", "image_id", "no image has this id"),
        (row_ambiguous, "AN007", "image_id", "two images have this id, so the box cannot be placed"),
        (no_category, "AN023", "", "there is no category_id"),
        ((at < 0) & ~no_category, "AN010", "category_id", "no category has this id"),
        (empty & (at >= 0), "AN012", "category_id", "the category's name is empty"),
        (~table.there, "AN023", "", "there is no bbox"),
    ):
        for place in np.flatnonzero(mask & good).tolist():
            _reject(file, names, table, place, code, field_name, said, accounting)
        good &= ~mask
    key = (row[good] << 32) | np.flatnonzero(good)
    key.sort()  # the same as a stable argsort by row, and faster
    return _Placed(key >> 32, key & 0xFFFFFFFF, label, table.index, table.boxes, table.crowd)


def _reject(
    file: Path, names: Names, table: Table, place: int, code: str, field_name: str, said: str, accounting: Accounting
) -> None:
    value = {"image_id": table.image, "category_id": table.category}.get(field_name)
    number = None if value is None else int(value[place])
    shown = next((text for text, known in names.ids.strings.items() if known == number), number)
    accounting.reject(
        "annotations",
        code,
        file=str(file),
        at=f"/annotations/{table.index[place]}" + (f"/{field_name}" if field_name else ""),
        value=shown,
        message=f"{field_name} {shown}: {said}" if field_name else said,
    )


def _placed_captions(file: Path, names: Names, columns: Columns, accounting: Accounting) -> list[tuple[int, int, str]]:
    """(index, image row, text) of the captions that have an image, sorted by image."""
    placed: list[tuple[int, int, str]] = []
    for index, number, text in columns.captions:
        row = names.row_of.get(number)
        at = f"/annotations/{index}"
        if row is None or row in names.ambiguous:
            code = "AN009" if row is None else "AN007"
            accounting.reject(
                "annotations",
                code,
                file=str(file),
                at=f"{at}/image_id",
                value=number,
                message="no one image has this id",
            )
        elif not text.strip():
            accounting.reject(
                "annotations", "AN023", file=str(file), at=f"{at}/caption", value=text, message="the caption is empty"
            )
        else:
            placed.append((index, row, text))
    return sorted(placed, key=lambda each: (each[1], each[0]))


def _reject_ambiguous(names: Names, accounting: Accounting) -> NDArray[np.int64]:
    """Rows of the images that stay."""
    for row in sorted(names.ambiguous):
        accounting.reject(
            "images",
            "AN007",
            file=str(names.path_of(row)),
            at=f"/images/{names.places[row]}/id",
            value=names.numbers[row],
            message=f"another image has the id of {names.paths[row]}",
        )
    return np.setdiff1d(np.arange(len(names.numbers)), np.array(sorted(names.ambiguous), np.int64))


def _batches(
    files: list[Path],
    names: Names,
    rows: NDArray[np.int64],
    parts: list[_Placed],
    keypoints: dict[int, list[float]],
    collected: list[Columns],
) -> Iterator[pa.RecordBatch]:
    dictionary = pa.array(names.labels or [""], pa.string())
    strings = {number: text for text, number in names.ids.strings.items()}
    captions = _Captions(files, collected)
    for start in range(0, len(rows), ROWS):
        chosen = rows[start : start + ROWS]
        low, high = int(chosen[0]), int(chosen[-1]) + 1
        groups = [_between(part, low, high) for part in parts]
        arrays = [_objects(files, which, group, dictionary, keypoints) for which, group in enumerate(groups)]
        counts, objects = _interleave(chosen, groups, arrays)
        sizes = np.array([names.sizes[row] for row in chosen], np.int32).reshape(-1, 2)
        places = np.array([names.places[row] for row in chosen], np.int64)
        yield to_arrow.batch(
            ids=pa.array([_id(names.numbers[row], strings) for row in chosen], pa.string()),
            file=str(files[0]),
            ats=_image_places(files, names, chosen, places),
            media=to_arrow.one_picture_each(
                pa.array([names.paths[row] for row in chosen], pa.string()), sizes[:, 0].copy(), sizes[:, 1].copy()
            ),
            objects=to_arrow.lists(counts, objects),
            captions=captions.between(chosen),
        )


def _id(number: int, strings: dict[int, str]) -> str:
    return strings.get(number) or str(number)


def _image_places(files: list[Path], names: Names, rows: NDArray[np.int64], places: NDArray[np.int64]) -> pa.Array:
    if not names.origin:
        return to_arrow.places("/images/", places)
    prefixes = (_prefix(files, files.index(names.path_of(row))) for row in rows.tolist())
    return pa.array([f"{prefix}/images/{place}" for prefix, place in zip(prefixes, places.tolist(), strict=True)])


def _prefix(files: list[Path], which: int) -> str:
    """Before the pointer of what stands in another file than the record: that file and `#`."""
    return "" if which == 0 else f"{files[which]}#"


def _between(part: _Placed, low: int, high: int) -> _Placed:
    start, stop = np.searchsorted(part.row, [low, high]).tolist()
    order = part.order[start:stop]
    boxes = part.boxes[order]
    boxes[:, 2:] += boxes[:, :2]
    return _Placed(
        part.row[start:stop], np.arange(stop - start), part.label[order], part.index[order], boxes, part.crowd[order]
    )


def _objects(
    files: list[Path], which: int, group: _Placed, dictionary: pa.Array, keypoints: dict[int, list[float]]
) -> pa.StructArray:
    points = None
    if keypoints and which == 0:
        points = pa.array([keypoints.get(index) for index in group.index.tolist()], pa.list_(pa.float64()))
    given = to_arrow.ObjectColumns(group.index, group.label, group.boxes, group.crowd, points)
    return to_arrow.objects(given, dictionary, _prefix(files, which) + "/annotations/")


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
