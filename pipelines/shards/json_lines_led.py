"""JSON Lines for readers that take the types of the first rows for all: a row with each list that is ever filled leads.

Hugging Face's `datasets` tells a column's type by the first 10 MB of a file (packaged_modules/json), and what `map`
makes of it by the first 1000 rows (arrow_writer.py): a list that is empty or missing there is a list of nulls for ever,
and the first film after it stops the job. So in each file the first row that has such a list filled stands before the
others, unless it comes early anyway; the order is as it was for all other rows, and the same each time.
"""

from collections.abc import Iterable, Sequence
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple, cast

import pyarrow as pa

from ..place import telling
from ..stage import BLOCK, Stage
from .json_lines import LINE, LineFiles, read_rows
from .lines import Takes, lines_into
from .protocol import WHOLE, Cut, Shard

FILLED = (b'"images":["', b'"videos":["', b'"audios":["', b'"ref":["', b'"bbox":[[', b'"image_id":[')
"""How a list that holds something begins in a row of messages; in a text its quotes would be escaped."""

EARLY_ROWS, EARLY_BYTES = 500, 4_000_000
"""A row that begins before both is seen by the reader as it is: half of what it looks at, and less."""


class _Place(NamedTuple):
    """Where a row stands in the file, its line break included."""

    start: int
    end: int


class LedFiles(LineFiles):
    """The files of a split; one where nothing cuts it."""

    def _write(self, place: Stage, number: int, first: int, rows: Iterable[bytes]) -> Shard:
        path = self._path(number)
        with telling(place.out / path), TemporaryFile(dir=place.folder) as aside, place.open(path) as writer:
            lines = cast(BinaryIO, aside)
            looking = _Looking()
            lines.writelines(looking.at(row) for row in rows)
            with lines_into(writer) as led:
                _lead(lines, led, looking.late, looking.size)
            return Shard.closed(writer, looking.samples)


class _Looking:
    """What is seen while the rows of a file go by: how many there are, and which come late."""

    def __init__(self) -> None:
        self.samples, self.size = 0, 0
        self.late: list[_Place] = []
        self._unseen: tuple[bytes, ...] = FILLED

    def at(self, row: bytes) -> bytes:
        """The row as a line."""
        end = self.size + len(row) + len(LINE)
        if self._unseen and any(mark in row for mark in self._unseen):
            self._unseen = tuple(mark for mark in self._unseen if mark not in row)
            if self.samples >= EARLY_ROWS or self.size >= EARLY_BYTES:
                self.late.append(_Place(self.size, end))
        self.samples, self.size = self.samples + 1, end
        return row + LINE


def _lead(lines: BinaryIO, led: Takes, late: Sequence[_Place], size: int) -> None:
    """Copies the late rows, then all others in their order."""
    for place in late:
        _copy(lines, led, place)
    begin = 0
    for place in (*late, _Place(size, size)):
        _copy(lines, led, _Place(begin, place.start))
        begin = place.end


def _copy(lines: BinaryIO, led: Takes, place: _Place) -> None:
    lines.seek(place.start)
    left = place.end - place.start
    while left:
        block = lines.read(min(left, BLOCK))
        led.write(block)
        left -= len(block)


def files(split: str, cut: Cut = WHOLE, columns: pa.Schema | None = None) -> LedFiles:
    """The files of a split."""
    return LedFiles(split, cut)


__all__ = ["files", "read_rows"]
