"""Rehearsing: everything is read, filtered, checked, given its split and asked about, and no row is made of it.

What a build would leave out is known then, and how large every split would be; but for what is too long, which only
the rendering can tell: where there is a limit of tokens the numbers are those at most. What is read lies in a temporary
folder meanwhile.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from ..converters.targets import load_target
from ..schemas.accounting import Accounting
from ..schemas.errors import LimitError
from .build import check
from .commit.staging import ATTEMPTS, StagingFolder, absolute
from .keys import together
from .limit import over_limit
from .merged_spools import batches_of, merged_spools
from .pieces import options_of, render_parts
from .placing import Placed, placed
from .plan import Output, Plan
from .splits.homes import homed, ledger_before
from .splits.ledger import Ledger
from .stages.account import add
from .stages.count import count
from .stages.read import PartRead, ReadPart, read
from .work import ALONE, Work

if TYPE_CHECKING:
    from .engine.protocol import Engine
    from .progress import Progress


@dataclass(frozen=True)
class PartRehearsed:
    """One part: what would be asked, of how many records there would be samples, and what became of what was read."""

    name: str
    source: str
    tasks: tuple[str, ...]
    records: int
    accounting: Accounting

    def told(self) -> dict[str, Any]:
        """As JSON has it; `kept` is what would be written."""
        read = self.accounting.read_counts
        rejected = {kind: dict(sorted(codes.items())) for kind, codes in self.accounting.rejected.items() if codes}
        kinds = ("annotations", "images")
        kept = {kind: self.accounting.written_counts[kind] for kind in kinds}
        return {
            "name": self.name,
            "source": self.source,
            "tasks": list(self.tasks),
            "records": self.records,
            "read": {kind: read[kind] for kind in kinds},
            "kept": kept,
            "rejected": rejected,
            "remarks": [
                {"code": each.code, "count": self.accounting.remarks[each.code], "message": each.message}
                for each in {each.code: each for each in reversed(self.accounting.findings)}.values()
            ],
        }


@dataclass(frozen=True)
class OutputRehearsed:
    """One data set: its parts; the records of each split, and of them those with each label where there are several;
    by rule, the records that are left out over all parts: duplicates, weights, what hangs together with two splits.
    `limit` is what the build would end with, were too much wrong or nothing left; `at_most` is whether more may be left
    out: what is too long.
    """

    name: str
    target: str
    parts: tuple[PartRehearsed, ...]
    splits: Mapping[str, int]
    labels: Mapping[str, Mapping[str, int]]
    left_out: Mapping[str, int]
    limit: LimitError | None = None
    at_most: bool = False

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        splits = {
            name: {"records": count} | ({"labels": dict(self.labels[name])} if name in self.labels else {})
            for name, count in self.splits.items()
        }
        return {
            "name": self.name,
            "target": self.target,
            "parts": [part.told() for part in self.parts],
            "splits": splits,
            "records_left_out": dict(self.left_out),
            "at_most": self.at_most,
            "fails": self.limit and self.limit.fact,
        }


def rehearse(plan: Plan, progress: "Progress", work: Work = ALONE) -> tuple[OutputRehearsed, ...]:
    """What a build of the plan would come to, up to the rendering. Nothing is written where OUT is.

    Raises as `build` does, but for limits: what would be over one is said beside the numbers.
    """
    check(plan, work)
    found: list[OutputRehearsed] = []
    ledger: Ledger | None = None
    with TemporaryDirectory(prefix="mmdata-") as folder, work.engine as engine:
        for number, output in enumerate(plan.outputs):
            progress.about(output.name)
            made, ledger = _rehearsed(output, Path(folder) / str(number), engine, progress, ledger)
            found.append(made)
        progress.about("")
    return tuple(found)


def _rehearsed(
    output: Output, folder: Path, engine: "Engine", progress: "Progress", before: Ledger | None
) -> tuple[OutputRehearsed, Ledger | None]:
    place = StagingFolder(output.job.out, folder / "out", absolute(output.job.out))
    (place.folder / ATTEMPTS).mkdir(parents=True)
    homes, before = homed(output, before or ledger_before(output))
    wanted = [
        ReadPart(job, place.alone(), folder / f"part-{number:05d}", home)
        for number, (job, home) in enumerate(zip(output.jobs, homes, strict=True))
    ]
    if not engine.inside:
        progress.start("reading parts", len(wanted))
    parts = list(engine.run(read, wanted, progress))
    progress.done()
    each_job = zip(output.jobs, parts, strict=True)
    tasks = [part.keys.tasks(job, rejected=bool(part.account.rejected["annotations"])) for job, part in each_job]
    keys = together([part.keys for part in parts])
    records = partial(batches_of, [(each.spool, each.batches) for each in parts])
    split = placed(output.job, keys, progress, before, records, place.staged_source)
    faults = split.faults(0, keys.records)
    counted = _Counting(output, place, folder, parts, tasks, split)
    counted.run(engine, progress)
    labels = {name: each["labels"] for name, each in split.told().items() if "labels" in each}
    told = [
        PartRehearsed(job.name, job.source, asked, made, accounting)
        for job, asked, made, accounting in zip(output.jobs, tasks, counted.records, counted.accounts, strict=True)
    ]
    return (
        OutputRehearsed(
            output.name,
            output.job.target,
            tuple(told),
            dict(zip(split.names, counted.splits.tolist(), strict=True)),
            labels,
            Counter(fault.code for fault in faults.values()),
            over_limit(output.job, counted.whole),
            any(job.max_length is not None for job in output.jobs),
        ),
        split.ledger,
    )


class _Counting:
    """Counts the samples that there would be: `records` of each part and `splits` of each split of which there are
    some, `accounts` of each part and the `whole`.
    """

    def __init__(
        self,
        output: Output,
        place: StagingFolder,
        folder: Path,
        parts: Sequence[PartRead],
        tasks: Sequence[tuple[str, ...]],
        split: Placed,
    ) -> None:
        if split.duplicates.decided.into:
            fresh = merged_spools([(each.spool, each.batches) for each in parts], split.duplicates.decided)
            parts = [replace(part, spool=at, batches=of) for part, (at, of) in zip(parts, fresh, strict=True)]
        self.whole = Accounting()
        self.accounts = [Accounting() for _ in parts]
        for part, account in zip(parts, self.accounts, strict=True):
            add(part.account, account)
            add(part.account, self.whole)
        self.records = [0] * len(parts)
        self.splits = np.zeros(len(split.names), np.int64)
        options = options_of(output, load_target(output.job.target), split.keys, parts)
        self._pieces = render_parts(output, place, folder, parts, tasks, split, options, ())
        self._all = split.keys.records

    def run(self, engine: "Engine", progress: "Progress") -> None:
        """Do it."""
        progress.start("counting samples", self._all if engine.inside else len(self._pieces))
        made = engine.run(count, [piece for piece, _ in self._pieces], progress)
        for each, (_, number) in zip(made, self._pieces, strict=True):
            add(each.account, self.accounts[number])
            add(each.account, self.whole)
            self.records[number] += int(each.records.sum())
            self.splits += each.records
        progress.done()
