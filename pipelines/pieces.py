"""Pieces: the parts of a data set once all is decided over all records, cut so that several can render them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ..converters.targets.protocol import RenderOptions, Target
from ..converters.templates.scene import Asking
from ..converters.templates.wordings import load_wordings
from .commit.staging import StagingFolder
from .job import Job
from .keys import Keys
from .merged_spools import asked_besides
from .placing import Placed
from .plan import Output
from .rendering import picture_roots, render_options
from .shards.protocol import Files
from .spool import Written
from .stages.read import PartRead
from .stages.render import RenderPart

RECORDS = 1 << 14
"""Records of a part that are rendered together, at least, but for the last."""


def options_of(output: Output, target: Target, keys: Keys, parts: Sequence[PartRead]) -> RenderOptions:
    """How a data set is rendered; `keys` are those of all parts, `parts` what was read."""
    each_job = zip(parts, output.jobs, strict=True)
    roots = [root for part, job in each_job for root in picture_roots(job, part.images)]
    once = tuple(dict.fromkeys(roots))
    return replace(render_options(output.job, target), labels=tuple(sorted(keys.labels)), roots=once)


def render_parts(
    output: Output,
    place: StagingFolder,
    work: Path,
    parts: Sequence[PartRead],
    tasks: Sequence[tuple[str, ...]],
    split: Placed,
    options: RenderOptions,
    files: tuple[Files, ...],
) -> list[tuple[RenderPart, int]]:
    """The pieces in order, each with the number of the part that it is of; `tasks` are those of each part."""
    found: list[tuple[RenderPart, int]] = []
    besides = asked_besides(split.duplicates.decided, [part.keys.records for part in parts], tasks)
    first = 0  # of all records
    for number, (part, job, asked) in enumerate(zip(parts, output.jobs, tasks, strict=True)):
        asking = _asking(job, part.keys)
        for batches in _chunks(part.batches):
            count = sum(each.records for each in batches)
            mine = RenderPart(
                job=job,
                tasks=asked,
                place=place.alone(),
                work=work / f"rows-{len(found):06d}",
                spool=part.spool,
                batches=batches,
                split=split.split[first : first + count],
                faults=split.faults(first, count),
                times=split.times(first, count) if part.keys.times else None,
                besides={at - first: more for at, more in besides.items() if first <= at < first + count},
                asking=asking,
                options=options,
                files=files,
            )
            found.append((mine, number))
            first += count
    return found


def _asking(job: Job, keys: Keys) -> Asking:
    """How a part is asked about: in its own words, with its own labels, since nobody looked for another's in it."""
    wordings = load_wordings(job.lang, job.templates)
    labels = sorted(keys.labels)
    asking = Asking(wordings, job.order, job.max_objects, job.negatives, job.seed, labels, keys.hidden, job.answers)
    return replace(asking, texts=keys.written.in_order())


def _chunks(batches: Sequence[Written]) -> Iterator[tuple[Written, ...]]:
    """The batches of a part, as many together as have enough records; whoever renders them, they are the same."""
    held: list[Written] = []
    for batch in batches:
        held.append(batch)
        if sum(each.records for each in held) >= RECORDS:
            yield tuple(held)
            held = []
    if held:
        yield tuple(held)
