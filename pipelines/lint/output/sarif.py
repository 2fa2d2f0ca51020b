"""Findings as SARIF 2.1.0 (OASIS), the form that code hosts and editors show: one run, our rules, a result a finding.

Places are lines where the file has them, and always the pointer as a logical location. Fixes that replace text are
left to `mmdata lint --fix`: SARIF's are regions of lines, ours are values.
"""

import os
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from .... import __version__
from ....schemas.finding import Finding
from ....schemas.rule import Rule
from ..lines import located
from ..rules import every_rule
from ..run import Report
from .json_form import dumped, told

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(report: Report) -> str:
    """The report as SARIF."""
    rules = every_rule()
    index = {code: number for number, code in enumerate(rules)}
    places = located(report.findings)
    results = [_result(found, index, place) for found, place in zip(report.findings, places, strict=True)]
    driver = {"name": "mmdata", "version": __version__, "rules": [_rule(rule) for rule in rules.values()]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return dumped(told({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}))


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.name},
        "help": {"text": rule.remedy},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(found: Finding, index: dict[str, int], place: tuple[int, int] | None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(found.file)}}
    if place:
        physical["region"] = {"startLine": place[0], "startColumn": place[1]}
    location: dict[str, Any] = {"physicalLocation": physical}
    if found.at:
        location["logicalLocations"] = [{"fullyQualifiedName": found.at}]
    return {
        "ruleId": found.code,
        "ruleIndex": index[found.code],
        "level": _LEVELS[found.severity],
        "message": {"text": f"{found.message}. {found.remedy}"},
        "locations": [location],
    }


def _uri(file: str) -> str:
    """The name as a URI: relative as it was given, or with `file:`."""
    path = PurePath(file)
    try:
        name = os.fsencode(path.as_posix())
    except UnicodeEncodeError:
        name = path.as_posix().encode("utf-8", "replace")
    return f"file://{quote(name)}" if path.is_absolute() else quote(name)
