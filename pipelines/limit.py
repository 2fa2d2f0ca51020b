"""The limit of --max-rejected: over it nothing is written, and the message says what to look at first."""

from collections import Counter

from ..schemas.accounting import KINDS, Accounting
from ..schemas.errors import LimitError
from ..schemas.rule import RULES
from .job import Job


def check_limit(job: Job, accounting: Accounting) -> None:
    """Raise `LimitError` when too much is wrong, or when nothing at all would be written."""
    if fault := over_limit(job, accounting):
        raise fault


def over_limit(job: Job, accounting: Accounting) -> LimitError | None:
    """What `check_limit` raises."""
    balance = accounting.balance()
    for kind in ("images", "annotations", "samples"):  # a picture's fault is that of all its annotations: it goes first
        faults, read = accounting.faults(kind), balance[kind]["read"]
        if faults and not job.max_rejected.allows(faults, read):
            share = f"{faults} of {read} {kind} ({faults / max(read, 1):.1%}) would be left out for faults"
            fact = f"{share}, more than --max-rejected {job.max_rejected}; nothing was written"
            return LimitError(str(job.input), fact, _look_first(kind, job, accounting))
    if not balance["samples"]["written"]:
        fact = "not one sample could be made; nothing was written"
        return LimitError(str(job.input), fact, _look_first("", job, accounting))
    return None


def _look_first(kind: str, job: Job, accounting: Accounting) -> str:
    """The commonest reason with an example and its remedy; `kind` empty for all kinds, choices of the user included."""
    tallies: Counter[tuple[str, str]] = Counter()
    for each in (kind,) if kind else KINDS:
        tallies.update({(each, code): number for code, number in accounting.rejected[each].items()})
    wrong = [(number, key) for key, number in tallies.items() if not kind or not RULES[key[1]].choice]
    if not wrong:
        return "The input holds no picture with annotations that the tasks can use; look at --task."
    # a picture without annotations (AN015) may only follow from what became of them
    number, (each, code) = max(wrong, key=lambda found: (found[1][1] != "AN015", found))
    example = accounting.examples[f"{each}:{code}"]
    place = f"{example.file}: {example.at}" if example.at else example.file
    many = f"{number} {each if number != 1 else each[:-1]}"
    remedy = _NO_FOLDER if code == "IM001" and job.images is None else example.remedy
    return f"Look first at {code} {example.name} ({many}), such as {place}: {example.message}\n  {remedy}"


_NO_FOLDER = (
    "Name the folder of the pictures with --images DIR; without it they are looked for beside the labels.\n"
    "  Where there are no pictures to look at: --no-check-images takes their sizes from the labels."
)
