"""The baseline: what is known does not count, what is new does, wherever it has moved."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from mmdata.cli import mmdata
from mmdata.pipelines.lint.baseline import Baseline
from mmdata.schemas.errors import InputError


def labels(*boxes: list[float]) -> dict[str, Any]:
    return {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}],
        "annotations": [
            {"id": number, "image_id": 1, "category_id": 1, "bbox": box} for number, box in enumerate(boxes, 1)
        ],
        "categories": [{"id": 1, "name": "mug"}],
    }


def lint(*args: object) -> Result:
    return CliRunner().invoke(
        mmdata, ["lint", "--no-check-images", "--select", "GE001", *map(str, args)], catch_exceptions=False
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a" / "instances.json"
    path.parent.mkdir()
    path.write_text(json.dumps(labels([1, 2, 0, 4], [9, 9, 0, 4])))
    return path


def counted(done: Result) -> dict[str, int]:
    counts: dict[str, int] = json.loads(done.stdout)["counts"]
    return counts


def test_what_is_known_does_not_count_and_what_is_new_does(file: Path, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    written = lint(file, "--write-baseline", known)
    assert (written.exit_code, written.stdout) == (0, "")
    assert "2 findings are known" in written.stderr
    assert lint(file, "--baseline", known).exit_code == 0
    file.write_text(json.dumps(labels([5, 5, 5, 5], [1, 2, 0, 4], [30, 30, 3, 0], [9, 9, 0, 4]), indent=2))
    done = lint(file, "--baseline", known, "--output-format", "json")
    assert (done.exit_code, counted(done)) == (1, {"GE001": 1})
    assert [found["at"] for found in json.loads(done.stdout)["findings"]] == ["/annotations/2"]


def test_one_more_of_what_is_known_is_new(file: Path, tmp_path: Path) -> None:
    lint(file, "--write-baseline", tmp_path / "known.json")
    file.write_text(json.dumps(labels([1, 2, 0, 4], [9, 9, 0, 4], [20, 20, 0, 4])))
    done = lint(file, "--baseline", tmp_path / "known.json", "--output-format", "json")
    assert counted(done) == {"GE001": 1}


def test_it_holds_from_wherever_lint_is_run(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lint(file, "--write-baseline", tmp_path / "known.json")
    monkeypatch.chdir(file.parent)
    assert lint("instances.json", "--baseline", "../known.json").exit_code == 0
    other = tmp_path / "b" / "instances.json"
    other.parent.mkdir()
    other.write_bytes(file.read_bytes())
    assert lint(other, "--baseline", tmp_path / "known.json").exit_code == 1, "another file of that name is another"


def test_the_configuration_names_it_and_writing_anew_forgets_it(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mmdata.toml").write_text('[lint]\nbaseline = "known.json"\n')
    monkeypatch.chdir(file.parent)
    assert lint("instances.json", "--write-baseline", "../known.json").exit_code == 0
    first = (tmp_path / "known.json").read_bytes()
    assert lint("instances.json").exit_code == 0
    assert lint("instances.json", "--write-baseline", "../known.json").exit_code == 0
    assert (tmp_path / "known.json").read_bytes() == first


def test_mending_leaves_what_is_known_out_of_its_report(file: Path, tmp_path: Path) -> None:
    lint(file, "--write-baseline", tmp_path / "known.json")
    done = lint(file, "--baseline", tmp_path / "known.json", "--fix", "-o", tmp_path / "out")
    assert done.exit_code == 0
    assert "nothing found" in done.stdout


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"{}",
        b"\xff",
        b'{"mmdata_lint_baseline": 2, "findings": {}}',
        b'{"mmdata_lint_baseline": 1, "findings": {"a": "x"}}',
        b'{"mmdata_lint_baseline": 1, "findings": 3}',
    ],
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "known.json").write_bytes(content)
    with pytest.raises(InputError, match="is no baseline") as raised:
        Baseline(tmp_path / "known.json").read()
    assert "--write-baseline" in raised.value.remedy


def test_one_that_is_missing_is_said(file: Path, tmp_path: Path) -> None:
    done = lint(file, "--baseline", tmp_path / "none.json")
    assert (done.exit_code, "none.json: cannot be read" in done.stderr) == (2, True)


def test_a_folder_that_takes_no_file_is_said(file: Path, tmp_path: Path) -> None:
    done = lint(file, "--write-baseline", tmp_path / "none" / "known.json")
    assert done.exit_code == 2
    assert "known.json: cannot be written" in done.stderr
