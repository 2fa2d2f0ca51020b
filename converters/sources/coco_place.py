"""COCO's annotations to their images: those that have an image, a label and a box, by buckets of images, on disk.

What has none of the three is rejected, in the order of the file, a block at a time.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...schemas.accounting import Accounting
from ..rows_on_disk import Rows, RowsOnDisk
from .coco_columns import ABSENT, Columns, Ids, Lookup, pointer
from .coco_images import Images
from .coco_more import Shapes

PLACED = np.dtype(
    [("row", np.int32), ("label", np.int32), ("index", np.int64), ("box", np.float64, 4), ("crowd", np.bool_)],
    align=True,
)
"""An annotation that has its place: the row of its image, its label; the rest as in `coco_columns.ANNOTATION`."""


_TWO_IMAGES = "two images have this id, so it cannot be placed"


class Placed:
    """Annotations of one file that have a place, on disk, so that those of any bucket are found: of `images` images
    each, in the order of the images.
    """

    def __init__(self, images: int, rows: RowsOnDisk) -> None:
        self.images = images
        self.rows = rows
        self.ranges: dict[int, list[tuple[int, int]]] = {}  # by bucket

    def add(self, rows: Rows) -> None:
        """Take some; they need not be in order."""
        if not len(rows):
            return
        rows = _in_order(rows)
        edges = np.flatnonzero(np.diff(rows["row"] // self.images, prepend=-1))
        begin = len(self.rows)
        for first, end in zip(edges.tolist(), [*edges[1:].tolist(), len(rows)], strict=True):
            ranges = self.ranges.setdefault(int(rows["row"][first]) // self.images, [])
            if ranges and ranges[-1][1] == begin + first:
                ranges[-1] = (ranges[-1][0], begin + end)
            else:
                ranges.append((begin + first, begin + end))
        self.rows.add(rows)

    def bucket(self, number: int) -> Rows:
        """The annotations of a bucket in the order of the images, the file's order within."""
        return _in_order(self.rows.gathered(self.ranges.get(number, ())))


def _in_order(rows: Rows) -> Rows:
    """The rows in the order of their images, and as they were within each."""
    row = rows["row"]
    if (row[1:] >= row[:-1]).all():
        return rows
    key = row.astype(np.int64) << 32
    key |= np.arange(len(key))
    key.sort()  # the same as a stable argsort by row, and faster; so is `take` beside an index
    key &= (1 << 32) - 1
    return rows.take(key)


def place(shapes: Shapes, images: Images, placed: Placed, accounting: Accounting, *, stuff: bool) -> None:
    """Reject what has no image, no label or no box; place the rest."""
    categories = shapes.categories
    lookup = Lookup(np.array(list(categories.label_of), np.int64))
    labels = np.array([*categories.label_of.values(), 0], np.int32)
    boxed: list[int] = []
    for rows in shapes.columns.rows.blocks():
        row, at = images.rows_of(rows["image"]), lookup.of(rows["category"])
        good = _reject_unplaced(shapes, images, rows, (row, at, labels[at]), accounting, stuff=stuff)
        boxless = np.flatnonzero(good & ~rows["there"])
        if len(boxless):
            boxed += shapes.find_boxes(rows, row, boxless)
            good &= rows["there"]
        shapes.reject_misfits(rows, row, good)
        chosen = slice(None) if good.all() else good
        held = np.empty(int(good.sum()), PLACED)
        held["row"], held["label"] = row[chosen], labels[at[chosen]]
        for name in ("index", "box", "crowd"):
            held[name] = rows[name][chosen]
        placed.add(held)
    shapes.remark_boxed(boxed, "pixels in the PNG")


def _reject_unplaced(
    shapes: Shapes,
    images: Images,
    rows: Rows,
    told: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    accounting: Accounting,
    *,
    stuff: bool,
) -> NDArray[np.bool_]:
    """Reject what has no image or no label, and say which have both. `told` are the row of each one's image, the place
    of its category, and its label.
    """
    row, at, label = told
    categories, category = shapes.categories, rows["category"]
    nameless = categories.code_of.get("", -1)
    no_category = category == ABSENT
    broken = {number: said for number, said in categories.broken.items() if number not in categories.label_of}
    twice = np.isin(rows["image"], images.ambiguous) if len(images.ambiguous) else np.zeros(len(rows), np.bool_)
    left_out = [] if stuff else categories.stuff()
    good = np.ones(len(rows), np.bool_)
    for mask, code, field_name, said in (
        ((row < 0) & ~twice, "AN009", "image_id", "no image has this id"),
        (twice, "AN007", "image_id", _TWO_IMAGES),
        (no_category, "AN023", "", "there is no category_id"),
        *((category == number, "AN010", "category_id", said) for number, said in broken.items()),
        ((at < 0) & ~no_category, "AN010", "category_id", "no category has this id"),
        *((category == number, "AN010", "category_id", said) for number, said in categories.ambiguous.items()),
        ((label == nameless) & (at >= 0), "AN012", "category_id", "the category's name is empty"),
        *((label == code, "AN030", "category_id", "the category is stuff, no thing") for code in left_out),
    ):
        for place in np.flatnonzero(mask & good).tolist():
            _reject(shapes.file, categories.ids, rows[place], code, field_name, said, accounting)
        good &= ~mask
    return good


def _reject(
    file: Path, ids: Ids, annotation: Any, code: str, field_name: str, said: str, accounting: Accounting
) -> None:
    column = {"image_id": "image", "category_id": "category"}.get(field_name)
    shown = None if column is None else ids.shown(int(annotation[column]))
    accounting.reject(
        "annotations",
        code,
        file=str(file),
        at=pointer(int(annotation["index"])) + (f"/{field_name}" if field_name else ""),
        value=shown,
        message=f"{field_name} {shown}: {said}" if field_name else said,
    )


def placed_captions(file: Path, images: Images, columns: Columns, accounting: Accounting) -> list[tuple[int, int, str]]:
    """(index, image row, text) of the captions that have an image, sorted by image."""
    numbers = np.array([number for _, number, _ in columns.captions], np.int64)
    rows, twice = images.rows_of(numbers), np.isin(numbers, images.ambiguous)
    placed: list[tuple[int, int, str]] = []
    for (index, number, text), row, again in zip(columns.captions, rows.tolist(), twice.tolist(), strict=True):
        wrong = _TWO_IMAGES if again else "no image has this id" if row < 0 else ""
        at, value = f"/annotations/{index}", columns.ids.shown(number)
        if wrong:
            code = "AN007" if again else "AN009"
            said = f"image_id {value}: {wrong}"
            accounting.reject("annotations", code, file=str(file), at=f"{at}/image_id", value=value, message=said)
        elif not text.strip():
            said = "the caption is empty"
            accounting.reject("annotations", "AN023", file=str(file), at=f"{at}/caption", value=text, message=said)
        else:
            placed.append((index, row, text))
    return sorted(placed, key=lambda each: (each[1], each[0]))
