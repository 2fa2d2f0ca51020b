"""JSON Lines: a row a line and nothing else, since some trainers parse every line, an empty one too."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from ...schemas.errors import InputError
from ..commit import Staging
from ..stage import Stage
from .cut import CutFiles
from .planned import planned
from .protocol import WHOLE, Cut, Rows, Shard

LINE = b"\n"

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class LineFiles(CutFiles):
    """The files of a split; one where nothing cuts it."""

    def _size(self, row: bytes, place: Stage) -> int:
        return len(row) + len(LINE)

    def _write(self, place: Stage, number: int, first: int, rows: Iterable[bytes]) -> Shard:
        return write_lines(place, self._numbered(".jsonl", number), rows)


def write_lines(place: Stage, path: str, rows: Iterable[bytes]) -> Shard:
    """One file of JSON Lines, of rows that are each one JSON object without a line break."""
    samples = 0
    with place.open(path) as writer:
        for row in rows:
            writer.write(row + LINE)
            samples += 1
        return Shard.closed(writer, samples)


def files(split: str, cut: Cut = WHOLE, columns: pa.Schema | None = None) -> LineFiles:
    """The files of a split."""
    return LineFiles(split, cut)


def open_rows(staging: Staging, split: str, cut: Cut = WHOLE) -> Rows:
    """The files of a split, which take rows as they come."""
    return planned(staging, files(split, cut))


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file, one at a time; `InputError` with the number of a line that is none."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            yield row_of(line, path, number)


def row_of(text: bytes, path: Path, number: int) -> dict[str, Any]:
    """One line's row; `InputError` naming the line."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        remedy = "Write the folder again with mmdata convert."
        raise InputError(f"{path}: line {number}", f"is not a row: {fault}", remedy) from None
