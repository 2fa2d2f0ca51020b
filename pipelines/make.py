"""Making one data set of its parts, up to the manifest: what stands in between the stages, in order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..converters.targets import load_target
from ..converters.targets.protocol import RenderOptions
from ..schemas.accounting import Accounting
from .commit.staging import StagingFolder
from .dedup.paths import Paths
from .keys import together
from .lengths import write_lengths
from .limit import check_limit
from .lint.cache import Cache, default_folder
from .manifest import manifest_of, parts_told, write_remarks
from .memory import give_back
from .merged_spools import batches_of, merged_spools
from .order import arranged, laid_out, shard_parts
from .out_pictures import drop_unshown, write_out_pictures
from .packing import write_packing
from .pieces import options_of, render_parts
from .placing import Placed, placed
from .plan import Output
from .remember import Keepable, remembered
from .rendering import files_of_splits, remark_on_whole, write_beside
from .shards.protocol import Files
from .splits.homes import homed, ledger_before
from .splits.ledger import NAME as LEDGER
from .splits.ledger import NOTHING, Ledger, read_ledger
from .stages.account import add, faults_on
from .stages.look import look_ahead
from .stages.read import PartRead, ReadPart, read
from .stages.render import PartRendered, render
from .stages.write import write
from .store import Store
from .token_tally import lengths_told

if TYPE_CHECKING:
    from .engine.protocol import Engine
    from .progress import Progress

R = TypeVar("R")
P = TypeVar("P", bound=Keepable[Any])


@dataclass(frozen=True)
class Made:
    """A data set that is whole, and not published yet: `name` as in the plan."""

    name: str
    place: StagingFolder
    manifest: dict[str, Any]
    accounting: Accounting
    parts: tuple[Accounting, ...] = ()

    @property
    def ledger(self) -> Ledger | None:
        """What was decided of its splits, as it lies beside the data; None where there are none."""
        path = self.place.folder / LEDGER
        return read_ledger(path) if path.exists() else None

    @property
    def out(self) -> Path:
        """Its folder as the user knows it."""
        return self.place.out


@dataclass
class Making:
    """One data set while it is made. `before` are the splits that another of this run was given."""

    output: Output
    place: StagingFolder
    work: Path
    engine: "Engine"
    progress: "Progress"
    before: Ledger | None = None
    told: tuple[tuple[str, object], ...] = ()
    store: Store | None = None
    accounting: Accounting = field(default_factory=Accounting)
    parts: list[Accounting] = field(default_factory=list[Accounting])

    def make(self) -> Made:
        """Do it all. Raises as `build.build` says."""
        job = self.output.job
        target = load_target(job.target)
        rejected = self.place.open("rejected.jsonl")
        self.accounting.sink = rejected.write
        parts = self._read()
        each_job = zip(parts, self.output.jobs, strict=True)
        tasks = [part.keys.tasks(mine, rejected=_rejected(part)) for part, mine in each_job]
        keys = together([part.keys for part in parts])
        spools = [(part.spool, part.batches) for part in parts]
        if job.dedup == "near" and not self.engine.inside:
            pictures = Paths(keys.pictures, keys.pages, self.place.staged_source)
            look_ahead(pictures, Cache(default_folder()), self.engine, self.progress)
        again = partial(batches_of, spools)
        split = placed(job, keys, self.progress, self.before or NOTHING, again, self.place.staged_source)
        give_back()
        split = split.remembered(self.place)
        give_back()
        if split.duplicates.decided.into:
            fresh = merged_spools(spools, split.duplicates.decided)
            parts = [replace(part, spool=at, batches=of) for part, (at, of) in zip(parts, fresh, strict=True)]
        options = options_of(self.output, target, keys, parts)
        files = files_of_splits(job, target, split.names, options)
        pieces = self._render(parts, tasks, split, options, files)
        splits = self._write(split, files, pieces)
        if put := [each for part in parts for each in part.files]:
            drop_unshown(self.place, put, [piece.shown for piece in pieces])
        self.accounting.check()
        check_limit(job, self.accounting)
        rejected.close()
        told = dict(self.told) | parts_told(self.output, self.parts)
        if job.pictures != "refer" or job.max_side is not None:
            told["pictures"] = write_out_pictures(self.place, [each for part in parts for each in part.out_pictures])
        manifest = manifest_of(self.output, tasks, self.accounting, splits, told)
        remark_on_whole(target, manifest, self.accounting)
        write_remarks(self.place, self.accounting, manifest)
        write_beside(self.place, target, manifest)
        return Made(self.output.name, self.place, manifest, self.accounting, tuple(self.parts))

    def _read(self) -> list[PartRead]:
        jobs = self.output.jobs
        homes, self.before = homed(self.output, self.before or ledger_before(self.output))
        kept = self.store.folder if self.store else None
        parts = [
            ReadPart(job, self.place.alone(), self.work / f"part-{number:05d}", home, kept)
            for number, (job, home) in enumerate(zip(jobs, homes, strict=True))
        ]
        found: list[PartRead] = []
        for part in self._run(read, parts, "reading parts", None):
            known = {each.path for each in self.place.receipts}  # of a part with the same folder of pictures
            self.place.receipts.extend(each for each in part.files if each.path not in known)
            self.parts.append(Accounting())
            add(part.account, self.accounting)
            add(part.account, self.parts[-1])
            faults_on(part.rejected, self.accounting)
            found.append(part)
        return found

    def _render(
        self,
        parts: Sequence[PartRead],
        tasks: Sequence[tuple[str, ...]],
        split: Placed,
        options: RenderOptions,
        files: tuple[Files, ...],
    ) -> list[PartRendered]:
        mine = render_parts(self.output, self.place, self.work, parts, tasks, split, options, files)
        made = self._run(render, [each for each, _ in mine], "rendering samples", split.keys.records)
        found: list[PartRendered] = []
        for piece, (_, number) in zip(made, mine, strict=True):
            account = self.parts[number]
            add(piece.account, self.accounting)
            add(piece.account, account)
            faults_on(piece.rejected, self.accounting)
            found.append(piece)
        return found

    def _write(self, split: Placed, files: tuple[Files, ...], pieces: Sequence[PartRendered]) -> dict[str, Any]:
        """Write every shard; what the manifest says of the splits."""
        job = self.output.job
        laid = laid_out(pieces, len(files), job.seed if job.shuffle else None)
        in_files = [arranged(mine, rows) for mine, rows in zip(files, laid, strict=True)]
        parts = shard_parts(self.place.alone(), files, in_files, pieces)
        give_back()
        told = split.told()
        found: dict[str, Any] = {name: {"samples": 0, "shards": [], **told[name]} for name in split.names}
        for written in self._run(write, parts, "writing samples", sum(map(len, laid))):
            self.place.receipts.extend(written.files)
            mine = found[written.split]
            mine["samples"] += written.shard.samples
            mine["shards"].append(written.shard._asdict())
        if job.max_length is not None or job.count_tokens or job.lengths:
            basis = load_target(job.target).token_basis()
            for number, (name, (rows, _)) in enumerate(zip(split.names, in_files, strict=True)):
                over = sum(int(piece.over[number]) for piece in pieces)
                found[name]["lengths"] = lengths_told(rows.tokens, over, basis)
                if job.lengths:
                    write_lengths(self.place, name, rows.tokens, rows.pixels)
                if job.packing and job.max_length is not None:
                    found[name]["packing"] = write_packing(self.place, name, rows.tokens, job.max_length)
        return found

    def _run(
        self, stage: Callable[[P, "Progress"], R], parts: Sequence[P], name: str, steps: int | None
    ) -> Iterator[R]:
        """Run a stage; it counts its own `steps` where it runs in this process, and parts elsewhere."""
        if not self.engine.inside:
            self.progress.start(name, len(parts))
        elif steps is not None:
            self.progress.start(name, steps)
        yield from remembered(self.engine, stage, parts, self.progress, self.store)
        give_back()
        self.progress.done()


def _rejected(part: PartRead) -> bool:
    return bool(part.account.rejected["annotations"])
