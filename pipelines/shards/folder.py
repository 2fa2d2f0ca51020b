"""A JSON list a split with files of its own around it: for trainers that find things by the names of files.

A row names them by objects with `as`, a path in the split's folder: `{"$file": path, "as": name}` is a copy of the
file at `path`, `{"$json": value, "as": name}` a file that holds the value. The list keeps the rows as they are, which
is how they are read back; what of it the trainer reads is the target's business.

A picture that several samples show is stored once: the later names are hard links to the first, where the file system
has them, so OUT is no larger for a second task.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any, cast

import msgspec

from ...schemas.errors import InputError
from ..commit import Staging
from .inside import measured
from .json_list import open_rows as open_list
from .json_list import read_rows
from .protocol import FILE, WHOLE, Cut, Rows, Shard

AS, JSON = "as", "$json"
"""The key that names the file an object stands for, and the key of what it holds where it is no copy."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class FolderRows:
    """The files of one split."""

    def __init__(self, staging: Staging, split: str, rows: Rows) -> None:
        self._staging, self._split, self._rows = staging, split, rows
        self._names: set[str] = set()
        self._first: dict[str, str] = {}  # the name under which each picture was stored first

    def write(self, rows: list[bytes]) -> None:
        """Append rows, each one JSON object without a line break, and put the files that they name."""
        for row in rows:
            for held in _decode(row).values():
                if isinstance(held, Mapping) and AS in held:
                    self._put(cast(Mapping[str, Any], held))
        self._rows.write(rows)

    def close(self) -> list[Shard]:
        """End the list; its receipts."""
        return self._rows.close()

    def _put(self, held: Mapping[str, Any]) -> None:
        name = f"{self._split}/{PurePosixPath(held[AS])}"
        if name in self._names:
            fact = "two samples need a file of this name, so one would be lost"
            raise InputError(name, fact, "Give every record of the source an id of its own.")
        self._names.add(name)
        if FILE in held:
            self._copy(held[FILE], name)
            return
        with self._staging.open(name) as writer:
            writer.write(_ascii(held[JSON]))

    def _copy(self, path: str, name: str) -> None:
        first = self._first.setdefault(path, name)
        if first == name or not self._link(first, name):
            with self._staging.open(name) as writer:
                measured(self._staging, path).copy(writer.write)

    def _link(self, first: str, name: str) -> bool:
        """Whether the file could be given a second name."""
        with suppress(OSError):  # no hard links here, or too many of one file: it is copied instead
            os.link(self._staging.folder / first, self._staging.folder / name)
            self._staging.adopt(name)
            return True
        return False


def _ascii(value: Any) -> bytes:
    r"""JSON of ASCII alone: loaders open label files without naming an encoding."""
    return json.dumps(value).encode() + b"\n"


def open_rows(staging: Staging, split: str, cut: Cut = WHOLE) -> Rows:
    """The list of a split, cut as asked, and the folders beside it."""
    return FolderRows(staging, split, open_list(staging, split, cut))


__all__ = ["FolderRows", "open_rows", "read_rows"]
