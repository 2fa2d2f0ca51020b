"""One JSON list a file, a row a line, written as the rows come."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..commit import Receipt, Staging, Writer
from .cut import CutRows, numbered
from .json_lines import row_of, whole_line
from .protocol import WHOLE, Cut, Rows, Shard

BRACKETS = len(b"[\n]\n")


class JsonList:
    """One file that is a JSON list."""

    def __init__(self, staging: Staging, path: str) -> None:
        self.samples = 0
        self._writer: Writer = staging.open(path)
        self._writer.write(b"[")

    def add(self, rows: Sequence[bytes]) -> None:
        """Append rows, each one JSON object without a line break."""
        if rows:
            self._writer.write((b",\n" if self.samples else b"\n") + b",\n".join(rows))
            self.samples += len(rows)

    def close(self) -> Shard:
        """End the list; its receipt with the number of rows."""
        self._writer.write(b"\n]\n")
        receipt: Receipt = self._writer.close()
        return Shard(receipt.path, self.samples, receipt.bytes, receipt.sha256)


def open_rows(staging: Staging, split: str, cut: Cut = WHOLE) -> Rows:
    """The files of a split; one where nothing cuts it."""

    def open_file(number: int) -> JsonList:
        return JsonList(staging, numbered(split, ".json", cut, number))

    return CutRows(open_file, partial(whole_line, more=len(b",\n")), cut, BRACKETS)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a list that was written here, one at a time: a row a line between `[` and `]`."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            text = line.strip()
            if text not in (b"[", b"]"):
                yield row_of(text.removesuffix(b","), path, number)
