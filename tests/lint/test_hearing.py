"""What readers say reaches the user by names of files that can be opened, and without news that is none."""

import json
from pathlib import Path
from typing import Any

import pytest
from mmdata.pipelines.lint.run import lint
from mmdata.pipelines.lint.settings import Settings
from mmdata.schemas.errors import InputError

from .conftest import draw

LABELS: dict[str, Any] = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 0, 4]}],
    "categories": [{"id": 1, "name": "mug"}],
}
TASK = {"id": 1, "data": {"image": "a.jpg"}, "annotations": [{"id": 1, "result": []}]}


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A YOLO data set with a class that has no name, in a folder whose readers name files from its own name on."""
    folder = tmp_path / "some" / "shelf"
    (folder / "labels").mkdir(parents=True)
    (folder / "data.yaml").write_text("train: images\nnames: [mug]\n")
    draw(folder / "images" / "a.jpg", "64x48")
    (folder / "labels" / "a.txt").write_text("0 0.5 0.5 0.1 0\n7 0.5 0.5 0.1 0.1\n")
    return folder


@pytest.mark.parametrize("said", ["some/shelf", "."])
def test_files_of_findings_can_be_opened(shelf: Path, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shelf if said == "." else shelf.parent.parent)
    report = lint(Path(said), Settings(source="yolo", select=("AN", "GE")))
    assert report.counts["AN019"] and report.counts["GE001"], "one by its reader, one by a rule"
    assert all(Path(found.file).exists() for found in report.findings), [found.file for found in report.findings]


def test_a_file_that_another_reader_reads_is_not_called_foreign(tmp_path: Path) -> None:
    (tmp_path / "instances.json").write_text(json.dumps(LABELS))
    (tmp_path / "tasks.json").write_text(json.dumps([TASK]))
    (tmp_path / "more.json").write_text(json.dumps([TASK]))
    report = lint(tmp_path, Settings(check_images=False, select=("AN026", "GE001")))
    assert {each.name for each in report.looked_at} >= {"coco", "label-studio"}
    assert report.counts == {"GE001": 1}, report.findings


def test_a_file_that_nobody_reads_is(tmp_path: Path) -> None:
    (tmp_path / "tasks.json").write_text(json.dumps([TASK]))
    (tmp_path / "more.json").write_text(json.dumps([TASK]))
    (tmp_path / "stranger.json").write_text(json.dumps({"what": ["is", "this"]}))
    report = lint(tmp_path, Settings(check_images=False, select=("AN026",)))
    assert [Path(found.file).name for found in report.findings] == ["stranger.json"]


def test_the_error_says_what_was_seen(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_text("")
    with pytest.raises(InputError, match=r"holds 1 \.whl, and nothing that mmdata reads"):
        lint(tmp_path, Settings())
    with pytest.raises(InputError, match="no such file or folder"):
        lint(tmp_path / "none", Settings())
