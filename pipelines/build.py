"""Building: all that one run makes, from labels to committed data sets.

    read ─▶ keys ─▶ duplicates, splits ─▶ render ─▶ order, cuts ─▶ write ─▶ accounting, limit, manifest ─▶ publish

What is done to one part stands in `stages`, what is global beside it in `placing` and `order`; the engine decides who
does the parts, and cannot change what comes of them.
"""

import gc
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..converters.targets import load_target
from ..converters.templates.wordings import load_wordings
from ..schemas.errors import ConfigError
from .check import reserved_by
from .commit import fs
from .commit.commit import Staging
from .commit.destination import check_cache, check_names, telling
from .commit.staging import Receipt, StagingFolder
from .job import Job
from .make import Made, Making
from .manifest import manifest_of_all
from .placing import check_dedup
from .plan import Plan
from .rendering import render_options
from .store import Store
from .work import ALONE, Work

if TYPE_CHECKING:
    from .progress import Progress

WORK = ".work"
"""The folder of what is only needed meanwhile, in the staging folder."""


@dataclass(frozen=True)
class Built:
    """What a finished run did: where it is, its manifest, and every data set in it.

    `kept` is, of every stage of a run with a store, how many parts were found there, and of how many.
    """

    out: Path
    manifest: Mapping[str, Any]
    outputs: tuple[Made, ...]
    kept: Mapping[str, tuple[int, int]]


def build(plan: Plan, progress: "Progress", work: Work = ALONE) -> Built:
    """Make all that the plan says. OUT is the new whole version afterwards, or untouched when anything is raised.

    Raises `InputError`, `ConfigError`, `OutputError`; `LimitError` when more was rejected than a job allows.
    """
    check(plan, work)
    jobs = [job for output in plan.outputs for job in output.jobs]
    inputs = [path for job in jobs for path in (job.input, job.images) if path] + list(plan.read)
    with (
        _no_cyclic_garbage(),
        Staging(plan.out, list(dict.fromkeys(inputs)), resume=work.resume) as staging,
        work.engine as engine,
    ):
        kept = work.store or (Store(staging.kept) if work.resume else None)
        if kept:
            kept.sweep()
        made: list[Made] = []
        for output in plan.outputs:
            progress.about(output.name)
            ledger = made[-1].ledger if made else None
            own = _place(staging, output.name)
            meanwhile = staging.folder / WORK / (output.name or "all")
            with telling(own.out):  # workers make no folder above their own: it would come back after it was removed
                fs.make_folder(own.folder)
                fs.make_folder(meanwhile)
            made.append(Making(output, own, meanwhile, engine, progress, ledger, plan.told, kept).make())
        progress.about("")
        with telling(plan.out):
            fs.remove_tree(staging.folder / WORK)
        return Built(plan.out, _publish(staging, made), tuple(made), kept.told() if kept else {})


def check(plan: Plan, work: Work = ALONE) -> None:
    """Raise what can be said of a plan before anything is read: `ConfigError` or `InputError`."""
    if work.store:
        check_cache(plan.out, work.store.folder)
    for output in plan.outputs:
        for job in output.jobs:
            check_names(job.out, _named_files(job))
            check_dedup(job)
            target = load_target(job.target)
            render_options(job, target)
            lists = load_wordings(job.lang, job.templates).lists
            _check_wordings(lists, job)


def _place(staging: Staging, name: str) -> StagingFolder:
    if not name:
        return staging
    return StagingFolder(staging.out / name, staging.folder / name, staging.shown / name)


def _publish(staging: Staging, made: list[Made]) -> dict[str, Any]:
    """Put the version in OUT's place; several data sets have a manifest each, and one over all."""
    if made[0].place is staging:
        return staging.publish(made[0].manifest)
    manifests: dict[str, dict[str, Any]] = {}
    for each in made:
        name = each.place.out.name
        manifests[each.name] = each.place.seal(each.manifest)
        with telling(each.place.out):
            each.place.sweep()
        staging.take(Receipt(f"{name}/{one.path}", one.bytes, one.sha256) for one in each.place.receipts)
    return staging.publish(manifest_of_all(manifests))


def _named_files(job: Job) -> list[Path]:
    """The paths that the manifest or the rows will hold, but for folders that are read."""
    own = [vars(each).values() for each in (job.source_options, job.target_options) if each is not None]
    given = [job.input, job.image_root, job.against, *chain.from_iterable(own)]
    return [each for each in given if isinstance(each, Path) and (each == job.image_root or not each.is_dir())]


@contextmanager
def _no_cyclic_garbage() -> Generator[None]:
    """No cycles are made on the way, and looking for them in a million lists costs more than the conversion."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _check_wordings(lists: Mapping[str, Mapping[str, tuple[str, ...]]], job: Job) -> None:
    """A control token in a wording of the user's own would be one in every sample."""
    target = load_target(job.target)
    reserved = reserved_by(target)
    for task, named in lists.items():
        for name, wordings in named.items():
            for number, wording in enumerate(wordings):
                if tag := reserved.find(wording):
                    raise ConfigError(
                        f"{job.templates}: {job.lang}.{task}.{name}[{number}]",
                        f"{tag} in {wording!r} is a control token to {target.NAME}",
                        "Write words and slots such as {label}; mmdata puts the tags.",
                    )
