"""A plan: the data sets that one run makes, each of one or several parts, before anything is opened.

`mmdata convert` is a plan of one data set with one part; a recipe may have several of both.
"""

from dataclasses import dataclass
from pathlib import Path

from .job import Job


@dataclass(frozen=True)
class Output:
    """One data set: `name` is its folder in OUT, empty for OUT itself; `jobs` are its parts, in order.

    What holds for the whole (target, splits, duplicates, seed, limits, files) is the same in every job, whose `out` is
    the folder of the data set; sources, tasks, words and filters are each part's own.
    """

    name: str
    jobs: tuple[Job, ...]

    @property
    def job(self) -> Job:
        """The first part, which speaks for what holds for the whole."""
        return self.jobs[0]


@dataclass(frozen=True)
class Plan:
    """All that one run puts in OUT's place. With several outputs, all have the splits that the first was given.

    `read` are files and folders besides the parts' that the run reads, and that OUT must not replace: the recipe.
    `told` goes into the manifest as it is, such as what the recipe's names were resolved to.
    """

    out: Path
    outputs: tuple[Output, ...]
    read: tuple[Path, ...] = ()
    told: tuple[tuple[str, object], ...] = ()


def plan_of(job: Job) -> Plan:
    """The plan of one conversion."""
    return Plan(job.out, (Output("", (job,)),))
