"""Findings for a person: grouped by rule, the first of each with its place, the rest as a number, what to do."""

from collections.abc import Iterator, Sequence

from ....schemas.finding import Finding
from ....schemas.rule import Rule
from ..rules import every_rule
from ..run import Report

_SWITCHES = {"safe": "--fix", "unsafe": "--fix --unsafe-fixes"}


def lines(report: Report) -> Iterator[str]:
    """The report, line by line; text of the data in it is as it stands, for the caller to make visible."""
    by_code: dict[str, list[Finding]] = {}
    for found in report.findings:
        by_code.setdefault(found.code, []).append(found)
    for code, rule in every_rule().items():
        if not report.counts[code]:
            continue
        shown = by_code.get(code, [])
        severity = _severity(rule, shown)
        yield f"{code} {rule.name} ({severity})"
        for found in shown:
            weight = "" if found.severity == severity else f"{found.severity}: "
            yield f"  {found.file}{f': {found.at}' if found.at else ''}: {weight}{found.message}"
        if more := report.counts[code] - len(shown):
            yield f"  and {more:,} more ({code})" if shown else f"  {more:,} of them"
        yield from (f"  {remedy}" for remedy in dict.fromkeys(found.remedy for found in shown) or [rule.remedy])
        yield from (f"  {said}" for said in _mended_by(shown))
        yield ""


def statistics(report: Report) -> Iterator[str]:
    """How many there are of each rule, the most first."""
    rules = every_rule()
    kept: dict[str, list[Finding]] = {}
    for found in report.findings:
        kept.setdefault(found.code, []).append(found)
    for code, count in sorted(report.counts.items(), key=lambda each: (-each[1], each[0])):
        if count:
            yield f"{count:>9,}  {code} {rules[code].name} ({_severity(rules[code], kept.get(code, []))})"


def summary(report: Report) -> str:
    """The last line: what was looked at, as what, and how many findings of each severity there are."""
    first, *others = report.looked_at
    looked = f"{first.path} was read as {first.name} ({first.why})"
    looked += f", and {len(others)} more" if others else ""
    if not report.counts.total():
        return f"{looked}: nothing found."
    totals = {name: report.severities[name] for name in ("error", "warning", "info")}
    words = ((count, f"{name}s" if count > 1 and name != "info" else name) for name, count in totals.items())
    told = ", ".join(f"{count:,} {word}" for count, word in words if count)
    return f"{looked}: {told}."


def _severity(rule: Rule, shown: Sequence[Finding]) -> str:
    """The rule's, or that of all its places where they weigh otherwise."""
    weights = {found.severity for found in shown}
    return weights.pop() if len(weights) == 1 else rule.severity


def _mended_by(shown: Sequence[Finding]) -> Iterator[str]:
    """What lint's fixes would do about them, the first words of each kind of fix."""
    fixes = {found.fix.safety: found.fix.message for found in reversed(shown) if found.fix is not None}
    for safety, switch in _SWITCHES.items():
        if safety in fixes:
            count = sum(found.fix is not None and found.fix.safety == safety for found in shown)
            some = "" if count == len(shown) else f", for {count} of these"
            yield f"{switch} -o OUT does: {fixes[safety][:1].lower()}{fixes[safety][1:]}{some}"
