"""Placing: what becomes of every record before any is rendered: the same as another, or in which split.

Decided on keys alone (`keys.py`), so that the records themselves need not be in memory.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..schemas.accounting import Accounting
from .commit import Staging
from .dedup.exact import duplicates
from .job import Job
from .keys import Keys
from .ledger import NAME, Ledger, read_ledger
from .rejecting import Fault, reject_records
from .split import LEFT_OUT, Assigned, assign
from .stratify import Strata

MOST_LABELS = 1000
"""Labels whose counts the manifest holds, the commonest first."""


@dataclass(frozen=True)
class Placed:
    """`first` is the record whose picture each record's is, itself where it is the first; `split` the position of its
    split, LEFT_OUT where it hangs together with two; `ledger` what the next version of the set must know.
    """

    keys: Keys
    names: tuple[str, ...]
    first: NDArray[np.int64]
    split: NDArray[np.int8]
    ledger: Ledger | None = None

    def kept(self, batch: pa.RecordBatch, done: int, accounting: Accounting) -> tuple[pa.RecordBatch, NDArray[np.int8]]:
        """The records of a batch that stay, and the split of each; others are rejected. `done` records came before."""
        own = np.arange(done, done + len(batch))
        first, split = self.first[own], self.split[own]
        faults = {row: self._twice(done + row) for row in np.flatnonzero(first != own).tolist()}
        for row in np.flatnonzero((first == own) & (split == LEFT_OUT)).tolist():
            said = "it hangs together with records of two splits, by its picture or its group"
            faults[row] = Fault("SP003", self.keys.groups[done + row][0], said)
        stays = (first == own) & (split != LEFT_OUT)
        return reject_records(batch, faults, accounting), split[stays]

    def _twice(self, record: int) -> Fault:
        other, keys = int(self.first[record]), self.keys
        same = keys.said[other] == keys.said[record]
        said = "its picture is, byte for byte, " + keys.shown[other]
        code, more = ("DU001", "") if same else ("DU005", ", which has other labels and was kept")
        return Fault(code, keys.shown[record], said + more)

    def told(self) -> dict[str, dict[str, Any]]:
        """For each split how many records it has and in how many of them each label is, for the manifest."""
        if len(self.names) == 1:
            return {name: {} for name in self.names}
        strata, labels = self.keys.strata(), self.keys.label_numbers
        stays = (self.first == np.arange(len(self.first))) & (self.split >= 0)
        sound = stays[strata.record]
        place = self.split[strata.record[sound]].astype(np.int64) * max(len(labels), 1) + strata.label[sound]
        counts = np.bincount(place, minlength=len(self.names) * len(labels)).reshape(len(self.names), -1)
        shown = sorted(labels, key=lambda name: (-int(counts[:, labels[name]].sum()), name))[:MOST_LABELS]
        records = np.bincount(self.split[stays], minlength=len(self.names)).tolist()
        return {
            name: {"records": records[at], "labels": {label: int(counts[at, labels[label]]) for label in shown}}
            for at, name in enumerate(self.names)
        }

    def write_ledger(self, staging: Staging) -> None:
        """Put the ledger beside the data, where there is more than one split."""
        if self.ledger is not None:
            with staging.open(NAME) as writer:
                writer.write(self.ledger.content())


def placed(job: Job, keys: Keys) -> Placed:
    """Decide for all records. Raises `InputError` for a ledger that is none."""
    names = tuple(name for name, _ in job.split)
    own = np.arange(keys.records)
    first = duplicates(keys.picture) if job.dedup == "exact" else own
    if len(names) == 1:
        return Placed(keys, names, first, np.zeros(keys.records, np.int8))
    kept = np.flatnonzero(first == own)
    made = _assigned(job, keys, kept, _before(job))
    split = np.full(keys.records, LEFT_OUT, np.int8)
    split[kept] = made.places
    return Placed(keys, names, first, split, made.ledger)


def _assigned(job: Job, keys: Keys, kept: NDArray[np.int64], before: Ledger) -> Assigned:
    strata = keys.strata()
    number = np.full(keys.records, -1, np.int64)
    number[kept] = np.arange(len(kept))
    held = number[strata.record] >= 0
    mine = Strata(number[strata.record[held]], strata.label[held])
    return assign([keys.groups[row] for row in kept.tolist()], job.split, job.seed, mine, before)


def _before(job: Job) -> Ledger:
    """What was decided before: the ledger of the version that is replaced, or the one that was named."""
    if job.ledger == "new":
        return Ledger(())
    return read_ledger(job.out / NAME if job.ledger == "auto" else Path(job.ledger))
