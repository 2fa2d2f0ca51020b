"""One JSON list a file, a row a line, written as the rows come."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..commit.staging import StagingFolder
from .cut import CutFiles, blocks
from .json_lines import row_of
from .protocol import WHOLE, Cut, Shard


class ListFiles(CutFiles):
    """The files of a split; one where nothing cuts it."""

    OVERHEAD = len(b"[\n]\n")

    def _size(self, row: bytes, place: StagingFolder) -> int:
        return len(row) + len(b",\n")

    def _write(self, place: StagingFolder, number: int, first: int, rows: Iterable[bytes]) -> Shard:
        samples = 0
        with place.open(self._numbered(".json", number)) as writer:
            writer.write(b"[")
            for block in blocks(rows):
                writer.write((b",\n" if samples else b"\n") + b",\n".join(block))
                samples += len(block)
            writer.write(b"\n]\n")
            return Shard.closed(writer, samples)


def files(split: str, cut: Cut = WHOLE, columns: pa.Schema | None = None) -> ListFiles:
    """The files of a split."""
    return ListFiles(split, cut)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a list that was written here, one at a time: a row a line between `[` and `]`."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            text = line.strip()
            if text not in (b"[", b"]"):
                yield row_of(text.removesuffix(b","), path, number)
