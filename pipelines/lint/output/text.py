"""Findings for a person: grouped by rule, the first of each with its place, the rest as a number, what to do."""

from collections.abc import Iterator

from ....schemas.finding import Finding
from ....schemas.rule import RULES
from ..run import Report


def lines(report: Report) -> Iterator[str]:
    """The report, line by line; text of the data in it is as it stands, for the caller to make visible."""
    by_code: dict[str, list[Finding]] = {}
    for found in report.findings:
        by_code.setdefault(found.code, []).append(found)
    for code in (code for code in RULES if report.counts[code]):
        shown = by_code.get(code, [])
        yield f"{code} {RULES[code].name} ({RULES[code].severity})"
        for found in shown:
            yield f"  {found.file}{f': {found.at}' if found.at else ''}: {found.message}"
        if more := report.counts[code] - len(shown):
            yield f"  and {more:,} more ({code})"
        yield f"  {RULES[code].remedy}"
        yield ""
    yield summary(report)


def statistics(report: Report) -> Iterator[str]:
    """How many there are of each rule, the most first."""
    for code, count in sorted(report.counts.items(), key=lambda each: (-each[1], each[0])):
        if count:
            yield f"{count:>9,}  {code} {RULES[code].name} ({RULES[code].severity})"
    yield summary(report)


def summary(report: Report) -> str:
    """The last line: what was looked at, as what, and how many findings of each severity, and that can be mended."""
    first, *others = report.looked_at
    looked = f"{first.path} was read as {first.name} ({first.why})"
    looked += f", and {len(others)} more" if others else ""
    if not report.counts.total():
        return f"{looked}: nothing found."
    totals = {"error": 0, "warning": 0, "info": 0}
    for code, count in report.counts.items():
        totals[RULES[code].severity] += count
    words = ((count, f"{name}s" if count > 1 and name != "info" else name) for name, count in totals.items())
    told = ", ".join(f"{count:,} {word}" for count, word in words if count)
    safe = sum(found.fix is not None and found.fix.safety == "safe" for found in report.findings)
    unsafe = sum(found.fix is not None and found.fix.safety == "unsafe" for found in report.findings)
    offers = [f"{safe} of those shown with --fix"] * bool(safe) + [f"{unsafe} with --unsafe-fixes"] * bool(unsafe)
    return f"{looked}: {told}.{' Mended are ' + ', '.join(offers) + '.' if offers else ''}"
