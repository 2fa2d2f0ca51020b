"""Corners where width and height should stand.

What
    A whole file whose `bbox` holds x1, y1, x2, y2 although its format says x, y, width, height. It is decided over
    all boxes of the file: read as sizes many of them overflow their pictures, read as corners every one fits.

Why it hurts training
    Every box but those at the left top corner is too large; the model learns that things reach to the picture's
    right bottom.

Example
    `"bbox": [100, 80, 300, 200]` for a thing that is 200 by 120 pixels large.

Instead
    Write width and height: x2 - x1 and y2 - y1.

Fix safety
    Unsafe: numbers of the whole file get another meaning.

Sources
    pytorch/vision #1128 (corners read as sizes); four of four conversion tools let it pass (measured).

"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ....schemas.box import Box
from ....schemas.finding import Fix
from ..hits import Located
from ..labels import Labels
from ..settings import Settings

LEAST = 3
"""Boxes that must overflow before anything is said."""
SHARE = 0.2
"""Of all boxes of the file, so many must overflow as sizes."""
HELD = 200_000
"""Boxes of a suspicious file that are kept for its findings; of more only the first are said one by one."""


@dataclass
class _File:
    """What is known of one file: how many boxes there are, how many overflow, and those that do while it fits."""

    boxes: int = 0
    over: int = 0
    fits: bool = True
    held: list[tuple[str, list[float], Fix | None]] = field(default_factory=list[tuple[str, list[float], Fix | None]])


class _Files:
    """One _File for each file of labels that has sizes of boxes in it."""

    def __init__(self) -> None:
        self.files: dict[str, _File] = {}

    def see_labels(self, labels: Labels) -> None:
        """A batch of labels goes by. Only COCO's form has sizes where corners could stand."""
        if labels.source is None or labels.source.NAME != "coco" or not len(labels.boxes):
            return
        name = labels.batch.column("file")[0].as_py()
        known = self.files.setdefault(name, _File())
        if not known.fits:
            return
        x1, y1, x2, y2 = labels.boxes.T
        width, height = labels.sizes.T
        with np.errstate(invalid="ignore"):
            sized = (width > 0) & (height > 0)
            over = sized & ((x2 > width + 1) | (y2 > height + 1))
            as_corners = (x2 - x1 > x1) & (y2 - y1 > y1) & (x2 - x1 <= width + 1) & (y2 - y1 <= height + 1)
        known.fits = bool((as_corners | ~sized).all())
        known.boxes += int(sized.sum())
        known.over += int(over.sum())
        if not known.fits:
            known.held.clear()
            return
        self._hold(known, labels, np.flatnonzero(sized)[: HELD - len(known.held)].tolist())

    def _hold(self, known: _File, labels: Labels, places: list[int]) -> None:
        if known.over == 0 and known.boxes > 10_000:
            return  # nothing overflows: there will be nothing to say
        for place, (_, at) in zip(places, labels.places("objects", places), strict=True):
            x1, y1, x2, y2 = labels.boxes[place].tolist()
            fix = labels.reboxed(place, Box(x1, y1, x2 - x1, y2 - y1), "unsafe", "Take the numbers for corners")
            known.held.append((at, [x1, y1, x2 - x1, y2 - y1], fix))

    def finish(self) -> Iterator[Located]:
        """The boxes of files that fit as corners and not as sizes."""
        for name, known in self.files.items():
            if known.fits and known.over >= LEAST and known.over >= SHARE * known.boxes:
                said = (
                    f"as x, y, width, height {known.over} of {known.boxes} boxes of this file overflow their pictures; "
                    "as two corners all of them fit"
                )
                for at, value, fix in known.held:
                    yield Located(name, at, value, said, fix)


def start(_settings: Settings) -> _Files:
    """No file seen yet."""
    return _Files()
