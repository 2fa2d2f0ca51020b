"""What a stage tells of one part's accounting, and how all of it becomes one again, whoever did the part."""

from collections import Counter
from pathlib import Path

import msgspec

from ...schemas.accounting import KINDS, Accounting, InputFile
from ...schemas.finding import Finding


class Account(msgspec.Struct, frozen=True):
    """The accounting of one part, but for its rejections, which are lines of a file."""

    read: dict[str, int]
    written: dict[str, int]
    rejected: dict[str, dict[str, int]]
    remarks: dict[str, int]
    findings: list[Finding]
    inputs: list[InputFile]
    examples: dict[str, Finding]


def account_of(accounting: Accounting) -> Account:
    """What a part's accounting holds."""
    return Account(
        dict(accounting.read_counts),
        dict(accounting.written_counts),
        {kind: dict(counts) for kind, counts in accounting.rejected.items()},
        dict(accounting.remarks),
        accounting.findings,
        accounting.inputs,
        accounting.examples,
    )


def add(account: Account, whole: Accounting) -> None:
    """Add a part to the whole; parts come in their order, so that the first remarks of all are those that are kept."""
    whole.read_counts.update(account.read)
    whole.written_counts.update(account.written)
    for kind in KINDS:
        whole.rejected[kind].update(account.rejected.get(kind, {}))
    met: Counter[str] = Counter()
    for found in account.findings:
        if whole.room_for(found.code) > met[found.code]:
            whole.findings.append(found)
            met[found.code] += 1
    whole.remarks.update(account.remarks)
    whole.inputs.extend(account.inputs)
    for key, example in account.examples.items():
        whole.examples.setdefault(key, example)


def faults_on(path: Path, accounting: Accounting) -> None:
    """Add the lines of a part's rejections to those of the whole, block by block."""
    with path.open("rb") as lines:
        while block := lines.read(1 << 20):
            accounting.sink(block)
