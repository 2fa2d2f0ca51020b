"""COCO's panoptic form: one entry a picture, its things as `segments_info`, their pixels in a PNG beside the JSON.

A pixel belongs to the segment whose id is R + 256·G + 65536·B; 0 is nobody's (cocodataset.org, "Data format", 4).
Ids are unique within a picture only. `isthing` of a category tells things (a car) from stuff (the sky), whose boxes
are those of everything that is sky. Known lies: bboxes that are missing, PNGs of another size, grey PNGs.
A segment is known by one number as other annotations are: the entry's place, and the segment's in the bits above.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...schemas.accounting import Accounting
from ...schemas.box import Box
from ..json_stream import Broken, Chunk, reject_broken
from ..pictures.decode import opened
from ..pictures.fault import PictureFault
from ..pictures.find import Pictures
from .coco_columns import SEGMENT, Annotation, Segment

_COLOURED = ("RGB", "RGBA", "P")


def png_folder(file: Path, given: Path | None) -> Path:
    """Where the PNGs are: as given, else the folder beside the JSON that has its name, else that of the JSON."""
    if given is not None:
        return given
    named = file.with_suffix("")
    return named if named.is_dir() else file.parent


def segments(file: Path, chunk: Chunk, accounting: Accounting) -> Chunk:
    """The chunk with every panoptic entry as its segments, each with an index of its own; broken ones are rejected."""
    places: list[int] = []
    found: list[Annotation] = []
    for index, value in chunk.items:
        if value.segments_info is None:
            places.append(index)
            found.append(value)
            continue
        for place, segment in _sound(file, index, value.segments_info, accounting):
            places.append(place)
            found.append(
                Annotation(
                    image_id=value.image_id,
                    id=segment.id,
                    category_id=segment.category_id,
                    bbox=segment.bbox,
                    iscrowd=segment.iscrowd,
                )
            )
    return Chunk(chunk.key, places, found, chunk.broken)


def _sound(file: Path, entry: int, given: list[Any], accounting: Accounting) -> Iterator[tuple[int, Segment]]:
    """The segments of one entry that are what they should be, with their indices."""
    for number, raw in enumerate(given):
        index = entry + (number + 1) * SEGMENT
        try:
            segment = msgspec.convert(raw, Segment)
        except msgspec.ValidationError as error:
            broken = [Broken(number, raw, str(error))]
            accounting.read("annotations")
            whole = Chunk(f"annotations/{entry}/segments_info", [], [], broken)
            reject_broken("annotations", file, whole, accounting)
        else:
            yield index, segment


class Pngs:
    """The PNGs of one panoptic file; `names` by the place of their entry. The last one read is kept."""

    def __init__(self, folder: Path, names: dict[int, str | None]) -> None:
        self.pictures = Pictures(folder)
        self.names = names
        self._last: tuple[int, NDArray[np.int64] | PictureFault] = (-1, PictureFault("", None, ""))

    def mask(self, index: int, colour: Any, size: tuple[int, int]) -> NDArray[np.bool_]:
        """The pixels of a segment, height x width; `size` is (width, height) of the picture, 0 where nobody says.

        Raises `PictureFault` where the PNG cannot be read, is of another size, or has no pixel of that segment.
        """
        ids = self._ids(index % SEGMENT)
        height, width = ids.shape
        if min(size) > 0 and size != (width, height):
            said = f"the PNG is {width}x{height}, the picture {size[0]}x{size[1]}"
            raise PictureFault("GE012", [width, height], said)
        mask = ids == colour
        if not mask.any():
            raise PictureFault("GE021", colour, f"no pixel of the PNG has the id {colour}")
        return np.asarray(mask)

    def _ids(self, entry: int) -> NDArray[np.int64]:
        if self._last[0] != entry:
            try:
                self._last = (entry, _ids_in(self._path(entry)))
            except PictureFault as fault:
                self._last = (entry, fault.with_traceback(None))
        found = self._last[1]
        if isinstance(found, PictureFault):
            raise PictureFault(found.code, found.value, found.message)
        return found

    def _path(self, entry: int) -> Path:
        name = self.names.get(entry)
        if not name:
            raise PictureFault("AN023", None, "the entry names no PNG: file_name is missing")
        return self.pictures.find(name)


def _ids_in(path: Path) -> NDArray[np.int64]:
    with opened(path, ("PNG",)) as image:
        if image.mode not in _COLOURED:
            raise PictureFault("IM006", image.mode, f"{path.name} has no colours ({image.mode}), which are the ids")
        pixels = np.asarray(image.convert("RGB"), np.int64)
    return np.asarray(pixels[:, :, 0] + 256 * pixels[:, :, 1] + 65536 * pixels[:, :, 2])


def box_of_mask(mask: NDArray[np.bool_]) -> Box:
    """The box around the painted pixels of a mask, height x width, at least one."""
    across, down = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return Box(float(across[0]), float(down[0]), float(across[-1] + 1), float(down[-1] + 1))
