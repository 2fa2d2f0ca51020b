"""The ledger: into which split every picture and group was put, so that nothing moves when the set grows.

It lies in OUT beside the data (`splits.arrow`), or where `--ledger` says. A name (of a picture, relative to its root,
or of a group) is kept as 64 bits of blake2b with the number of its split: 9 bytes a name, sorted. Names of pictures
that are gone stay: they may come back. With them is kept what folders and label files were called (`homes.py`).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...schemas.errors import InputError

NAME = "splits.arrow"
UNKNOWN = -1
BLOCK = 1 << 18  # hashes that are looked at together

Hashes = NDArray[np.uint64]
Places = NDArray[np.int8]
Called = tuple[str, int, str]
"""Of a folder of pictures, or a file of records: which of the two, 64 bits of its path, what begins its names."""

_SCHEMA = pa.schema([("name", pa.uint64()), ("split", pa.int8())])


def hash_of(name: str) -> int:
    """64 bits of a name."""
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def hashes_of(names: Sequence[str]) -> Hashes:
    """64 bits of each name."""
    return np.fromiter(map(hash_of, names), np.uint64, len(names))


def by_first_bits(hashes: Hashes) -> Iterator[NDArray[np.bool_]]:
    """Where the hashes are of each of 16 parts, in the order of their first bits: what is sorted is one of these."""
    head = np.empty(len(hashes), np.uint8)
    for begin in range(0, len(hashes), BLOCK):
        head[begin : begin + BLOCK] = hashes[begin : begin + BLOCK] >> np.uint64(60)
    for number in range(16):
        yield head == number


@dataclass(frozen=True)
class Ledger:
    """Names as sorted `hashes` and for each the number of its split in `splits`; what folders were `called`."""

    splits: tuple[str, ...]
    hashes: Hashes = field(default_factory=lambda: np.zeros(0, np.uint64))
    places: Places = field(default_factory=lambda: np.zeros(0, np.int8))
    called: tuple[Called, ...] = ()

    def of(self, hashes: Hashes) -> Places:
        """The split of each name, UNKNOWN where it is not in here."""
        if not len(self.hashes):
            return np.full(len(hashes), UNKNOWN, np.int8)
        at = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        return np.where(self.hashes[at] == hashes, self.places[at], UNKNOWN).astype(np.int8)

    def grown(self, hashes: Hashes, places: Places) -> "Ledger":
        """With more names; one that is known stays where it is, UNKNOWN is not kept."""
        most = len(self.hashes) + len(hashes)
        found: Hashes = np.empty(most, np.uint64)
        where: Places = np.empty(most, np.int8)
        done = 0
        for known, mine in zip(by_first_bits(self.hashes), by_first_bits(hashes), strict=True):
            stays = places[mine] != UNKNOWN
            whole, first = np.unique(
                np.concatenate([self.hashes[known], hashes[mine][stays]]), return_index=True
            )  # of equal ones the first
            here = slice(done, done + len(whole))
            found[here], where[here] = whole, np.concatenate([self.places[known], places[mine][stays]])[first]
            done += len(whole)
        if done < most:
            found, where = found[:done].copy(), where[:done].copy()
        return replace(self, hashes=found, places=where)

    def for_splits(self, splits: Sequence[str]) -> "Ledger":
        """With splits numbered as in `splits`; names in a split that is no more are forgotten."""
        number = {name: place for place, name in enumerate(splits)}
        told = np.array([*(number.get(name, UNKNOWN) for name in self.splits), UNKNOWN], np.int8)
        places = told[self.places]
        stays = places != UNKNOWN
        return replace(self, splits=tuple(splits), hashes=self.hashes[stays], places=places[stays])

    def content(self) -> memoryview:
        """The file: one Arrow batch, the splits' names in its schema; the same bytes for the same ledger."""
        told = {"splits": "\n".join(self.splits), "called": json.dumps(self.called)}
        schema = _SCHEMA.with_metadata(told)
        batch = pa.record_batch([pa.array(self.hashes), pa.array(self.places)], schema=schema)
        size = pa.MockOutputStream()  # first, since a buffer that grows is twice as large
        with pa.ipc.new_file(size, schema) as writer:
            writer.write_batch(batch)
        whole = pa.allocate_buffer(size.size())
        with pa.ipc.new_file(pa.FixedSizeBufferWriter(whole), schema) as writer:
            writer.write_batch(batch)
        return memoryview(whole)


NOTHING = Ledger(())
"""Of a set of which nothing was decided before."""


def read_ledger(path: Path) -> Ledger:
    """The ledger in a file. Raises `InputError` for what is no ledger."""
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise InputError(str(path), f"cannot be read ({fault.strerror})", "Check the path of the ledger.") from None
    try:
        with pa.ipc.open_file(pa.BufferReader(content)) as reader:
            table, metadata = reader.read_all(), reader.schema.metadata or {}
        if not table.schema.equals(_SCHEMA) or any(column.null_count for column in table.columns):
            raise ValueError("it has not a 64-bit name and a split in every row")
        hashes = table.column("name").to_numpy()
        places = table.column("split").to_numpy()
        splits = tuple(metadata[b"splits"].decode().split("\n"))
        if places.min(initial=0) < 0 or places.max(initial=0) >= len(splits) or (hashes[1:] <= hashes[:-1]).any():
            raise ValueError("its names are not in order, or in splits that it does not name")
        called = _called(metadata.get(b"called", b"[]"))
        return Ledger(splits, np.asarray(hashes, np.uint64), np.asarray(places, np.int8), called)
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError, RecursionError) as fault:
        remedy = "Take the ledger of another copy, or start a new one with --ledger new: pictures will change splits."
        raise InputError(str(path), f"is no ledger of splits: {str(fault).splitlines()[0]}", remedy) from None


def _called(text: bytes) -> tuple[Called, ...]:
    """What folders were called, of the file. Raises `ValueError` or `TypeError` where it says nothing of the kind."""
    held: Any = json.loads(text)
    return tuple((str(kind), int(path), str(name)) for kind, path, name in held)
