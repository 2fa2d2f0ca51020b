"""What mends a COCO file at its own places: another box or none, and two entries of one name made one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...schemas.box import Box
from ...schemas.finding import Edit, Fix
from .coco_columns import SEGMENT, Columns, Ids, pointer


def edits(file: str, at: str, box: Box | None) -> tuple[Edit, ...]:
    """The annotation's `bbox` as x, y, width, height in pixels, or the annotation away."""
    if box is None:
        return (Edit(file, at, "remove"),)
    sides = (box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1)
    return (Edit(file, f"{at}/bbox", "replace", [plain(each) for each in sides]),)


def plain(number: float) -> int | float:
    """A number as a person writes it: whole where it is whole, without the dust of a subtraction."""
    rounded = round(number, 6)
    return int(rounded) if rounded == int(rounded) else rounded


class Merges:
    """Fixes that make two entries of `images` or `categories` one: the annotations of the second go to the first."""

    def __init__(self, files: Sequence[Path], columns: Sequence[Columns], ids: Ids) -> None:
        self._columns = dict(zip(files, columns, strict=True))
        self._ids = ids
        self._sorted: dict[tuple[Path, str], tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    def of_images(self, file: Path, at: str, number: int, first: int) -> Fix:
        """The image at a place, the number of whose id is that, becomes the one that stood before it."""
        edits = self._moved(file, "image", number, first)
        return Fix("unsafe", "Merge the two images", (*edits, Edit(str(file), at, "remove")))

    def of_categories(self, file: Path, at: str, number: int, first: int) -> Fix:
        """The category at a place becomes the one of its name that stood before it."""
        edits = self._moved(file, "category", number, first)
        return Fix("unsafe", "Merge the two categories", (*edits, Edit(str(file), at, "remove")))

    def _moved(self, file: Path, what: Literal["image", "category"], number: int, first: int) -> list[Edit]:
        columns = self._columns[file]
        if (file, what) not in self._sorted:
            numbers = columns.rows.column(what)
            order = np.argsort(numbers, kind="stable")
            self._sorted[file, what] = (order, numbers[order])
        order, ascending = self._sorted[file, what]
        low, high = np.searchsorted(ascending, [number, number + 1]).tolist()
        new = self._ids.shown(first)
        rows = np.sort(order[low:high])
        places = [int(columns.rows.between(row, row + 1)["index"][0]) for row in rows.tolist()]
        if what == "image":  # which of a panoptic entry stands at the entry, not at its segments
            captions = [index for index, image, _ in columns.captions if image == number]
            places = [*dict.fromkeys(place % SEGMENT for place in places), *captions]
        return [Edit(str(file), f"{pointer(place)}/{what}_id", "replace", new) for place in places]
