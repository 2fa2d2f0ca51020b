"""Every rule against its cases: what fails, what passes, and what its fix makes of it."""

from pathlib import Path
from typing import Any

import pytest

from .conftest import Case, cases


def said(found: Any, wanted: Any) -> bool:
    """Whether a finding is what a case expects."""
    if isinstance(wanted, str):
        return bool(found.at == wanted)
    return (
        wanted.get("at", found.at) == found.at
        and wanted.get("message", "") in found.message
        and wanted.get("value", found.value) == found.value
        and found.file.endswith(wanted.get("file", ""))
    )


@pytest.mark.parametrize("case", cases("fail"))
def test_it_is_found(case: Case, tmp_path: Path) -> None:
    report = case.lint(tmp_path)
    assert set(report.counts) == {case.code}
    shown = [(each.file, each.at, each.value, each.message) for each in report.findings]
    assert len(report.findings) == len(case.expect), shown
    assert all(said(found, wanted) for found, wanted in zip(report.findings, case.expect, strict=True)), shown
    assert all(each.message and each.remedy and each.file for each in report.findings)


@pytest.mark.parametrize("case", cases("pass"))
def test_it_is_not_found_elsewhere(case: Case, tmp_path: Path) -> None:
    report = case.lint(tmp_path)
    assert not report.counts, [(each.at, each.message) for each in report.findings]
