"""COCO's `segmentation`: what a thing covers, as polygons or as runs, and the box around it.

A list of rings `[x, y, x, y …]`, or an object `{"counts": …, "size": [height, width]}` whose counts are a list of runs
or a compressed text (`converters/rle.py`). Seen in unofficial files: one ring without the list around it; rings of two
points; runs of another picture; `[]` and null for none.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import isfinite
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...schemas.box import Box, hull
from .. import rle

Keep = Literal["skip", "keep", "hulls"]
"""What is kept of segmentations besides the boxes that they lend: nothing, all, or the hulls of polygons."""

_NUMBER = frozenset((int, float))
_POLYGONS = msgspec.json.Decoder(list[list[list[float]]])


class MaskError(ValueError):
    """A segmentation that says nothing: the rule, the message, the value; `boxless` where no bbox stands beside it."""

    def __init__(self, code: str, message: str, value: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.value = value
        self.boxless = True


@dataclass(slots=True)
class Outline:
    """What a segmentation says: rings in pixels, or runs with the (width, height) of their picture, and the box."""

    box: Box | None
    polygons: list[list[float]] | None = None
    mask: str | None = None
    size: tuple[int, int] | None = None


@dataclass(slots=True)
class Outlines:
    """The segmentations of one file, by the annotation's index: what is kept, what is broken, whose box they gave.

    Hulls are five numbers an annotation, where polygons are half a kilobyte and more: train2017's would be a gigabyte.
    """

    keep: Keep = "skip"
    polygons: dict[int, list[list[float]]] = field(default_factory=dict[int, list[list[float]]])
    masks: dict[int, str] = field(default_factory=dict[int, str])
    sizes: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])
    broken: dict[int, MaskError] = field(default_factory=dict[int, MaskError])
    boxed: list[int] = field(default_factory=list[int])
    hull_index: "array[int]" = field(default_factory=lambda: array("q"))
    hulls: "array[float]" = field(default_factory=lambda: array("d"))

    def take(self, indices: Sequence[int], values: Sequence[Any]) -> None:
        """The segmentations of a chunk: entries without a box get theirs, as x, y, width, height."""
        for index, value in zip(indices, values, strict=True):
            if value.segmentation and (self.keep != "skip" or value.bbox is None):
                self._take_one(index, value.segmentation, value if value.bbox is None else None)

    def _take_one(self, index: int, segmentation: Any, boxless: Any) -> None:
        """One segmentation, and the entry that has no box of its own."""
        try:
            found = outline(segmentation, texts=self.keep == "keep")
        except MaskError as error:
            error.boxless = boxless is not None
            self.broken[index] = error.with_traceback(None)
            return
        if found.size is not None:
            self.sizes[index] = found.size
        if boxless is not None:
            self._box(index, boxless, found)
        if self.keep == "keep":
            self._keep(index, found)
        elif self.keep == "hulls" and found.polygons is not None and found.box is not None:
            self.hull_index.append(index)
            self.hulls.extend(found.box)

    def take_hulls(self, indices: Sequence[int], texts: Sequence[bytes]) -> None:
        """The segmentations of a chunk of entries with boxes, as JSON: polygons all at once, the rest one by one."""
        drawn = [place for place, text in enumerate(texts) if text.startswith(b"[[")]
        rest = [place for place, text in enumerate(texts) if not text.startswith(b"[[")]
        try:
            polygons = _POLYGONS.decode(b"[" + b",".join([texts[place] for place in drawn]) + b"]")
        except msgspec.DecodeError:
            polygons, drawn, rest = [], [], list(range(len(texts)))
        broken, hulls = _hulls(polygons)
        there = [place for place, wrong in zip(drawn, broken, strict=True) if not wrong]
        self.hull_index.extend([indices[place] for place in there])
        self.hulls.extend(hulls.ravel().tolist())
        rest += [place for place, wrong in zip(drawn, broken, strict=True) if wrong]
        for place in sorted(rest):
            if segmentation := msgspec.json.decode(texts[place]):
                self._take_one(indices[place], segmentation, None)

    def hulls_of(self, index: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n, 4) x1, y1, x2, y2 of the hulls of some annotations; NaN for those without polygons."""
        held = np.frombuffer(self.hull_index, np.int64)
        hulls = np.frombuffer(self.hulls, np.float64).reshape(-1, 4)
        order = np.argsort(held, kind="stable")
        at = np.minimum(np.searchsorted(held, index, sorter=order), max(0, len(held) - 1))
        found = order[at] if len(held) else at
        there = held[found] == index if len(held) else np.zeros(len(index), np.bool_)
        return np.where(there[:, None], hulls[found] if len(held) else np.nan, np.nan)

    def _keep(self, index: int, found: Outline) -> None:
        if found.polygons is not None:
            self.polygons[index] = found.polygons
        if found.mask is not None:
            self.masks[index] = found.mask

    def _box(self, index: int, value: Any, found: Outline) -> None:
        if found.box is None:
            self.broken[index] = MaskError("AN023", "there is no bbox, and no pixel of the mask is painted")
            return
        x1, y1, x2, y2 = found.box
        value.bbox = (x1, y1, x2 - x1, y2 - y1)
        self.boxed.append(index)


def _hulls(polygons: list[list[list[float]]]) -> tuple[list[bool], NDArray[np.float64]]:
    """Which of some outlines have a ring that is none, or a number that is not finite; (n, 4) hulls of the others."""
    sizes = [list(map(len, rings)) for rings in polygons]
    broken = [not mine or min(mine) < 6 or any(size % 2 for size in mine) for mine in sizes]
    sound = [rings for rings, wrong in zip(polygons, broken, strict=True) if not wrong]
    if not sound:
        return broken, np.zeros((0, 4))
    counts = np.array([sum(mine) for mine, wrong in zip(sizes, broken, strict=True) if not wrong])
    numbers = chain.from_iterable(chain.from_iterable(sound))
    points = np.fromiter(numbers, np.float64, int(counts.sum())).reshape(-1, 2)
    starts = (np.cumsum(counts) - counts) // 2
    hulls = np.concatenate([np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)], axis=1)
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(hulls).all(axis=1))
    if not finite.all():
        told: list[bool] = finite.tolist()
        left = iter(told)
        broken = [wrong or not next(left) for wrong in broken]
    return broken, hulls[finite]


def outline(segmentation: Any, *, texts: bool = True) -> Outline:
    """What one segmentation says. Raises `MaskError`: GE015 for rings that are none, GE021 for runs that are none.

    Runs are written out as a text only where `texts`.
    """
    if isinstance(segmentation, dict):
        return _of_runs(segmentation, texts=texts)
    if isinstance(segmentation, list):
        return _of_rings(segmentation)
    raise MaskError("AN004", "segmentation is neither a list of rings nor an object of runs", str(segmentation)[:200])


def _of_rings(segmentation: list[Any]) -> Outline:
    rings = segmentation if isinstance(segmentation[0], list) else [segmentation]
    kinds = set[type]()
    for ring in rings:
        if not isinstance(ring, list) or not _NUMBER.issuperset(mine := set(map(type, ring))):
            raise MaskError("GE015", "a ring of the segmentation is no list of numbers", str(ring)[:200])
        if len(ring) < 6 or len(ring) % 2:
            raise MaskError("GE015", f"a ring of {len(ring)} numbers, where x and y of three points are the least")
        kinds |= mine
    polygons = [[float(value) for value in ring] for ring in rings] if int in kinds else rings
    flat = list(chain.from_iterable(polygons)) if len(polygons) > 1 else polygons[0]
    if not isfinite(sum(flat)) and not all(map(isfinite, flat)):
        raise MaskError("AN003", "a number of the segmentation is not finite")
    return Outline(hull(flat), polygons=polygons)


def _of_runs(segmentation: dict[str, Any], *, texts: bool) -> Outline:
    size, counts = segmentation.get("size"), segmentation.get("counts")
    if not isinstance(size, list) or len(size) != 2 or not all(type(side) is int and 0 < side < 2**31 for side in size):
        raise MaskError("GE021", "the mask's size is no height and width", None if size is None else str(size)[:200])
    height, width = size
    try:
        if isinstance(counts, str):
            runs = rle.checked(rle.counts_of(counts), height, width)
        elif isinstance(counts, list) and all(type(count) is int for count in counts):
            runs = rle.checked(counts, height, width)
        else:
            raise MaskError("GE021", "the mask's counts are neither a text nor whole numbers", str(counts)[:200])
    except rle.RleError as error:
        raise MaskError("GE021", f"the mask is broken: {error}") from None
    return Outline(rle.box(runs, height), mask=rle.text_of(runs) if texts else None, size=(width, height))
