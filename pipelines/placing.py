"""Placing: what becomes of every record before any is rendered: the same as another, or in which split.

Decided on keys alone (`keys.py`), so that the records themselves need not be in memory.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..schemas.errors import ConfigError
from .commit.staging import StagingFolder
from .dedup.hash_files import read_known
from .dedup.how import How
from .dedup.paths import Paths
from .dedup.policy import Decided
from .duplicates import SAME, Batches, Duplicates, duplicates_of
from .job import Job
from .keys import Keys
from .lint.cache import Cache, default_folder
from .progress import SILENT, Progress
from .rejecting import Fault
from .splits.group_by import check_found
from .splits.groups import among
from .splits.ledger import NAME, NOTHING, Ledger
from .splits.names import of_records
from .splits.split import LEFT_OUT, assign, trained
from .splits.stratify import Labels, Renumbered

NOT_ALIKE = np.zeros(0, np.int32)

MOST_LABELS = 1000
"""Labels whose counts the manifest holds, the commonest first."""


@dataclass(frozen=True)
class Placed:
    """`duplicates` says which records are left out for others; `known` which are for a picture that must not be in the
    data, with its name there and by what the two are the same; `split` is the position of a record's split, LEFT_OUT
    where it hangs together with two, `trained` that of the split that is trained on; `ledger` what the next version of
    the set must know.
    """

    keys: Keys
    pictures: Paths
    names: tuple[str, ...]
    duplicates: Duplicates
    split: NDArray[np.int8]
    trained: int = 0
    ledger: Ledger | None = None
    known: dict[int, tuple[str, How]] = field(default_factory=dict[int, tuple[str, How]])

    def faults(self, first: int, count: int) -> dict[int, Fault]:
        """Why records are left out, of `count` from `first` on; by their number among these."""
        mine = slice(first, first + count)
        once, split = self.duplicates.decided.kept[mine], self.split[mine]
        unmet = self.times(first, count) == 0
        faults = {row: self._left_out(first + row) for row in np.flatnonzero(~once & ~unmet).tolist()}
        for row in np.flatnonzero(unmet).tolist():
            faults[row] = Fault("SP008", None, "the weight of its source does not give it")
        for row in np.flatnonzero(once & (split == LEFT_OUT)).tolist():
            said = "it hangs together with records of two splits, by its picture or its group"
            faults[row] = Fault("SP003", None, said)  # its name stands in the record
        return faults

    def times(self, first: int, count: int) -> NDArray[np.int16]:
        """How often each of these records is given: more than once only where it is trained on."""
        given = np.array(self.keys.times[first : first + count] or [1] * count, np.int16)
        return np.where(self.split[first : first + count] == self.trained, given, np.minimum(given, 1)).astype(np.int16)

    def _left_out(self, record: int) -> Fault:
        if record in self.known:
            name, by = self.known[record]
            which = "its picture" if (pages := self.pictures.pages(record)) == 1 else f"one of its {pages} pictures"
            return Fault("SP007", self.pictures.first(record), f"{which} is, {SAME[by][1]}, {name} of --against")
        return self.duplicates.fault(record)

    def told(self) -> dict[str, dict[str, Any]]:
        """For each split how many records it has and in how many of them each label is, for the manifest."""
        if len(self.names) == 1:
            return {name: {} for name in self.names}
        labels, stays = self.keys.label_numbers, self.duplicates.decided.kept & (self.split >= 0)
        width = len(labels)
        counts = np.zeros(len(self.names) * width, np.int64)
        for record, label in self.keys.strata().blocks():
            sound = stays[record]
            place = self.split[record[sound]].astype(np.int64) * width + label[sound]
            counts += np.bincount(place, minlength=len(counts))
        of_split = counts.reshape(len(self.names), -1)
        shown = sorted(labels, key=lambda name: (-int(of_split[:, labels[name]].sum()), name))[:MOST_LABELS]
        records = np.bincount(self.split[stays], minlength=len(self.names)).tolist()
        return {
            name: {"records": records[at], "labels": {label: int(of_split[at, labels[label]]) for label in shown}}
            for at, name in enumerate(self.names)
        }

    def remembered(self, staging: StagingFolder) -> "Placed":
        """The same without the ledger, which is put beside the data."""
        if self.ledger is None:
            return self
        with staging.open(NAME) as writer:
            writer.write(self.ledger.content())
        return replace(self, ledger=None)


def placed(
    job: Job,
    keys: Keys,
    progress: Progress = SILENT,
    before: Ledger = NOTHING,
    batches: Batches = lambda: iter(()),
    at: Callable[[str], Path] = Path,
) -> Placed:
    """Decide for all records. `before` is what was decided before; `batches` gives all records again, where what they
    say counts; `at` is where a picture of a row is now.
    """
    names = tuple(name for name, _ in job.split)
    if len(names) > 1 and keys.records:
        check_found(job.group_by, keys.grouped, keys.ungrouped)
    pictures = Paths(keys.pictures, keys.pages, at)
    known = _known(job, keys, pictures)
    unmet = set(known).union(np.flatnonzero(np.array(keys.times, np.int16) == 0).tolist())
    again = duplicates_of(job, keys, pictures, sorted(unmet), batches, progress)
    if len(names) == 1:  # what was decided while there were several is kept for when there are again
        ledger = before if len(before.hashes) else None
        return Placed(keys, pictures, names, again, np.zeros(keys.records, np.int8), ledger=ledger, known=known)
    split, ledger = _assigned(job, keys, again.decided, before)
    again = replace(again, decided=replace(again.decided, alike=NOT_ALIKE))  # asked for no more
    return Placed(keys, pictures, names, again, split, trained(job.split), ledger, known)


def check_dedup(job: Job) -> None:
    """Raises `ConfigError` where pictures are to be looked at and not to be opened."""
    asked = f"--dedup {job.dedup}" if job.dedup != "off" else "--against" if job.against else ""
    if asked and not job.check_images:
        said = "needs to look at the pictures, which --no-check-images forbids"
        raise ConfigError(asked, said, f"Leave out one of {asked} and --no-check-images.")


def _known(job: Job, keys: Keys, pictures: Paths) -> dict[int, tuple[str, How]]:
    """The records that show a picture of `against`, were it one of several, by the first of these."""
    if not job.against:
        return {}
    found = read_known(job.against).among(pictures, Cache(default_folder()))
    owner = np.repeat(np.arange(keys.records), np.array(keys.pages, np.int64))
    known: dict[int, tuple[str, How]] = {}
    for picture, is_it in found.items():
        known.setdefault(int(owner[picture]), is_it)
    return known


def _assigned(job: Job, keys: Keys, decided: Decided, before: Ledger) -> tuple[NDArray[np.int8], Ledger]:
    """The split of every record, and the ledger. One that is left out as the same as another belongs to that one's
    group all the same: it may stand in its place tomorrow, and what hangs together with it was seen with it.
    """
    mine = decided.kept.copy()
    mine[list(decided.instead)] = True
    names, stays = keys.names(), decided.kept
    strata: Labels = keys.strata()
    alike = decided.alike if len(decided.alike) else None
    if not mine.all():
        strata = Renumbered(strata, np.where(mine, np.cumsum(mine, dtype=np.int32) - np.int32(1), np.int32(-1)))
        names, stays = of_records(names, mine), stays[mine]
        alike = None if alike is None else among(alike, mine)
    made = assign(names, job.split, strata, before, alike, None if stays.all() else stays)
    split = np.full(keys.records, LEFT_OUT, np.int8)
    split[mine] = made.places
    split[~decided.kept] = LEFT_OUT
    return split, made.ledger
