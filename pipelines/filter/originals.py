"""Originals: the sizes that pictures had, upright, before they were made smaller for a target.

Filters speak of these, so that a source is filtered in the same way whatever its targets want of its pictures.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...converters.table import boxes, entries, numbers, picture_of_object
from ..out_pictures import OutPicture

_DECIMALS = 6
"""Those of a coordinate that count: more would tell whether a box was scaled down and up again."""


class Originals:
    """What is known of the pictures that were made smaller, by their path under `out`."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._sizes: dict[str, tuple[int, int]] = {}
        self._seen = 0

    def learn(self, put: Sequence[OutPicture]) -> None:
        """Take in what was put into OUT since the last time; `put` is all of it."""
        for each in put[self._seen :]:
            if each.how == "smaller":
                self._sizes[str(self.out / each.path)] = each.width, each.height
        self._seen = len(put)

    def sizes(self, batch: pa.RecordBatch) -> NDArray[np.int64]:
        """(n, 2) width and height of all pictures of a batch, upright, as they were."""
        now = np.stack([numbers(batch, "media", side).astype(np.int64) for side in ("width", "height")], axis=1)
        if self._sizes:
            for place, path in enumerate(entries(batch, "media", "path").to_pylist()):
                if were := self._sizes.get(path):
                    now[place] = were
        return now

    def boxes(self, batch: pa.RecordBatch) -> NDArray[np.float64]:
        """(n, 4) x1, y1, x2, y2 of all objects, in pixels of the pictures as they were."""
        corners = boxes(batch)
        with np.errstate(invalid="ignore", over="ignore"):  # coordinates may be whatever a file says
            if self._sizes:
                now, were = AS_THEY_ARE.sizes(batch), self.sizes(batch)
                ratio = (np.where(now > 0, were / np.maximum(now, 1), 1.0))[picture_of_object(batch)]
                corners *= np.concatenate([ratio, ratio], axis=1)
            return np.round(corners, _DECIMALS)


AS_THEY_ARE = Originals(Path())
"""None was made smaller."""
