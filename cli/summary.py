"""The closing words of a conversion: what became of everything, what was left out and why, where the result is."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ..schemas.accounting import KINDS, Accounting
from ..schemas.finding import Finding
from ..schemas.rule import RULES
from .tables import Table, shown
from .terminal import shortened, visible

_LABELS = 10
"""How many labels are shown."""
_SPLITS = 4
"""Splits whose labels are shown side by side: what 80 columns have room for."""
_COUNTED = 1000
"""Labels of a split that its manifest counts at most."""


Kept = Mapping[str, tuple[int, int]]
"""Of every stage how many parts a store had, and of how many."""


class Result(Protocol):
    """A data set that was made."""

    @property
    def manifest(self) -> dict[str, Any]:
        """manifest.json as it was written."""
        ...

    @property
    def out(self) -> Path:
        """The folder that was made."""
        ...

    @property
    def accounting(self) -> Accounting:
        """What was read, written, left out and noted."""
        ...


class Built(Protocol):
    """What a build returns."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The manifest over all."""
        ...

    @property
    def out(self) -> Path:
        """The folder that was made."""
        ...

    @property
    def outputs(self) -> Sequence[Result]:
        """Every data set in it."""
        ...


def closing_words(result: Result, kept: Kept) -> str:
    """Several lines for stderr; every word of them that comes from data is made harmless.

    `kept` is what was not done again: of every stage how many parts, and of how many.
    """
    return _joined(*_body(result.manifest, [result]), _again(kept), _written(result.out))


def closing_words_of_build(built: Built, kept: Kept) -> str:
    """The same for a run that may have made several data sets of several parts each."""
    return _joined(*_body(built.manifest, built.outputs), _again(kept), _written(built.out))


def _body(manifest: Mapping[str, Any], outputs: Sequence[Result]) -> Iterator[str]:
    yield shown(_balance(manifest["accounting"], f"{len(outputs)} data sets together" if len(outputs) > 1 else ""))
    yield shown(_parts(outputs))
    yield shown(_splits(outputs))
    yield shown(_packed(manifest["splits"]))
    yield shown(labels_table(outputs[0].manifest["splits"]))
    for names, several in _alike(outputs).items():
        yield _left_out(several[0].accounting, f" of {names}" if len(outputs) > len(several) else "")
    yield _noted(outputs)


def _joined(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))


def _again(kept: Kept) -> str:
    """What `--resume` or `--cache` was good for."""
    parts = [f"{stage} {found:,} of {whole:,}" for stage, (found, whole) in kept.items() if found]
    return f"parts taken from a run before: {', '.join(parts)}" if parts else ""


def _written(out: Path) -> str:
    return f"written: {visible(out)}"


def one_line(*outputs: Result) -> str | None:
    """What --quiet must still say: how much was left out and where each is listed; None when nothing was."""
    lines: list[str] = []
    for each in outputs:
        left_out = {kind: sum(each.accounting.rejected[kind].values()) for kind in KINDS}
        if said := ", ".join(f"{count:,} {kind}" for kind, count in left_out.items() if count):
            lines.append(f"left out: {said}; each in {visible(each.out / 'rejected.jsonl')}")
    return "\n".join(lines) or None


def _balance(accounting: Mapping[str, Any], of: str) -> Table:
    rows = [(kind, *_counted(counts)) for kind, counts in accounting.items()]
    return Table((of, "read", "written", "left out"), rows)


def _counted(counts: Mapping[str, Any]) -> tuple[str, str, str]:
    return f"{counts['read']:,}", f"{counts['written']:,}", f"{sum(counts['rejected'].values()):,}"


def _parts(outputs: Sequence[Result]) -> Table:
    """Where there are several parts: what became of the annotations of each, and how many samples it gave.

    What `--dedup-policy merge` put from one part to another is written by the other, so it is said how many each got:
    read and merged are written and left out.
    """
    told: dict[str, list[tuple[str, ...]]] = {}
    for output in outputs:
        parts = [(part["name"], part["accounting"]) for part in output.manifest.get("parts", ())]
        told[output.out.name] = [
            (name, read, _merged(counts["annotations"]), *rest, f"{counts['samples']['written']:,}")
            for name, counts in parts
            for read, *rest in (_counted(counts["annotations"]),)
        ]
    header = ("annotations of", "read", "merged", "written", "left out", "samples")
    rows = _once(told)
    used = [at for at in range(len(header)) if header[at] != "merged" or any(row[at] for row in rows)]
    return Table(tuple(header[at] for at in used), [tuple(row[at] for at in used) for row in rows])


def _merged(counts: Mapping[str, Any]) -> str:
    """How many annotations came from other parts, or with a minus went to them; nothing where none did."""
    got = counts["written"] + sum(counts["rejected"].values()) - counts["read"]
    return f"{got:+,}" if got else ""


def _once(told: Mapping[str, Sequence[tuple[str, ...]]]) -> list[tuple[str, ...]]:
    """The rows of several data sets, what is the same in more than one said once; in front of each row whose it is.

    `told` are the rows by the name of their data set. What is the same in all has nothing in front.
    """
    owners: dict[tuple[str, ...], list[str]] = {}
    for name, rows in told.items():
        for row in rows:
            owners.setdefault(row, []).append(name)
    return [
        (row[0] if len(names) == len(told) else f"{', '.join(names)}: {row[0]}", *row[1:])
        for row, names in owners.items()
    ]


def _splits(outputs: Sequence[Result]) -> Table:
    """Samples and records of each split, and how many different labels its records have, where that was counted."""
    rows = _once({output.out.name: list(_of_splits(output.manifest["splits"])) for output in outputs})
    used = [at for at in range(5) if at < 3 or any(row[at] for row in rows)]
    header = ("split", "samples", "share", "records", "labels")
    return Table(tuple(header[at] for at in used), [tuple(row[at] for at in used) for row in rows])


def _of_splits(splits: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    total = sum(split["samples"] for split in splits.values())
    for name, split in splits.items():
        records = f"{split['records']:,}" if split.get("records") is not None else ""
        share = _percent(split["samples"], total)
        yield name, f"{split['samples']:,}", share, records, _many(split.get("labels"))


def _packed(splits: Mapping[str, Any]) -> Table:
    """Where a packing plan was made: into how many sequences, and how full they are."""
    rows = [
        (
            name,
            f"{split['packing']['packs']:,}",
            f"{split['packing']['max_length']:,}",
            f"{split['packing']['fill']:.1%}",
        )
        for name, split in splits.items()
        if split.get("packing")
    ]
    return Table(("packed", "sequences", "tokens of each", "full"), rows)


def _many(labels: Mapping[str, int] | None) -> str:
    if labels is None:
        return ""
    seen = sum(count > 0 for count in labels.values())
    return f"{seen:,}" if len(labels) < _COUNTED else f"{seen:,} or more"


def labels_table(splits: Mapping[str, Any]) -> Table:
    """In how many records of each split the commonest labels are; nothing where that was not counted."""
    held = {name: split["labels"] for name, split in splits.items() if split.get("labels") is not None}
    total: Counter[str] = Counter()
    for labels in held.values():
        total.update(labels)
    names = list(held)[:_SPLITS]
    most = sorted(total.items(), key=lambda each: (-each[1], each[0]))[:_LABELS]
    rows = [(label, *(f"{held[name].get(label, 0):,}" for name in names)) for label, _ in most]
    some = f", {len(rows)} of {len(total):,}" if len(total) > len(rows) else ""
    return Table((f"records by label{some}", *names), rows)


def _percent(count: int, total: int) -> str:
    return f"{100 * count / total:.1f}%" if total else ""


def _alike(outputs: Sequence[Result]) -> dict[str, list[Result]]:
    """Data sets by their names together, where the same was left out of them."""
    groups: list[list[Result]] = []
    for each in outputs:
        same = next((group for group in groups if group[0].accounting.rejected == each.accounting.rejected), None)
        if same is None:
            groups.append([each])
        else:
            same.append(each)
    return {" and ".join(visible(each.out.name) for each in group): group for group in groups}


def _left_out(accounting: Accounting, of: str = "") -> str:
    lines = [line for kind in KINDS for line in _rejected(accounting, kind)]
    return "\n".join([f"left out{of}:", *lines]) if lines else ""


def _rejected(accounting: Accounting, kind: str) -> Iterator[str]:
    for code, count in accounting.rejected[kind].most_common():
        yield f"  {count:,} {kind if count != 1 else kind[:-1]}: {code} {RULES[code].name}"
        example = accounting.examples.get(f"{kind}:{code}")
        if example:
            yield f"    {'such as ' if count > 1 else ''}{place(example)}: {_words(example)}"
        yield f"    {RULES[code].remedy}"


def _noted(outputs: Sequence[Result]) -> str:
    """What is worth a look, each rule by the data set that has most of it: others say the same of the same things."""
    remarks: dict[str, int] = {}
    first: dict[str, Finding] = {}
    for each in outputs:
        for code, count in each.accounting.remarks.items():
            remarks[code] = max(remarks.get(code, 0), count)
        for finding in each.accounting.findings:
            first.setdefault(finding.code, finding)
    if not remarks:
        return ""
    lines = ["kept, but worth a look:"]
    for code, count in sorted(remarks.items(), key=lambda each: -each[1]):
        lines.append(f"  {f'{count:,} times' if count > 1 else 'once'} {code} {RULES[code].name}")
        if code in first:
            lines.append(f"    {'such as ' if count > 1 else ''}{place(first[code])}: {_words(first[code])}")
    return "\n".join(lines)


def place(finding: Finding) -> str:
    """File and place in it, on one line."""
    return shortened(visible(f"{finding.file} {finding.at}".strip()))


def _words(finding: Finding) -> str:
    return shortened(visible(finding.message))
