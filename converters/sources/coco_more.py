"""What COCO says of an annotation besides its box: keypoints and their names, polygons, masks, its category's facts.

Rare in the file of a large set, so these stand in dictionaries by the annotation's index, and make columns only where
a batch has any. A panoptic file's masks are read from its PNGs batch by batch, when they are asked for.
"""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...schemas.accounting import Accounting
from ...schemas.annotation import OBJECT
from .. import rle
from ..pictures.fault import PictureFault
from ..rows_on_disk import Rows
from .coco_columns import SEGMENT, Columns, pointer
from .coco_images import Categories, ImageTable
from .coco_panoptic import Pngs, box_of_mask, png_folder

Ints = NDArray[np.int64]
Small = NDArray[np.int32]


class Shapes:
    """The shapes of one file's annotations."""

    def __init__(
        self,
        file: Path,
        columns: Columns,
        images: ImageTable,
        categories: Categories,
        folder: Path | None,
        accounting: Accounting,
    ) -> None:
        self.file, self.columns, self.images, self.categories = file, columns, images, categories
        self.accounting = accounting
        self.pngs = Pngs(png_folder(file, folder), columns.pngs) if columns.pngs else None
        self.remark_boxed(columns.outlines.boxed, "segmentation")
        for index, error in columns.outlines.broken.items() if columns.outlines.keep != "skip" else ():
            if not error.boxless:
                said = f"{error}; the box was read, the mask was not"
                self._remark(error.code, f"{pointer(index)}/segmentation", error.value, said)

    def _remark(self, code: str, at: str, value: Any, said: str, count: int = 1) -> None:
        self.accounting.remark(code, file=str(self.file), at=at, value=value, message=said, count=count)

    def remark_boxed(self, boxed: list[int], of: str) -> None:
        """Say that some annotations, by their indices, had no box, and what they got one of."""
        if boxed:
            said = f"there is no bbox; the box around its {of} was taken"
            self._remark("AN028", pointer(boxed[0]), None, said, len(boxed))

    def find_boxes(self, rows: Rows, row: Small, boxless: Ints) -> list[int]:
        """Give those of `rows` that are `boxless` their boxes, where a PNG shows them; else reject them.

        `row` is that of each one's image; the indices of those that have a box now.
        """
        found: list[int] = []
        for place in boxless.tolist():
            index = int(rows["index"][place])
            error = self.columns.outlines.broken.get(index)
            fault = ("AN023", None, "there is no bbox") if error is None else (error.code, error.value, str(error))
            if self.pngs is not None and index >= SEGMENT:
                try:
                    x1, y1, x2, y2 = box_of_mask(self._segment(self.pngs, index, int(row[place])))
                except PictureFault as wrong:
                    fault = (wrong.code, wrong.value, f"there is no bbox, nor pixels to take it from: {wrong.message}")
                else:
                    rows["box"][place], rows["there"][place] = (x1, y1, x2 - x1, y2 - y1), True
                    found.append(index)
                    continue
            code, value, said = fault
            at = pointer(index) + ("/segmentation" if error else "")
            self.accounting.reject("annotations", code, file=str(self.file), at=at, value=value, message=said)
        return found

    def _segment(self, pngs: Pngs, index: int, row: int) -> NDArray[np.bool_]:
        return pngs.mask(index, self.columns.colours.get(index), self.images.size(row))

    def of(self, index: Ints, label: Small, row: Small) -> dict[str, pa.Array]:
        """The columns of some annotations that have anything in them; `row` is that of each one's image."""
        columns, outlines = self.columns, self.columns.outlines
        more: dict[str, pa.Array] = {}
        if columns.keypoints:
            more |= self._points(index, label)
        if outlines.polygons:
            more["polygons"] = _column("polygons", [outlines.polygons.get(each) for each in index.tolist()])
        if outlines.hulls:
            more["polygons"] = _rectangles(outlines.hulls_of(index))
        if outlines.masks or (outlines.sizes and outlines.keep != "skip") or self._keeps_pngs:
            pairs = zip(index.tolist(), row.tolist(), strict=True)
            masked = outlines.masks.keys() | outlines.sizes.keys()
            texts = [self._mask(each, at) if each in masked or each >= SEGMENT else None for each, at in pairs]
            more["mask"] = _column("mask", texts)
        if self.categories.said:
            facts = [self.categories.said.get(code) for code in range(len(self.categories.labels))]
            texts = pa.array([fact and msgspec.json.encode(fact).decode() for fact in facts], pa.string())
            more["attributes"] = texts.take(pa.array(label))
        return more

    @property
    def _keeps_pngs(self) -> bool:
        return self.pngs is not None and self.columns.outlines.keep != "skip"

    def _points(self, index: Ints, label: Small) -> dict[str, pa.Array]:
        points: list[list[float] | None] = []
        names: list[list[str] | None] = []
        for each, code in zip(index.tolist(), label.tolist(), strict=True):
            held, called = self.columns.keypoints.get(each), self.categories.points.get(code)
            if held and called and len(held) != 3 * len(called):
                said = f"{len(held) // 3} keypoints where the category names {len(called)}; they were not read"
                self._remark("GE023", f"{pointer(each)}/keypoints", len(held) // 3, said)
                held = None
            points.append(held)
            names.append(called if held else None)
        return {"keypoints": _column("keypoints", points), "keypoint_names": _column("keypoint_names", names)}

    def _mask(self, index: int, row: int) -> str | None:
        if self.pngs is not None and self._keeps_pngs and index >= SEGMENT:
            try:
                return rle.encode(self._segment(self.pngs, index, row))
            except PictureFault as fault:
                said = f"{fault.message}; the box was read, the mask was not"
                self._remark(fault.code, pointer(index), fault.value, said)
                return None
        if said := self._misfit(index, row):
            at, size = f"{pointer(index)}/segmentation/size", self.columns.outlines.sizes[index]
            self._remark("GE012", at, size, f"{said}; the box was read, the mask was not")
            return None
        return self.columns.outlines.masks.get(index)

    def _misfit(self, index: int, row: int) -> str:
        """Why a mask is none of its image, or nothing."""
        size, picture = self.columns.outlines.sizes.get(index), self.images.size(row)
        if size is None or min(picture) < 1 or size == picture:
            return ""
        return f"the mask is of {size[0]}x{size[1]}, the picture {picture[0]}x{picture[1]}"

    def reject_misfits(self, rows: Rows, row: Small, good: NDArray[np.bool_]) -> None:
        """Take from `good` the annotations whose box is that of a mask of another picture."""
        boxed = [index for index in self.columns.outlines.boxed if index in self.columns.outlines.sizes]
        for place in np.flatnonzero(np.isin(rows["index"], boxed) & good).tolist() if boxed else ():
            index = int(rows["index"][place])
            if said := self._misfit(index, int(row[place])):
                good[place] = False
                value, at = self.columns.outlines.sizes[index], f"{pointer(index)}/segmentation/size"
                said = f"there is no bbox, and {said}"
                self.accounting.reject("annotations", "GE012", file=str(self.file), at=at, value=value, message=said)


def _column(name: str, values: list[Any]) -> pa.Array:
    return pa.array(values, OBJECT.field(name).type)


def _rectangles(hulls: NDArray[np.float64]) -> pa.Array:
    """A column of polygons of (n, 4) hulls: one ring around each, null where it is NaN."""
    there = ~np.isnan(hulls[:, 0])
    corners = np.ascontiguousarray(hulls[there][:, [0, 1, 2, 1, 2, 3, 0, 3]]).ravel()
    rings = pa.ListArray.from_arrays(pa.array(np.arange(0, len(corners) + 1, 8, dtype=np.int32)), pa.array(corners))
    starts = np.concatenate([[0], np.cumsum(there)]).astype(np.int32)
    polygons = pa.ListArray.from_arrays(pa.array(starts), rings, mask=pa.array(~there))
    return polygons.cast(OBJECT.field("polygons").type)
