"""What `mmdata build --dry-run` says: the plan in words, before anything of it is made."""

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from .terminal import shortened, visible

if TYPE_CHECKING:
    from ..pipelines.job import Job
    from ..pipelines.plan import Plan


def lines(plan: "Plan") -> Iterator[str]:
    """The parts with what is kept of each and asked about it; the data sets with their targets and splits."""
    first = plan.outputs[0]
    yield f"parts, {len(first.jobs)}:"
    for job in first.jobs:
        yield from (shortened(visible(line)) for line in _part(job))
    yield f"data sets, {len(plan.outputs)}:"
    for output in plan.outputs:
        splits = ", ".join(f"{name} {share:g}" for name, share in output.job.split)
        yield shortened(visible(f"  {output.job.target} in {output.job.out}: {splits}"))


def _part(job: "Job") -> Iterator[str]:
    name = f"{job.name}: " if job.name else ""
    weight = f", weight {job.weight:g}" if job.weight != 1 else ""
    yield f"  {name}{job.source} {job.input}{weight}"
    tasks = ", ".join(job.tasks) or "what fits the labels"
    yield f"    asked in {job.lang}: {tasks}"
    if kept := list(_kept(job.keep)):
        yield f"    kept: {'; '.join(kept)}"


def _kept(keep: Any) -> Iterator[str]:
    for each in fields(keep):
        value = getattr(keep, each.name)
        if value != each.default:
            yield f"{each.name} {', '.join(value) if isinstance(value, tuple) else f'{value:g}'}"
