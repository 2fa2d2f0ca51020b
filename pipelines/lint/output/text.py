"""Findings for a person: grouped by rule, the first of each with its place, the rest as a number, what to do."""

from collections.abc import Iterator

from ....schemas.rule import RULES
from ..run import Report


def lines(report: Report) -> Iterator[str]:
    """The report, line by line."""
    if not report.counts:
        yield f"{report.looked_at.path}: nothing found. It was read as {report.looked_at.name}."
        return
    for code in (code for code in RULES if report.counts[code]):
        rule, shown = RULES[code], [each for each in report.findings if each.code == code]
        yield f"{code} {rule.name} ({rule.severity}), {report.counts[code]}"
        for each in shown:
            yield f"  {each.file}{f': {each.at}' if each.at else ''}: {each.message}"
        if more := report.counts[code] - len(shown):
            yield f"  and {more} more ({code})"
        yield f"  {rule.remedy}"
