"""Rendering: some batches of one part to rows of the output, on disk with what the order and the cuts need to know."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ... import __version__
from ...converters.targets import load_target
from ...converters.targets.protocol import RenderOptions
from ...converters.templates.scene import Asking
from ...schemas.accounting import Accounting
from ..commit.staging import StagingFolder
from ..digest import digest
from ..job import Job
from ..narrow_integers import Column, least
from ..out_pictures import out_pictures_among
from ..rejecting import Fault, reject_records
from ..samples import Maker, Rendered
from ..shards import load_form
from ..shards.lengthened import with_lengths
from ..shards.protocol import Files, Form
from ..splits.ledger import Hashes
from ..spool import Written, batches_at, content_at
from ..store import Kept, decoded, encoded
from .account import Account, account_of
from .named import repeated

if TYPE_CHECKING:
    from ..progress import Progress

Ints = NDArray[np.int64]
NOTHING = np.zeros(0, np.int64)


@dataclass(frozen=True)
class RenderPart:
    """Some batches of a part, and all that was decided of them.

    `split` has the position of each record's split; `faults` what is wrong with those that are left out, by their
    number among these; `times` how often each is given, None where all are once; `besides` what else some are asked, to
    which records of other parts were put. `files` are those of each split.
    `work` begins the names of what is only needed meanwhile.
    """

    job: Job
    tasks: tuple[str, ...]
    place: StagingFolder
    work: Path
    spool: Path
    batches: tuple[Written, ...]
    split: NDArray[np.int8]
    faults: Mapping[int, Fault]
    asking: Asking
    options: RenderOptions
    files: tuple[Files, ...]
    times: NDArray[np.int16] | None = None
    besides: Mapping[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])

    def key(self) -> str:
        """What the result depends on: the batches themselves, and all that was decided of them."""
        job = replace(self.job, input=Path(), images=None)  # what was read of them is in the batches
        return digest(
            "rendered",
            __version__,
            job,
            self.tasks,
            self.place.shown,
            list(content_at(self.spool, self.batches)),
            self.split,
            self.faults,
            self.times,
            self.besides,
            replace(self.asking, vocabulary=()) if not self.job.negatives else self.asking,
            replace(self.options, readable=Path),
            self.files,
        )

    def kept(self, result: "PartRendered") -> Kept:
        """The result for a store."""
        return Kept(encoded(result), [result.rows, result.rejected])

    def found(self, content: bytes, _files: Sequence[Path]) -> "tuple[PartRendered, list[Path]] | None":
        """A result of a store, and where its files have to be; None where pictures count for the size of a file: they
        are looked at now, since the store does not know them.
        """
        mine = replace(decoded(content, PartRendered), rows=self._new(".rows"), rejected=self._new(".jsonl"))
        return None if mine.size.any() else (mine, [mine.rows, mine.rejected])

    def paths(self) -> tuple[Path, Path]:
        """Where to put the rows, and what was left out."""
        return self._new(".rows"), self._new(".jsonl")

    def _new(self, suffix: str) -> Path:
        """A file of a name of its own: another may still be at the same part."""
        return self.work.with_name(f"{self.work.name}-{secrets.token_hex(4)}{suffix}")


@dataclass(frozen=True)
class PartRendered:
    """What rendering came to: for every row its length in bytes, split and size in a file (pictures included).

    `tokens` of every row, where they are counted, and `pixels` of its pictures; `marks`, where the form wants
    to know (`Files.marks`); `over`, by split, how many samples were too long. `shown` are the pictures of OUT that the
    rows show, 64 bits of each (`out_pictures.py`).
    """

    rows: Path
    rejected: Path
    account: Account
    length: Column
    split: NDArray[np.int8]
    size: Column
    tokens: Column | None
    over: Ints
    shown: Hashes
    pixels: Column | None = None
    marks: NDArray[np.uint8] | None = None


@dataclass
class _Writing:
    """The rows of a part while they are made."""

    part: RenderPart
    form: Form
    lengths: list[Ints] = field(default_factory=list[Ints])
    splits: list[NDArray[np.int8]] = field(default_factory=list[NDArray[np.int8]])
    sizes: list[Ints] = field(default_factory=list[Ints])
    tokens: list[Ints] = field(default_factory=list[Ints])
    pixels: list[Ints] = field(default_factory=list[Ints])
    marks: list[NDArray[np.uint8]] = field(default_factory=list[NDArray[np.uint8]])
    over: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    shown: list[Hashes] = field(default_factory=list[Hashes])

    def take(self, made: Rendered, split: NDArray[np.int8]) -> bytes:
        """Note the rows of some samples, whose records have these splits; the bytes to write."""
        places = split[made.record]
        if self.part.job.lengths and made.lengths is not None:
            made = made._replace(rows=with_lengths(self.form, made.rows, made.lengths, made.pixels))
        self.splits.append(places)
        self.lengths.append(np.fromiter(map(len, made.rows), np.int64, len(made.rows)))
        files, place = self.part.files, self.part.place
        if (marks := files[0].marks(made.rows)) is not None:
            self.marks.append(marks)
        if files[0].weighs:
            sizes = (files[at].size(row, place) for at, row in zip(places.tolist(), made.rows, strict=True))
            self.sizes.append(np.fromiter(sizes, np.int64, len(made.rows)))
        else:
            self.sizes.append(np.zeros(len(made.rows), np.int64))
        if made.shown is not None:
            self.shown.append(out_pictures_among(place, made.shown))
        if made.lengths is not None:
            self.tokens.append(made.lengths)
            self.pixels.append(made.pixels)
            self.over = self.over + np.bincount(split[made.over], minlength=len(files))
        return b"".join(made.rows)


def render(part: RenderPart, progress: "Progress") -> PartRendered:
    """Render some batches. Raises `InputError` and `OutputError` as the target and the form of its files do."""
    target = load_target(part.job.target)
    writing = _Writing(part, load_form(target.FORM), over=np.zeros(len(part.files), np.int64))
    options = replace(part.options, readable=part.place.staged_source)
    rows_at, rejected_at = part.paths()
    with rows_at.open("wb") as rows, rejected_at.open("wb") as rejected:
        accounting = Accounting(rejected.write, names=part.job.shown)
        job = part.job
        split_long = job.over_length == "split"
        count = job.count_tokens or job.lengths
        maker = Maker(target, part.tasks, part.asking, options, accounting, job.max_length, split_long, count)
        for some in made_of(part, maker, progress):
            for made in some.rows:
                rows.write(writing.take(made, some.split))
    counted = job.max_length is not None or count
    return PartRendered(
        rows_at,
        rejected_at,
        account_of(accounting),
        _joined(writing.lengths),
        np.concatenate([np.zeros(0, np.int8), *writing.splits]),
        _joined(writing.sizes),
        _joined(writing.tokens) if counted else None,
        writing.over,
        np.unique(np.concatenate([np.zeros(0, np.uint64), *writing.shown])),
        _joined(writing.pixels) if counted else None,
        np.concatenate(writing.marks) if writing.marks else None,
    )


@dataclass(frozen=True)
class MadeOf:
    """Some records with the split of each, and the rows that are made of them as they are asked for; `time` is how
    often these records were there before.
    """

    split: NDArray[np.int8]
    rows: Iterator[Rendered]
    time: int = 0


def made_of(part: RenderPart, maker: Maker, progress: "Progress") -> Iterator[MadeOf]:
    """What is made of a part's records, batch by batch; all rows of each have to be taken before the next."""
    accounting = maker.accounting
    done = 0
    for batch in batches_at(part.spool, part.batches):
        mine = slice(done, done + len(batch))
        for asked, (kept, split, times) in _by_tasks(part, mine, _kept(batch, part, mine, accounting)):
            asking = replace(maker, tasks=asked)
            yield MadeOf(split, asking.make(kept))
            for time, (again, where) in enumerate(_again(kept, split, times), 1):
                more = replace(asking, accounting=(extra := Accounting()))
                yield MadeOf(where, more.make(again), time)
                accounting.read("samples", extra.written_counts["samples"])
                accounting.write("samples", extra.written_counts["samples"])
        done += len(batch)
        progress.advance(len(batch))


def _joined(arrays: list[Ints]) -> Column:
    return least(np.concatenate([NOTHING, *arrays]))


_Kept = tuple[pa.RecordBatch, NDArray[np.int8], NDArray[np.int16] | None]
"""Records that stay, with the split of each and how often it is given."""


def _by_tasks(part: RenderPart, mine: slice, kept: _Kept) -> Iterator[tuple[tuple[str, ...], _Kept]]:
    """The records that stay by what they are asked, those first that are asked what the whole part is."""
    if not part.besides:
        yield part.tasks, kept
        return
    batch, split, times = kept
    besides = [part.besides.get(at, ()) for at in range(mine.start, mine.stop) if at not in part.faults]
    for more in sorted({(), *besides}):
        chosen = np.array([each == more for each in besides], np.bool_)
        some = None if times is None else times[chosen]
        yield (*part.tasks, *more), (batch.filter(pa.array(chosen)), split[chosen], some)


def _kept(batch: pa.RecordBatch, part: RenderPart, mine: slice, accounting: Accounting) -> _Kept:
    """The records that stay, with the split of each and how often it is given."""
    split = part.split[mine]
    times = None if part.times is None else part.times[mine]
    faults = {row: part.faults[at] for row, at in enumerate(range(mine.start, mine.stop)) if at in part.faults}
    if not faults:
        return batch, split, times
    faults = {row: _with_name(fault, batch, row) for row, fault in faults.items()}
    stays = np.ones(len(batch), np.bool_)
    stays[list(faults)] = False
    return reject_records(batch, faults, accounting), split[stays], None if times is None else times[stays]


def _with_name(fault: Fault, batch: pa.RecordBatch, row: int) -> Fault:
    """Of a record that joins two splits, by what: its group, or its first picture. Where that was found no name is a
    text any more (`splits/names.py`).
    """
    if fault.code != "SP003":
        return fault
    group, media = batch.column("group")[row].as_py(), batch.column("media")[row].as_py()
    return fault._replace(value=group or (media[0]["path"] if media else None))


def _again(
    batch: pa.RecordBatch, split: NDArray[np.int8], times: NDArray[np.int16] | None
) -> Iterator[tuple[pa.RecordBatch, NDArray[np.int8]]]:
    """The records that are given more than once, once for every time beyond the first."""
    if times is None:
        return
    for time in range(2, 1 + int(times.max(initial=0))):
        more = times >= time
        yield repeated(batch.filter(pa.array(more)), time), split[more]
