"""Rehearsing: everything is read, filtered, checked and given its split, and nothing is made of it.

What a build would leave out before it renders is known then, and how large every split would be; how many samples a
record gives, only the rendering can tell. What is read lies in a temporary folder meanwhile.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from ..schemas.accounting import Accounting
from .build import check
from .commit.staging import ATTEMPTS, StagingFolder
from .keys import together
from .merged_spools import batches_of
from .placing import placed
from .plan import Output, Plan
from .splits.homes import homed, ledger_before
from .splits.ledger import Ledger
from .stages.account import add
from .stages.read import ReadPart, read
from .work import ALONE, Work

if TYPE_CHECKING:
    from .engine.protocol import Engine
    from .progress import Progress


@dataclass(frozen=True)
class PartRehearsed:
    """One part: what would be asked, how many records are left, and what became of everything that was read."""

    name: str
    source: str
    tasks: tuple[str, ...]
    records: int
    accounting: Accounting

    def told(self) -> dict[str, Any]:
        """As JSON has it; `kept` is what is left to be rendered."""
        read = self.accounting.read_counts
        rejected = {kind: dict(sorted(codes.items())) for kind, codes in self.accounting.rejected.items() if codes}
        kinds = ("annotations", "images")
        kept = {kind: read[kind] - self.accounting.rejected[kind].total() for kind in kinds}
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
    """

    name: str
    target: str
    parts: tuple[PartRehearsed, ...]
    splits: Mapping[str, int]
    labels: Mapping[str, Mapping[str, int]]
    left_out: Mapping[str, int]

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
        }


def rehearse(plan: Plan, progress: "Progress", work: Work = ALONE) -> tuple[OutputRehearsed, ...]:
    """What a build of the plan would come to, up to the rendering. Nothing is written where OUT is.

    Raises as `build` does, but for limits: what would be over one is seen in the numbers.
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
    place = StagingFolder(output.job.out, folder / "out", output.job.out)
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
    told: list[PartRehearsed] = []
    for job, part in zip(output.jobs, parts, strict=True):
        accounting = Accounting()
        add(part.account, accounting)
        tasks = part.keys.tasks(job, rejected=bool(part.account.rejected["annotations"]))
        told.append(PartRehearsed(job.name, job.source, tasks, part.keys.records, accounting))
    keys = together([part.keys for part in parts])
    records = partial(batches_of, [(each.spool, each.batches) for each in parts])
    split = placed(output.job, keys, progress, before, records, place.staged_source)
    faults = split.faults(0, keys.records)
    stays = np.ones(keys.records, np.bool_)
    stays[list(faults)] = False
    counts = np.bincount(split.split[stays], minlength=len(split.names)).tolist()
    labels = {name: each["labels"] for name, each in split.told().items() if "labels" in each}
    left_out = Counter(fault.code for fault in faults.values())
    splits = dict(zip(split.names, counts, strict=True))
    target = output.job.target
    return OutputRehearsed(output.name, target, tuple(told), splits, labels, left_out), split.ledger
