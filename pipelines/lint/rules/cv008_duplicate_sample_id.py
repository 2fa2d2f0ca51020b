"""Two samples of one id.

What
    The `id` of a row is that of an earlier row of the same data.

Why it hurts training
    Resuming, splits and blame hang on ids: which of the two was bad cannot be said, and a split by ids tears or
    joins them.

Example
    `"id": "000000525439"` in three rows

Instead
    Give every sample its own id; keep the picture's name in a field of its own.

Fix safety
    Safe: no trainer of ours reads it. The later row's id gets its place behind it.

Sources
    mmdata's own rule. It is a warning, because LLaVA's published data repeat the picture's number in every row
    about it.

"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....schemas.finding import Edit, Fix
from ..chats import Chats
from ..hits import Located
from ..settings import Settings


class _Ids:
    """Eight bytes of hash for every id, and as many for its place; files by number."""

    def __init__(self) -> None:
        self.files: list[tuple[str, str, bool]] = []
        self.hashes: list[NDArray[np.uint64]] = []
        self.rows: list[NDArray[np.int64]] = []
        self.of_file: list[int] = []

    def see_chats(self, chats: Chats) -> None:
        """A batch of rows goes by."""
        numbers = chats.numbers.tolist()
        keyed = [
            (_hash(row.value["id"]), number)
            for row, number in zip(chats.rows, numbers, strict=True)
            if _is_id(row.value.get("id"))
        ]
        if not keyed:
            return
        file = (chats.file, chats.place_form, chats.editable)
        if not self.files or self.files[-1] != file:
            self.files.append(file)
        hashes, rows = zip(*keyed, strict=True)
        self.hashes.append(np.array(hashes, np.uint64))
        self.rows.append(np.array(rows, np.int64))
        self.of_file.append(len(self.files) - 1)

    def finish(self) -> Iterator[Located]:
        """Every row but the first of each id."""
        if not self.hashes:
            return
        hashes, rows = np.concatenate(self.hashes), np.concatenate(self.rows)
        files = np.repeat(np.array(self.of_file), [len(each) for each in self.hashes])
        order = np.argsort(hashes, kind="stable")
        same = np.append(False, hashes[order][1:] == hashes[order][:-1])
        heads = np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))
        first = np.empty(len(order), np.int64)
        first[order] = order[heads]
        for again in np.flatnonzero(first != np.arange(len(order))).tolist():
            file, at = self._place(int(files[again]), int(rows[again]))
            other, earlier = self._place(int(files[first[again]]), int(rows[first[again]]))
            where = earlier if other == file else f"{other}: {earlier}"
            fix = _fix(file, at, int(rows[again])) if self.files[int(files[again])][2] else None
            yield Located(file, at, earlier, f"its id is that of the row at {where}", fix)

    def _place(self, file: int, row: int) -> tuple[str, str]:
        name, form, _ = self.files[file]
        return name, form.format(row)


def _fix(file: str, at: str, row: int) -> Fix:
    return Fix("safe", "Give it an id of its own", (Edit(file, f"{at}/id", "replace", f"row-{row}"),))


def _is_id(value: Any) -> bool:
    return (isinstance(value, str) and bool(value)) or type(value) is int


def _hash(value: object) -> int:
    return int.from_bytes(blake2b(str(value).encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def start(_settings: Settings) -> _Ids:
    """No id seen yet."""
    return _Ids()
