"""JSON Lines: a row a line and nothing else, since some trainers parse every line, an empty one too.

Where it is asked for, and the reader takes it, a file is compressed as a whole: `train.jsonl.zst`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from ...schemas.errors import InputError, InternalError
from ..commit.staging import StagingFolder
from .cut import CutFiles, blocks
from .lines import ZSTD, lines_into, lines_of
from .protocol import WHOLE, Cut, Files, Shard

LINE = b"\n"

_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True)
class LineFiles(CutFiles):
    """The files of a split; one where nothing cuts it. `zstd`: compressed, and cut by their bytes before that."""

    zstd: bool = False

    def _size(self, row: bytes, place: StagingFolder) -> int:
        return len(row) + len(LINE)

    def _write(self, place: StagingFolder, number: int, first: int, rows: Iterable[bytes]) -> Shard:
        return write_lines(place, self._path(number), rows)

    def _path(self, number: int) -> str:
        return self._numbered(f".jsonl{ZSTD}" if self.zstd else ".jsonl", number)


def write_lines(place: StagingFolder, path: str, rows: Iterable[bytes]) -> Shard:
    """One file of JSON Lines, of rows that are each one JSON object without a line break."""
    samples = 0
    with place.open(path) as writer:
        with lines_into(writer) as lines:
            for block in blocks(rows):
                lines.write(LINE.join(block) + LINE)
                samples += len(block)
        return Shard.closed(writer, samples)


def files(split: str, cut: Cut = WHOLE, columns: pa.Schema | None = None) -> LineFiles:
    """The files of a split."""
    return LineFiles(split, cut)


def compressed(files: Files) -> Files:
    """The same files, each compressed as a whole."""
    if not isinstance(files, LineFiles):
        raise InternalError(files.split, "is not of lines", "Please report this fault of mmdata's.")
    return replace(files, zstd=True)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file, one at a time; `InputError` with the number of a line that is none."""
    for number, line in enumerate(lines_of(path), 1):
        yield row_of(line, path, number)


def row_of(text: bytes, path: Path, number: int) -> dict[str, Any]:
    """One line's row; `InputError` naming the line."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        remedy = "Write the folder again with mmdata convert."
        raise InputError(f"{path}: line {number}", f"is not a row: {fault}", remedy) from None
