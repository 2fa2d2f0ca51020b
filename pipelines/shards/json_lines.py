"""JSON Lines: a row a line and nothing else, since some trainers parse every line, an empty one too."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ...schemas.errors import InputError
from ..commit import Receipt, Staging, Writer
from .protocol import Shard

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class JsonLines:
    """One file of JSON Lines."""

    def __init__(self, staging: Staging, path: str) -> None:
        self.samples = 0
        self._writer: Writer = staging.open(path)

    def write(self, rows: list[bytes]) -> None:
        """Append rows, each one JSON object without a line break."""
        if rows:
            self._writer.write(b"\n".join(rows) + b"\n")
            self.samples += len(rows)

    def close(self) -> list[Shard]:
        """End the file; its receipt with the number of rows."""
        receipt: Receipt = self._writer.close()
        return [Shard(receipt.path, self.samples, receipt.bytes, receipt.sha256)]


def open_rows(staging: Staging, split: str) -> JsonLines:
    """The one file of a split."""
    return JsonLines(staging, f"{split}/{split}.jsonl")


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file, one at a time; `InputError` with the number of a line that is none."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            yield row_of(line, path, number)


def row_of(text: bytes, path: Path, number: int) -> dict[str, Any]:
    """One line's row; `InputError` naming the line."""
    try:
        return _decode(text)
    except msgspec.DecodeError as fault:
        remedy = "Write the folder again with mmdata convert."
        raise InputError(f"{path}: line {number}", f"is not a row: {fault}", remedy) from None
