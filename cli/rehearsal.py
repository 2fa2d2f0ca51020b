"""What `mmdata build --dry-run` says: the plan in words, and what reading came to."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ..schemas.rule import RULES
from .summary import labels_table
from .tables import Table, drawn, plain
from .terminal import shortened, visible

if TYPE_CHECKING:
    from ..pipelines.job import Job
    from ..pipelines.plan import Plan


def as_text(plan: "Plan", outputs: Sequence[Mapping[str, Any]]) -> str:
    """The parts with what is kept of each and asked about it; for each data set the numbers of its parts and splits.

    `outputs` as `rehearse` tells them.
    """
    blocks = ["\n".join(_parts(plan))]
    names: dict[tuple[str, ...], list[str]] = {}  # data sets of which the same is said
    for output, told in zip(plan.outputs, outputs, strict=True):
        names.setdefault(_of(told), []).append(shortened(visible(f"{output.job.target} in {output.job.out}")))
    for said, together in names.items():
        blocks += [",\n".join(together) + ":", *said]
    blocks.append("Nothing was written. How many samples the records give is known once they are made.")
    if any(told["at_most"] for told in outputs):
        blocks[-1] += " There may be fewer records:\nwhat is longer than max_length is left out then."
    return "\n\n".join(filter(None, blocks))


def _of(told: Mapping[str, Any]) -> tuple[str, ...]:
    """The blocks about one data set."""
    splits = told["splits"]
    tables = (_read(told["parts"]), _splits(splits), labels_table(splits), _left_out(told))
    return *map(_shown, tables), "\n".join(_noted(told["parts"]))


def _shown(table: Table) -> str:
    """Of a table that is a result, it is stdout that decides."""
    if not table.rows:
        return ""
    return drawn(table) if sys.stdout.isatty() else plain(table)


def _parts(plan: "Plan") -> Iterator[str]:
    jobs = plan.outputs[0].jobs
    yield f"{len(jobs)} parts:" if len(jobs) > 1 else "one part:"
    for job in jobs:
        yield from (shortened(visible(line)) for line in _part(job))


def _part(job: "Job") -> Iterator[str]:
    name = f"{job.name}: " if job.name else ""
    weight = f", weight {job.weight:g}" if job.weight != 1 else ""
    yield f"  {name}{job.source} {job.input}{weight}"
    if kept := list(_kept(job.keep)):
        yield f"    kept: {'; '.join(kept)}"


def _kept(keep: Any) -> Iterator[str]:
    for each in fields(keep):
        value = getattr(keep, each.name)
        if value != each.default:
            yield f"{each.name} {', '.join(value) if isinstance(value, tuple) else f'{value:g}'}"


def _read(parts: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        (
            f"{part['name'] or part['source']}: {', '.join(part['tasks'])}",
            f"{part['read']['annotations']:,}",
            f"{part['kept']['annotations']:,}",
            f"{part['kept']['images']:,}",
            f"{part['records']:,}",
        )
        for part in parts
    ]
    return Table(("annotations of", "read", "kept", "images", "records"), rows)


def _splits(splits: Mapping[str, Mapping[str, Any]]) -> Table:
    total = sum(split["records"] for split in splits.values())
    rows = [
        (name, f"{split['records']:,}", f"{100 * split['records'] / total:.1f}%" if total else "")
        for name, split in splits.items()
    ]
    return Table(("split", "records", "share"), rows)


def _noted(parts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What is worth a look, of each part and rule the first."""
    noted = [(part["name"] or part["source"], each) for part in parts for each in part["remarks"]]
    if noted:
        yield "worth a look:"
    for name, each in noted:
        times = f"{each['count']:,} times " if each["count"] > 1 else ""
        said = f"{times}{each['code']} {RULES[each['code']].name}: {each['message']}"
        yield shortened(visible(f"  {name}: {said}"))


def _left_out(told: Mapping[str, Any]) -> Table:
    """By rule what is left out: of each part, and of the records of all for one another's sake."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in ("annotations", "images")}
    for part in told["parts"]:
        for kind, codes in part["rejected"].items():
            counts.setdefault(kind, Counter()).update(codes)
    counts["records"] = Counter(told["records_left_out"])
    rules = dict.fromkeys(code for codes in counts.values() for code in codes)
    rows = [
        (f"{code} {RULES[code].name}", *(f"{codes[code]:,}" if codes[code] else "" for codes in counts.values()))
        for code in rules
    ]
    return Table(("left out", *counts), rows)
