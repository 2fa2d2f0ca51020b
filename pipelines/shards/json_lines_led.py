"""JSON Lines for readers that take the types of the first rows for all: a row with each list that is ever filled leads.

Hugging Face's `datasets` tells a column's type by the first 10 MB of a file (packaged_modules/json), and what `map`
makes of it by the first 1000 rows (arrow_writer.py): a list that is empty or missing there is a list of nulls for ever,
and the first film after it stops the job. So in each file the first row that has such a list filled stands before the
others, unless it comes early anyway; the order is as it was for all other rows, and the same each time.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .json_lines import LINE, LineFiles, read_rows
from .protocol import WHOLE, Cut

FILLED = (b'"images":["', b'"videos":["', b'"audios":["', b'"ref":["', b'"bbox":[[', b'"image_id":[')
"""How a list that holds something begins in a row of messages; in a text its quotes would be escaped."""

EARLY_ROWS, EARLY_BYTES = 500, 4_000_000
"""A row that begins before both is seen by the reader as it is: half of what it looks at, and less."""


class LedFiles(LineFiles):
    """The files of a split; one where nothing cuts it."""

    def marks(self, rows: Sequence[bytes]) -> NDArray[np.uint8]:
        """Which lists each row has filled, a bit each."""
        bits = [(1 << number, mark) for number, mark in enumerate(FILLED)]
        return np.fromiter((sum(bit for bit, mark in bits if mark in row) for row in rows), np.uint8, len(rows))

    def arranged(self, lengths: NDArray[np.int64], marks: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The first row of each mark that does not come early, then all others."""
        starts = np.cumsum(lengths + len(LINE)) - (lengths + len(LINE))
        firsts = {int(has.argmax()) for bit in range(len(FILLED)) if (has := marks & (1 << bit) > 0).any()}
        late = [at for at in sorted(firsts) if at >= EARLY_ROWS or starts[at] >= EARLY_BYTES]
        order = np.arange(len(lengths))
        return np.concatenate([order[late], np.delete(order, late)])


def files(split: str, cut: Cut = WHOLE, columns: pa.Schema | None = None) -> LedFiles:
    """The files of a split."""
    return LedFiles(split, cut)


__all__ = ["files", "read_rows"]
