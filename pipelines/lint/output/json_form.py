"""Findings as one JSON object, {findings, counts}, or as JSON Lines, a finding a line.

Each finding has code, name, severity, file, at, value, message, remedy and fix; fix is null, or has its safety, what it
does, and its edits. `counts` has every rule that found something, with all that it found, shown or not.
"""

import json
from typing import Any

import msgspec

from ....schemas.finding import Finding
from ..run import Report


def as_json(report: Report) -> str:
    """The report as indented JSON."""
    looked = [{"path": str(each.path), "as": each.name, "why": each.why} for each in report.looked_at]
    findings = [as_object(found) for found in report.findings]
    whole = {"looked_at": looked, "findings": findings, "counts": dict(sorted(report.counts.items()))}
    return json.dumps(whole, indent=1, default=str)


def as_line(found: Finding) -> str:
    """One finding as one line of JSON."""
    return json.dumps(as_object(found), default=str)


def as_object(found: Finding) -> dict[str, Any]:
    """One finding as JSON has it."""
    return {
        "code": found.code,
        "name": found.name,
        "severity": found.severity,
        "file": found.file,
        "at": found.at,
        "value": found.value,
        "message": found.message,
        "remedy": found.remedy,
        "fix": None if found.fix is None else msgspec.to_builtins(found.fix, enc_hook=str),
    }
