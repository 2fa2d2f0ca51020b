"""Findings as one JSON object, {looked_at, findings, counts}, or as JSON Lines, a finding a line.

Each finding has code, name, severity, file, at, value, message, remedy and fix; fix is null, or has its safety, what it
does, and its edits. `counts` has every rule that found something, with all that it found, shown or not. The shape is
published as `schemas/lint.schema.json`. What JSON cannot hold is told as text: NaN as "NaN", bytes that are no UTF-8
as U+FFFD.
"""

import json
import math
from typing import Any

import msgspec

from ....converters.sendable import sendable
from ....schemas.finding import Finding
from ..run import Report


def as_json(report: Report) -> str:
    """The report as indented JSON."""
    looked = [{"path": told(str(each.path)), "as": each.name, "why": told(each.why)} for each in report.looked_at]
    findings = [as_object(found) for found in report.findings]
    return dumped({"looked_at": looked, "findings": findings, "counts": dict(sorted(report.counts.items()))})


def as_line(found: Finding) -> str:
    """One finding as one line of JSON."""
    return json.dumps(as_object(found), allow_nan=False)


def as_object(found: Finding) -> dict[str, Any]:
    """One finding as JSON has it."""
    fix = None if found.fix is None else msgspec.to_builtins(found.fix, enc_hook=str)
    named = {"code": found.code, "name": found.name, "severity": found.severity, "file": found.file, "at": found.at}
    said = {"value": found.value, "message": found.message, "remedy": found.remedy, "fix": fix}
    held: dict[str, Any] = told({**named, **said})
    return held


def told(value: Any) -> Any:
    """A value as every reader of JSON takes it."""
    return sendable(_plain(value))[0]


def dumped(value: object) -> str:
    """Indented JSON."""
    return json.dumps(value, indent=1, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else "NaN" if math.isnan(value) else f"{'-' * (value < 0)}Infinity"
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    return value if value is None or isinstance(value, (str, int)) else str(value)
