"""A review queue: of all samples those that lint finds fault with, each with what was found, and a tab for each rule.

FINDINGS is what `mmdata lint --output-format json --all` said of the same input. A finding belongs to the sample that
it is about: by the place of one of its annotations or of the sample itself, or by its picture. The task's data shows
it (`mm_finding`) and can be filtered by its rules (`mm_rules`); its meta holds the findings whole. Findings about a
whole file belong to no sample, and are counted.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from ..pipelines.filter.lint_findings import Places
from ..pipelines.job import Job
from ..pipelines.lint.hearing import FileNames
from ..schemas.errors import ConfigError, InputError
from ..schemas.finding import Finding
from .push_change import Outcome
from .push_task import META, Task
from .push_there import There
from .server import Server

FINDING, RULES_OF = "mm_finding", "mm_rules"
"""The keys of a task's data that say what was found, in words, and by which rules."""
TAB = "mm:review/"
"""How the titles of the tabs begin."""

_MOST_TABS = 20
_REMEDY = "Make it with: mmdata lint INPUT --output-format json --all > FINDINGS.json"


class Review:
    """The findings of one run of lint over one input. `InputError` where the file is none of lint's."""

    def __init__(self, path: Path, job: Job) -> None:
        self.places = Places(FileNames(job.input))
        self.used: Counter[str] = Counter()
        self._path = path
        for each in _read(path):
            self.places.add(each)

    def findings_of(self, batch: pa.RecordBatch) -> dict[int, list[Finding]]:
        """By row the findings about each record of a settled batch that there is one about."""
        return self.places.about(batch)

    def mark(self, task: Task, findings: list[Finding]) -> None:
        """Put what was found into the task."""
        rules = sorted({each.code for each in findings})
        self.used.update(rules)
        task.body["data"] |= {FINDING: "\n".join(_words(each) for each in findings), RULES_OF: ", ".join(rules)}
        told = [{"code": each.code, "at": each.at, "message": each.message} for each in findings]
        task.body["meta"][META] |= {"findings": told}

    def onto(self, server: Server) -> "Marking":
        """What is done with samples that have a task already."""
        return Marking(server)

    def save_tabs(self, server: Server, project: int) -> list[str]:
        """A tab for each rule, the commonest first, that shows its tasks alone; one that is there stays as it is."""
        listed: list[dict[str, Any]] = server.get("/api/dm/views", {"project": project})
        there = {str((each.get("data") or {}).get("title")) for each in listed}
        titles = [f"{TAB}{code}" for code, _ in self.used.most_common(_MOST_TABS)]
        for title in titles:
            if title not in there:
                server.post("/api/dm/views", json={"project": project, "data": _tab(title)})
        return titles


class Marking:
    """Samples that have a task already get what was found put onto it, and nothing else changed."""

    predictions = False

    def __init__(self, server: Server) -> None:
        self._server = server

    def change(self, task: Task, there: There) -> Outcome:
        """Put it there, unless it is."""
        new = {key: task.body["data"][key] for key in (FINDING, RULES_OF)}
        if new.items() <= there.data.items():
            return "unchanged"
        findings = {"findings": task.body["meta"][META]["findings"]}
        meta = there.meta | {META: there.pushed | findings}
        self._server.patch(f"/api/tasks/{there.task}/", {"data": there.data | new, "meta": meta})
        return "updated"

    def finish(self) -> None:
        """Nothing waits for the end of a batch."""


def _tab(title: str) -> dict[str, Any]:
    code = title.removeprefix(TAB)
    item = {"filter": f"filter:tasks:data.{RULES_OF}", "operator": "contains", "type": "String", "value": code}
    return {
        "title": title,
        "type": "list",
        "target": "tasks",
        "filters": {"conjunction": "and", "items": [item]},
        "ordering": ["tasks:id"],
    }


def _words(found: Finding) -> str:
    return f"{found.code} {found.name}: {found.message}"


def _read(path: Path) -> list[Finding]:
    try:
        report = msgspec.json.decode(path.read_bytes(), type=_Report)
    except OSError as fault:
        raise InputError(str(path), f"cannot be read: {fault.strerror}", _REMEDY) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise InputError(str(path), f"is no report of lint's: {fault}", _REMEDY) from None
    listed = len(report.findings)
    counted = sum(report.counts.values())
    if listed < counted:
        raise ConfigError(str(path), f"lists {listed:,} of {counted:,} findings", _REMEDY)
    return [
        Finding(each.code, each.name, each.severity, "lint", each.file, each.at, None, each.message, "")
        for each in report.findings
    ]


class _Said(msgspec.Struct):
    code: str
    name: str
    severity: str
    file: str
    at: str
    message: str


class _Report(msgspec.Struct):
    findings: list[_Said]
    counts: dict[str, int]
