"""Labels: one batch of the annotation table as rules look at it, straight from its reader, nothing clipped or turned.

Columns are computed once, and only when a rule asks for them.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...converters import table
from ...converters.pictures.find import Pictures
from ...converters.sources.protocol import Source
from ...schemas.box import Box
from ...schemas.finding import Edit, Fix, Safety
from .hits import Ints
from .media import Media
from .settings import PLAIN, Settings


class Labels:
    """One batch of labels. Columns that a Hits may name: "" (the records), "media", and the table's list columns."""

    def __init__(
        self,
        batch: pa.RecordBatch,
        source: Source | None = None,
        pictures: Pictures | None = None,
        settings: Settings = PLAIN,
    ) -> None:
        self.batch = batch
        self.source = source
        self.settings = settings
        self.split = ""  # of all its records; where it is empty, files tell theirs by their names
        self._pictures = pictures
        self.named: Callable[[str], str] = str  # of a file as its reader names it, the name that can be opened

    @cached_property
    def boxes(self) -> NDArray[np.float64]:
        """(n, 4) x1, y1, x2, y2 of all objects in pixels, as the source has them.

        NaN where the file has shares of a picture whose size nobody knows: readers make zeros of them, and the one
        thing wrong is the missing picture. What is no number in the file itself is in `table.boxes` too.
        """
        boxes = table.boxes(self.batch)
        unknown = np.asarray(~boxes.any(axis=1) & ~self.sizes.any(axis=1))
        return np.where(unknown[:, None], np.nan, boxes) if unknown.any() else boxes

    @cached_property
    def sizes(self) -> NDArray[np.float64]:
        """(n, 2) width and height in pixels of each object's picture: as the labels declare them, else as its header
        does; 0: nobody does.
        """
        said = self.media.declared
        if (said == 0).any():
            said = np.where(said > 0, said, self.media.upright)
        return np.asarray(said[table.picture_of_object(self.batch)])

    @cached_property
    def record(self) -> Ints:
        """The row of the batch that each object belongs to."""
        return table.rows(self.batch, "objects")

    @cached_property
    def labels(self) -> Ints:
        """The label of each object as a code; `label_names` has the words."""
        return np.asarray(table.entries(self.batch, "objects", "label").indices.to_numpy(), np.int64)

    @cached_property
    def label_names(self) -> list[str]:
        """The words of the codes in `labels`; the codes of two batches may differ."""
        names: list[str] = table.entries(self.batch, "objects", "label").dictionary.to_pylist()
        return names

    @cached_property
    def media(self) -> Media:
        """The pictures of the batch."""
        sides = [table.numbers(self.batch, "media", side).astype(np.float64) for side in ("width", "height")]
        names: list[str] = table.entries(self.batch, "media", "path").to_pylist()
        record = table.rows(self.batch, "media")
        kinds = table.entries(self.batch, "media", "kind").to_pylist()
        others = frozenset(at for at, kind in enumerate(kinds) if kind not in ("image", None))
        return Media(names, np.stack(sides, axis=1), record, self._pictures, self.settings, others, self._pictured)

    def let_go(self) -> None:
        """Forget the pictures, which know this batch: nothing but the collector of cycles would free the two."""
        vars(self).pop("media", None)

    def _pictured(self, chosen: Sequence[int]) -> list[tuple[str, str]]:
        return self.places("media", chosen)

    def values(self, column: str, field: str) -> list[Any]:
        """One field of all entries of a list column, as Python values: for columns that are short or rarely asked."""
        values: list[Any] = table.entries(self.batch, column, field).to_pylist()
        return values

    def dropped(self, place: int) -> Fix | None:
        """The unsafe fix that takes an object away, where the source can be edited."""
        return self._edited(place, None, "unsafe", "Drop the annotation")

    def reboxed(self, place: int, box: Box, safety: Safety, message: str) -> Fix | None:
        """The fix that gives an object another box, in pixels, where the source can be edited."""
        return self._edited(place, box, safety, message)

    def _edited(self, place: int, box: Box | None, safety: Safety, message: str) -> Fix | None:
        edits: Callable[[str, str, Box | None], tuple[Edit, ...]] | None = getattr(self.source, "edits", None)
        file, at = self.places("objects", [place])[0]
        made = edits(file, at, box) if edits else ()
        return Fix(safety, message, made) if made else None

    def places(self, column: str, chosen: Sequence[int]) -> list[tuple[str, str]]:
        """(file, place in it) of some entries; a picture's is its record's."""
        if column not in ("", "media"):
            found = table.places(self.batch, column, chosen)
            return [(self.named(file), at) for file, at in found]
        rows = pa.array([int(each) if not column else int(self.media.record[each]) for each in chosen], pa.int64())
        files = [self.named(file) for file in self.batch.column("file").take(rows).to_pylist()]
        ats: list[str] = self.batch.column("at").take(rows).to_pylist()
        return list(zip(files, ats, strict=True))

    def has_ignores(self) -> bool:
        """Whether an object of this batch may have a `lint_ignore`."""
        said = table.entries(self.batch, "objects", "attributes")
        return said.null_count < len(said) and bool(pc.any(pc.match_substring(said, "lint_ignore")).as_py())

    def bidder(self, column: str, place: int) -> int:
        """The place itself: objects bid for themselves."""
        return place if column else -1

    def ignored(self, column: str, chosen: Sequence[int]) -> list[frozenset[str]]:
        """The codes in an object's own `lint_ignore`, which readers keep among its attributes."""
        if column != "objects":
            return [frozenset()] * len(chosen)
        said: list[str | None] = table.entries(self.batch, "objects", "attributes").take(pa.array(chosen)).to_pylist()
        return [_codes(each) for each in said]


def _codes(attributes: str | None) -> frozenset[str]:
    if attributes is None or "lint_ignore" not in attributes:
        return frozenset()
    codes = msgspec.json.decode(attributes).get("lint_ignore", ())
    return frozenset(map(str, codes)) if isinstance(codes, list) else frozenset((str(codes),))
