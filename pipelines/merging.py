"""Merging on disk: the spools of all parts anew, with records of one picture made one (`dedup.merge`).

Between what is decided over all and the rendering: records keep their number and their place, so that nothing else
need know of it. A record that was put to another is still there, with what the other says too, and is left out like
any duplicate.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa

from .dedup.merge import merged
from .spool import Spool, Written, batches_at

Spools = Sequence[tuple[Path, Sequence[Written]]]
"""The spool of every part, and what was written to it."""


def batches_of(spools: Spools) -> Iterator[pa.RecordBatch]:
    """All records of all parts, in order."""
    for path, written in spools:
        yield from batches_at(path, written)


def merged_spools(spools: Spools, into: Mapping[int, int]) -> list[tuple[Path, tuple[Written, ...]]]:
    """New spools beside the old ones; `into` says, of each record that is put to another, to which.

    Records are numbered over all parts. Raises `OutputError` for a full disk.
    """
    batches = merged(partial(batches_of, spools), into)
    found: list[tuple[Path, tuple[Written, ...]]] = []
    for path, written in spools:
        fresh = path.with_suffix(".merged")
        with Spool(fresh) as spool:
            for _ in written:
                spool.write(next(batches))
            found.append((fresh, tuple(spool.written)))
    return found
