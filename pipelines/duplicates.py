"""Duplicates: which records are left out because another says or shows the same; decided over all parts.

Pictures first, since a look at the keys tells; of what is left the words, which are read from the spools once more.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from ..converters.table import counts
from ..schemas.annotation import ITEMS
from .components import components, tied
from .dedup.find import kin
from .dedup.how import How
from .dedup.paths import Only, Paths
from .dedup.policy import Decided, akin, decide, nothing_twice
from .dedup.record_kin import RecordKin
from .dedup.said import Said, said_of
from .dedup.text import Texts
from .dedup.words import words
from .job import Job
from .keys import Keys
from .lint.cache import Cache, default_folder
from .lint.state import Spooled
from .progress import Progress
from .rejecting import Fault

Batches = Callable[[], Iterator[pa.RecordBatch]]
"""All records from the first on, as often as it is called."""

SAME: dict[How, tuple[str, str]] = {
    "bytes": ("DU001", "byte for byte"),
    "pixels": ("DU002", "pixel by pixel"),
    "look": ("DU003", "to the eye"),
    "words": ("DU006", "word for word"),
    "sense": ("DU006", "nearly"),
}


@dataclass(frozen=True)
class Duplicates:
    """What was `decided` of records and their `pictures`, by what they `said`; and where the records whose words were
    compared stand.
    """

    pictures: Paths
    decided: Decided
    said: Said = field(default_factory=Said)
    places: Spooled = field(default_factory=Spooled)

    def fault(self, record: int) -> Fault:
        """Why a record is left out for another."""
        other, by = self.decided.instead[record]
        code, said = SAME[by]
        if by in ("words", "sense"):
            return Fault(code, self.places[record], f"it says, {said}, what {self.places[other]} says")
        more = ""
        if record in self.decided.into:
            more = ", which says now what both said"
        elif not self.said.the_same(record, other, by):
            code, more = "DU005", ", which has other labels"
            more += " and was kept" if self.decided.kept[other] else ": neither was kept"
        elif not self.decided.kept[other]:
            code, more = "DU005", ", which another contradicts: none was kept"
        return Fault(code, self.pictures.first(record), f"{self._shows(record)}, {said}, {self._named(other)}{more}")

    def _shows(self, record: int) -> str:
        pages = self.pictures.pages(record)
        return "its picture is" if pages == 1 else f"its {pages} pictures are, each in its place"

    def _named(self, record: int) -> str:
        shown, pages = self.pictures.first(record), self.pictures.pages(record)
        return shown if pages == 1 else f"{shown} and the others of that record"


def duplicates_of(
    job: Job, keys: Keys, pictures: Paths, unmet: Sequence[int], batches: Batches, progress: Progress
) -> Duplicates:
    """What is left out; records that are `unmet` are, and stand for no others."""
    found = nothing_twice(keys.records, but=unmet)
    by_pictures = Said()
    if job.dedup != "off":
        found, by_pictures = _shown_twice(job, keys, pictures, unmet, batches, progress)
    if job.dedup_text == "off":
        return Duplicates(pictures, found, by_pictures)
    texts, places, weight = Texts(near=job.dedup_text == "near"), Spooled(), [np.zeros(0, np.int64)]
    progress.start("comparing texts", keys.records)
    for batch in batches():
        texts.add(words(batch))
        files, ats = batch.column("file").to_pylist(), batch.column("at").to_pylist()
        places.add([f"{file}: {at}" if at else file for file, at in zip(files, ats, strict=True)])
        weight.append(np.sum([counts(batch, column) for column in ITEMS], axis=0))
        progress.advance(len(batch))
    policy = job.dedup_policy if job.dedup_policy in ("most-annotated", "none") else "keep-first"
    own = texts.kin(but=np.flatnonzero(~found.kept).tolist())
    said = decide(own, policy, np.concatenate(weight).tolist(), lambda _one, _other, _by: True)
    progress.done()
    return Duplicates(pictures, _both(found, said), by_pictures, places)


def _both(shown: Decided, said: Decided) -> Decided:
    one, other = map(np.concatenate, zip(tied(shown.alike), tied(said.alike), strict=True))
    alike = components(len(shown.kept), one, other)
    return replace(shown, kept=shown.kept & said.kept, instead=shown.instead | said.instead, alike=alike)


def _shown_twice(
    job: Job, keys: Keys, pictures: Paths, unmet: Sequence[int], batches: Batches, progress: Progress
) -> tuple[Decided, Said]:
    near = job.dedup == "near"
    met = np.ones(keys.records, np.bool_)
    met[list(unmet)] = False
    each = Only(pictures, np.repeat(met, np.array(keys.pages, np.int64)))
    if near:
        progress.start("looking at pictures", sum(path is not None for path in each))
    cache = Cache(default_folder()) if near else None
    found = RecordKin(kin(each, near=near, cache=cache, told=progress.advance), keys.pages)
    if near:
        progress.start("comparing pictures", None)
    some = akin(found)
    said = said_of(some, batches() if some.any() else (), near=near, merge=job.dedup_policy == "merge")
    decided = decide(found, job.dedup_policy, keys.weight, said.the_same, said.claims, said.drawn)
    progress.done()
    decided.kept[list(unmet)] = False
    return decided, said
