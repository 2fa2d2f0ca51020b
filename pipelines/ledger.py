"""The ledger: into which split every picture and group was put, so that nothing moves when the set grows.

It lies in OUT beside the data (`splits.arrow`), or where `--ledger` says. A name (of a picture, relative to its root,
or of a group) is kept as 64 bits of blake2b with the number of its split: 9 bytes a name, sorted. Names of pictures
that are gone stay: they may come back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..schemas.errors import InputError

NAME = "splits.arrow"
UNKNOWN = -1

Hashes = NDArray[np.uint64]
Places = NDArray[np.int8]

_SCHEMA = pa.schema([("name", pa.uint64()), ("split", pa.int8())])


def hash_of(name: str) -> int:
    """64 bits of a name."""
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def hashes_of(names: Sequence[str]) -> Hashes:
    """64 bits of each name."""
    return np.fromiter(map(hash_of, names), np.uint64, len(names))


@dataclass(frozen=True)
class Ledger:
    """Names as sorted `hashes` and for each the number of its split in `splits`."""

    splits: tuple[str, ...]
    hashes: Hashes = field(default_factory=lambda: np.zeros(0, np.uint64))
    places: Places = field(default_factory=lambda: np.zeros(0, np.int8))

    def of(self, hashes: Hashes) -> Places:
        """The split of each name, UNKNOWN where it is not in here."""
        if not len(self.hashes):
            return np.full(len(hashes), UNKNOWN, np.int8)
        at = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        return np.where(self.hashes[at] == hashes, self.places[at], UNKNOWN).astype(np.int8)

    def grown(self, hashes: Hashes, places: Places) -> "Ledger":
        """With more names; one that is known stays where it is, UNKNOWN is not kept."""
        fresh = (self.of(hashes) == UNKNOWN) & (places != UNKNOWN)
        added, first = np.unique(hashes[fresh], return_index=True)
        whole = np.concatenate([self.hashes, added])
        order = np.argsort(whole, kind="stable")
        return Ledger(self.splits, whole[order], np.concatenate([self.places, places[fresh][first]])[order])

    def for_splits(self, splits: Sequence[str]) -> "Ledger":
        """With splits numbered as in `splits`; names in a split that is no more are forgotten."""
        number = {name: place for place, name in enumerate(splits)}
        told = np.array([*(number.get(name, UNKNOWN) for name in self.splits), UNKNOWN], np.int8)
        places = told[self.places]
        return Ledger(tuple(splits), self.hashes[places != UNKNOWN], places[places != UNKNOWN])

    def content(self) -> bytes:
        """The file: one Arrow batch, the splits' names in its schema; the same bytes for the same ledger."""
        schema = _SCHEMA.with_metadata({"splits": "\n".join(self.splits)})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, schema) as writer:
            writer.write_batch(pa.record_batch([pa.array(self.hashes), pa.array(self.places)], schema=schema))
        return bytes(sink.getvalue())


def read_ledger(path: Path) -> Ledger:
    """The ledger in a file; an empty one where there is none. Raises `InputError` for what is no ledger."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Ledger(())
    except OSError as fault:
        raise InputError(str(path), f"cannot be read ({fault.strerror})", "Check the path of the ledger.") from None
    try:
        with pa.ipc.open_file(pa.BufferReader(content)) as reader:
            table, metadata = reader.read_all(), reader.schema.metadata or {}
        hashes = table.column("name").to_numpy()
        places = table.column("split").to_numpy()
        splits = tuple(metadata[b"splits"].decode().split("\n"))
        if places.min(initial=0) < 0 or places.max(initial=0) >= len(splits) or (hashes[1:] <= hashes[:-1]).any():
            raise ValueError("its names are not in order, or in splits that it does not name")
        return Ledger(splits, np.asarray(hashes, np.uint64), np.asarray(places, np.int8))
    except (pa.ArrowInvalid, KeyError, ValueError) as fault:
        remedy = "Take the ledger of another copy, or start a new one with --ledger new: pictures will change splits."
        raise InputError(str(path), f"is no ledger of splits: {str(fault).splitlines()[0]}", remedy) from None
