"""The main job: one source's labels to one target's rows, split, accounted for, committed or absent.

It is a build (`build.py`) of one data set that has one part.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..schemas.accounting import Accounting
from .build import build
from .job import Job
from .plan import plan_of
from .work import ALONE, Work

if TYPE_CHECKING:
    from .progress import Progress


@dataclass(frozen=True)
class Summary:
    """What a finished conversion did: where it is, its manifest, the accounting behind it, and what a store had of it:
    of every stage how many parts, and of how many.
    """

    out: Path
    manifest: dict[str, Any]
    accounting: Accounting
    kept: Mapping[str, tuple[int, int]]


def convert(job: Job, progress: "Progress", work: Work = ALONE) -> Summary:
    """Run one conversion. OUT is the new whole version afterwards, or untouched when anything is raised.

    Raises `InputError`, `ConfigError`, `OutputError`; `LimitError` when more was rejected than `job.max_rejected`.
    """
    built = build(plan_of(job), progress, work)
    return Summary(job.out, dict(built.manifest), built.outputs[0].accounting, built.kept)
