"""Findings as SARIF 2.1.0 (OASIS), the form that code hosts and editors show: one run, our rules, a result a finding.

Places are lines where the file has them, and always the pointer as a logical location. Fixes that replace text are
left to `mmdata lint --fix`: SARIF's are regions of lines, ours are values.
"""

import json
from pathlib import Path, PurePath
from typing import Any

from .... import __version__
from ....schemas.finding import Finding
from ....schemas.rule import RULES
from ..lines import located
from ..run import Report

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_INDEX = {code: number for number, code in enumerate(RULES)}


def as_sarif(report: Report) -> str:
    """The report as SARIF."""
    places = located(report.findings)
    results = [_result(found, place) for found, place in zip(report.findings, places, strict=True)]
    driver = {"name": "mmdata", "version": __version__, "rules": [_rule(code) for code in RULES]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"version": "2.1.0", "runs": [run]}, indent=1, default=str)


def _rule(code: str) -> dict[str, Any]:
    rule = RULES[code]
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.name},
        "help": {"text": rule.remedy},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(found: Finding, place: tuple[int, int] | None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(found.file)}}
    if place:
        physical["region"] = {"startLine": place[0], "startColumn": place[1]}
    location: dict[str, Any] = {"physicalLocation": physical}
    if found.at:
        location["logicalLocations"] = [{"fullyQualifiedName": found.at}]
    return {
        "ruleId": found.code,
        "ruleIndex": _INDEX[found.code],
        "level": _LEVELS[found.severity],
        "message": {"text": f"{found.message}. {found.remedy}"},
        "locations": [location],
    }


def _uri(file: str) -> str:
    path = PurePath(file)
    if path.is_absolute():
        return Path(path).as_uri()
    from urllib.parse import quote

    return quote(path.as_posix())
