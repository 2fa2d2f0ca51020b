"""Names: what every record must not be torn from (its pictures, its groups), as numbers; a hundred million fit.

A name is 64 bits to know it by, which are the ledger's, and 64 to rank it by, which depend on the seed. Texts are only
needed to say something of a record, and its own batch has them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .ledger import Hashes, hashes_of

Owners = NDArray[np.int32]

BLOCK = 1 << 18
"""Names that are looked at together where a copy of all would be as large as they are."""


class Named(Protocol):
    """Names, wherever they are. A column may be read from the disk every time that it is asked for: ask once."""

    @property
    def records(self) -> int:
        """How many records have names."""
        ...

    @property
    def owner(self) -> Owners:
        """Of each name the number of its record."""
        ...

    @property
    def hash(self) -> Hashes:
        """Of each which it is."""
        ...

    @property
    def rank(self) -> Hashes:
        """Of each where the seed puts it."""
        ...


@dataclass(frozen=True, slots=True)
class Names:
    """Name i is the record `owner[i]`'s: `hash[i]` says which it is, `rank[i]` where the seed puts it. Every one of
    the `records` has one at least.
    """

    records: int
    owner: Owners
    hash: Hashes
    rank: Hashes


NO_NAMES = Names(0, np.zeros(0, np.int32), np.zeros(0, np.uint64), np.zeros(0, np.uint64))
"""No names."""


def names_of(groups: Sequence[tuple[str, ...]], seed: int) -> Names:
    """The names of records, given as texts."""
    flat = [name for each in groups for name in each]
    owner = np.repeat(np.arange(len(groups), dtype=np.int32), [len(each) for each in groups])
    return Names(len(groups), owner, hashes_of(flat), ranks_of(flat, seed))


def ranks_of(names: Sequence[str], seed: int) -> Hashes:
    """Where the seed puts each name: the head of the 16 bytes of blake2b("seed:name")."""
    return np.fromiter((_rank(f"{seed}:{name}") for name in names), np.uint64, len(names))


def _rank(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()[:8], "big")


def of_records(names: Named, kept: NDArray[np.bool_]) -> Named:
    """The names of those records that are kept, which are numbered anew."""
    if kept.all():
        return names
    number = np.cumsum(kept, dtype=np.int32) - np.int32(1)
    owner = names.owner
    mine = kept[owner]
    owner = number[owner[mine]]
    return Names(int(kept.sum()), owner, names.hash[mine], names.rank[mine])


def blocks(count: int) -> Iterator[slice]:
    """So many things, a block after the other."""
    for begin in range(0, count, BLOCK):
        yield slice(begin, min(begin + BLOCK, count))
