"""JSON Lines: a row a line and nothing else, since some trainers parse every line, an empty one too."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from ...schemas.errors import InputError
from ..commit import Receipt, Staging, Writer
from .cut import CutRows, numbered
from .protocol import WHOLE, Cut, Rows, Shard

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class JsonLines:
    """One file of JSON Lines."""

    def __init__(self, staging: Staging, path: str) -> None:
        self.samples = 0
        self._writer: Writer = staging.open(path)

    def add(self, rows: Sequence[bytes]) -> None:
        """Append rows, each one JSON object without a line break."""
        if rows:
            self._writer.write(b"\n".join(rows) + b"\n")
            self.samples += len(rows)

    def close(self) -> Shard:
        """End the file; its receipt with the number of rows."""
        receipt: Receipt = self._writer.close()
        return Shard(receipt.path, self.samples, receipt.bytes, receipt.sha256)


def whole_line(row: bytes, more: int) -> tuple[bytes, int]:
    """A row as it is, and its bytes with the `more` that stand around it."""
    return row, len(row) + more


def open_rows(staging: Staging, split: str, cut: Cut = WHOLE) -> Rows:
    """The files of a split; one where nothing cuts it."""

    def open_file(number: int) -> JsonLines:
        return JsonLines(staging, numbered(split, ".jsonl", cut, number))

    return CutRows(open_file, partial(whole_line, more=len(b"\n")), cut)


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
