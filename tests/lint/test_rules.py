"""Every rule against its cases: what fails, what passes, and what its fix makes of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from mmdata.pipelines.lint.fixing.rounds import mended
from mmdata.pipelines.lint.fixing.write import write
from mmdata.pipelines.lint.run import lint

from .conftest import Case, cases, written


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


@pytest.mark.parametrize("case", cases("fix"))
def test_a_fix_makes_it_clean_and_a_second_one_changes_nothing(case: Case, tmp_path: Path) -> None:
    path = case.write(tmp_path / "in")
    settings = case.chosen(tmp_path / "in")
    assert lint(path, settings).counts.total(), "the case shows nothing to mend"
    done = mended(path, settings, unsafe=case.unsafe)
    assert not done.report.counts.total(), [(each.at, each.message) for each in done.report.findings]
    write(done, tmp_path / "out")
    for name, content in case.after.items():
        assert (tmp_path / "out" / name).read_bytes() == written(name, content) or loaded(
            (tmp_path / "out" / name).read_bytes()
        ) == loaded(written(name, content))
    again = mended(tmp_path / "out" / path.relative_to(tmp_path / "in"), settings, unsafe=case.unsafe)
    assert not again.files
    if case.unsafe:
        assert not mended(path, settings, unsafe=False).files, "a fix that is called unsafe was made by --fix alone"


def loaded(content: bytes) -> Any:
    """JSON as values, a list of them for JSON Lines; other text as it stands."""
    try:
        return json.loads(content)
    except ValueError:
        return content


@pytest.mark.parametrize("case", cases("pass"))
def test_it_is_not_found_elsewhere(case: Case, tmp_path: Path) -> None:
    report = case.lint(tmp_path)
    assert not report.counts, [(each.at, each.message) for each in report.findings]
