"""JSON Lines for readers that take the types of the first rows for all: a row with each list that is ever filled leads.

Hugging Face's `datasets` tells a column's type by the first 10 MB of a file (packaged_modules/json), and what `map`
makes of it by the first 1000 rows (arrow_writer.py): a list that is empty or missing there is a list of nulls for ever,
and the first film after it stops the job. So in each file the first row that has such a list filled stands before the
others, unless it comes early anyway; the order is as it was for all other rows, and the same each time.
"""

from collections.abc import Sequence
from functools import partial
from typing import BinaryIO, NamedTuple

from ..commit import BLOCK, Staging
from ..place import telling
from .cut import CutRows, numbered
from .json_lines import JsonLines, read_rows, whole_line
from .protocol import WHOLE, Cut, Rows, Shard

FILLED = (b'"images":["', b'"videos":["', b'"audios":["', b'"ref":["', b'"bbox":[[', b'"image_id":[')
"""How a list that holds something begins in a row of messages; in a text its quotes would be escaped."""

EARLY_ROWS, EARLY_BYTES = 500, 4_000_000
"""A row that begins before both is seen by the reader as it is: half of what it looks at, and less."""


class _Place(NamedTuple):
    """Where a row stands in the file, its line break included."""

    start: int
    end: int


class LedLines(JsonLines):
    """One file of JSON Lines whose first rows have what any row has."""

    def __init__(self, staging: Staging, path: str) -> None:
        super().__init__(staging, path)
        self._staging, self._path = staging, path
        self._unseen: tuple[bytes, ...] = FILLED
        self._late: list[_Place] = []
        self._size = 0

    def add(self, rows: Sequence[bytes]) -> None:
        """Append rows, each one JSON object without a line break."""
        start, number = self._size, self.samples
        for row in rows if self._unseen else ():
            end = start + len(row) + 1
            if any(mark in row for mark in self._unseen):
                self._unseen = tuple(mark for mark in self._unseen if mark not in row)
                if number >= EARLY_ROWS or start >= EARLY_BYTES:
                    self._late.append(_Place(start, end))
            start, number = end, number + 1
        super().add(rows)
        self._size += sum(map(len, rows)) + len(rows)

    def close(self) -> Shard:
        """End the file, and put in front what came late; its receipt with the number of rows."""
        shard = super().close()
        if not self._late:
            return shard
        self._staging.receipts.pop()  # of the file that is about to be replaced
        staged = self._staging.folder / self._path
        anew = staged.with_name(staged.name + ".led")
        with telling(self._staging.out / self._path), staged.open("rb") as lines, anew.open("xb") as led:
            _lead(lines, led, self._late, self._size)
        anew.replace(staged)
        receipt = self._staging.adopt(self._path)
        return Shard(receipt.path, self.samples, receipt.bytes, receipt.sha256)


def _lead(lines: BinaryIO, led: BinaryIO, late: Sequence[_Place], size: int) -> None:
    """Copies the late rows, then all others in their order."""
    for place in late:
        _copy(lines, led, place)
    begin = 0
    for place in (*late, _Place(size, size)):
        _copy(lines, led, _Place(begin, place.start))
        begin = place.end


def _copy(lines: BinaryIO, led: BinaryIO, place: _Place) -> None:
    lines.seek(place.start)
    left = place.end - place.start
    while left:
        block = lines.read(min(left, BLOCK))
        led.write(block)
        left -= len(block)


def open_rows(staging: Staging, split: str, cut: Cut = WHOLE) -> Rows:
    """The files of a split; one where nothing cuts it."""

    def open_file(number: int) -> LedLines:
        return LedLines(staging, numbered(split, ".jsonl", cut, number))

    return CutRows(open_file, partial(whole_line, more=len(b"\n")), cut)


__all__ = ["open_rows", "read_rows"]
