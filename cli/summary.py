"""The closing words of a conversion: what became of everything, what was left out and why, where the result is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from ..schemas.accounting import KINDS, Accounting
from ..schemas.finding import Finding
from ..schemas.rule import RULES
from .terminal import shortened, visible


class Result(Protocol):
    """What the pipeline returns."""

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


def closing_words(result: Result) -> str:
    """Several lines for stderr; every word of them that comes from data is made harmless."""
    parts = [_balance(result.accounting), _splits(result.manifest["splits"])]
    parts += [_left_out(result.accounting), _noted(result.accounting)]
    return "\n\n".join([*filter(None, parts), f"written: {visible(result.out)}"])


def one_line(result: Result) -> str | None:
    """What --quiet must still say: how much was left out and where each is listed; None when nothing was."""
    left_out = {kind: sum(result.accounting.rejected[kind].values()) for kind in KINDS}
    said = ", ".join(f"{count:,} {kind}" for kind, count in left_out.items() if count)
    return f"left out: {said}; each in {visible(result.out / 'rejected.jsonl')}" if said else None


def _balance(accounting: Accounting) -> str:
    rows = [("", "read", "written", "left out")]
    for kind, counts in accounting.balance().items():
        left_out = sum(counts["rejected"].values())
        rows.append((kind, f"{counts['read']:,}", f"{counts['written']:,}", f"{left_out:,}"))
    return "\n".join(f"{kind:<11} {read:>12} {written:>12} {left:>12}" for kind, read, written, left in rows)


def _splits(splits: dict[str, Any]) -> str:
    total = sum(split["samples"] for split in splits.values())
    rows = [(visible(name), split["samples"]) for name, split in splits.items()]
    width = max((len(name) for name, _ in rows), default=0)
    return "\n".join(f"{name:<{width}} {count:>12,} samples {_percent(count, total)}" for name, count in rows)


def _percent(count: int, total: int) -> str:
    return f"({100 * count / total:.1f}%)" if total else "(none)"


def _left_out(accounting: Accounting) -> str:
    lines = [line for kind in KINDS for line in _rejected(accounting, kind)]
    return "\n".join(["left out:", *lines]) if lines else ""


def _rejected(accounting: Accounting, kind: str) -> Iterator[str]:
    for code, count in accounting.rejected[kind].most_common():
        yield f"  {count:,} {kind if count != 1 else kind[:-1]}: {code} {RULES[code].name}"
        example = accounting.examples.get(f"{kind}:{code}")
        if example:
            yield f"    {'such as ' if count > 1 else ''}{place(example)}: {_words(example)}"
        yield f"    {RULES[code].remedy}"


def _noted(accounting: Accounting) -> str:
    if not accounting.remarks:
        return ""
    first: dict[str, Finding] = {}
    for finding in accounting.findings:
        first.setdefault(finding.code, finding)
    lines = ["kept, but worth a look:"]
    for code, count in accounting.remarks.most_common():
        lines.append(f"  {count:,} times {code} {RULES[code].name}")
        if code in first:
            lines.append(f"    {'such as ' if count > 1 else ''}{place(first[code])}: {_words(first[code])}")
    return "\n".join(lines)


def place(finding: Finding) -> str:
    """File and place in it, on one line."""
    return shortened(visible(f"{finding.file} {finding.at}".strip()))


def _words(finding: Finding) -> str:
    return shortened(visible(finding.message))
