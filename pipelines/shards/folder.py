"""A JSON list a split with files of its own around it: for trainers that find things by the names of files.

A row names them by objects with `as`, a path in the split's folder: `{"$file": path, "as": name}` is a copy of the
file at `path`, `{"$json": value, "as": name}` a file that holds the value. The list keeps the rows as they are, which
is how they are read back; what of it the trainer reads is the target's business.

A picture that several samples of a list show is stored once: the later names are hard links to the first, where the
file system has them, so OUT is no larger for a second task.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, cast

import msgspec
import pyarrow as pa

from ...schemas.errors import InputError
from ..commit.staging import Receipt, StagingFolder
from .inside import measured
from .json_list import ListFiles, read_rows
from .protocol import FILE, WHOLE, Cut, Shard

AS, JSON = "as", "$json"
"""The key that names the file an object stands for, and the key of what it holds where it is no copy."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class FolderFiles(ListFiles):
    """The list of a split, cut as asked, and the folders beside it, which all its files share."""

    def _write(self, place: StagingFolder, number: int, first: int, rows: Iterable[bytes]) -> Shard:
        beside = _Beside(place, self.split)
        return super()._write(place, number, first, map(beside.put, rows))


class _Beside:
    """The files that the rows of one list name."""

    def __init__(self, place: StagingFolder, split: str) -> None:
        self._place, self._split = place, split
        self._names: set[str] = set()
        self._first: dict[str, Receipt] = {}  # of each picture, as it was stored first

    def put(self, row: bytes) -> bytes:
        """Write the files that a row names; the row."""
        for held in _decode(row).values():
            if isinstance(held, Mapping) and AS in held:
                self._put(cast(Mapping[str, Any], held))
        return row

    def _put(self, held: Mapping[str, Any]) -> None:
        name = f"{self._split}/{PurePosixPath(held[AS])}"
        if name in self._names:
            raise _twice(name)
        self._names.add(name)
        if FILE in held:
            self._copy(held[FILE], name)
            return
        with self._place.open(name) as writer:
            writer.write(_ascii(held[JSON]))

    def _copy(self, path: str, name: str) -> None:
        first = self._first.get(path)
        if first is None or not self._place.link(first, name):
            with self._place.open(name) as writer:
                measured(self._place, path).copy(writer.write)
                self._first[path] = writer.close()


def _twice(name: str) -> InputError:
    fact = "two samples need a file of this name, so one would be lost"
    return InputError(name, fact, "Give every record of the source an id of its own.")


def _ascii(value: Any) -> bytes:
    r"""JSON of ASCII alone: loaders open label files without naming an encoding."""
    return json.dumps(value).encode() + b"\n"


def files(split: str, cut: Cut = WHOLE, columns: pa.Schema | None = None) -> FolderFiles:
    """The files of a split."""
    return FolderFiles(split, cut)


def finish(staging: StagingFolder, manifest: Mapping[str, Any]) -> None:
    """Look whether two files of rows have written one name; `InputError` naming it."""
    names = {receipt.path for receipt in staging.receipts}
    if len(names) < len(staging.receipts):
        raise _twice(next(name for name, count in Counter(each.path for each in staging.receipts).items() if count > 1))


__all__ = ["files", "finish", "read_rows"]
