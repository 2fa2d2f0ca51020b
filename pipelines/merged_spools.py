"""Merging on disk: the spools of all parts anew, with records of one picture made one (`dedup.merge`).

Between what is decided over all and the rendering: records keep their number and their place, so that nothing else
need know of it. A record that was put to another is still there, with what the other says too, and is left out like
any duplicate.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from .dedup.how import How
from .dedup.merge import merged
from .dedup.policy import Decided
from .spool import Spool, Written, batches_at

Spools = Sequence[tuple[Path, Sequence[Written]]]
"""The spool of every part, and what was written to it."""


def batches_of(spools: Spools) -> Iterator[pa.RecordBatch]:
    """All records of all parts, in order."""
    for path, written in spools:
        yield from batches_at(path, written)


def merged_spools(spools: Spools, decided: Decided) -> list[tuple[Path, tuple[Written, ...]]]:
    """New spools beside the old ones, with the records that were put to others in these.

    Records are numbered over all parts. Raises `OutputError` for a full disk.
    """
    by: dict[int, How] = {record: decided.instead[record][1] for record in decided.into}
    batches = merged(partial(batches_of, spools), decided.into, by)
    found: list[tuple[Path, tuple[Written, ...]]] = []
    for path, written in spools:
        fresh = path.with_suffix(".merged")
        with Spool(fresh) as spool:
            for _ in written:
                spool.write(next(batches))
            found.append((fresh, tuple(spool.written)))
    return found


ABOUT_WHAT_MOVES = ("caption", "vqa", "phrase", "describe", "chat")
"""Tasks about what goes from one record to another. Not those whose answers are about all there is in a record: what
was left out of the other part's records is not known where nobody asks them of it.
"""


def asked_besides(
    decided: Decided, records: Sequence[int], tasks: Sequence[tuple[str, ...]]
) -> dict[int, tuple[str, ...]]:
    """What records to which one of another part was put are asked besides their own part's tasks: what that one asks.

    Else its captions would lie in a part that asks where things are, and be left out. `records` and `tasks` are those
    of each part.
    """
    if not decided.into or len(set(tasks)) == 1:
        return {}
    ends = np.cumsum(records)
    found: dict[int, tuple[str, ...]] = {}
    for record, kept in sorted(decided.into.items()):
        theirs, own = (tasks[int(np.searchsorted(ends, at, "right"))] for at in (record, kept))
        known = found.get(kept, ())
        more = tuple(task for task in theirs if task in ABOUT_WHAT_MOVES and task not in (*own, *known))
        if more:
            found[kept] = (*known, *more)
    return found
