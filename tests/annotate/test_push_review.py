"""The review queue: of all samples those that lint names, with what it said, and a tab for each rule."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata

from .pushing import EVERYTHING, coco, picture, run, serve
from .server import LabelStudio, Project

GOOD = ("person", (10, 20, 30, 40))


@pytest.fixture
def suspicious(label_studio: LabelStudio, project: Project, tmp_path: Path) -> tuple[Project, Path, Path]:
    """A project, labels of four pictures of which two are at fault, and what lint says of them."""
    made = label_studio.make_project(EVERYTHING)
    serve(made, "review")
    boxes = {
        "good.png": [GOOD, ("car", (100, 5, 20, 10))],
        "twice.png": [GOOD, GOOD],
        "outside.png": [GOOD, ("car", (500, 5, 20, 10))],
        "fine.png": [("car", (3, 4, 50, 60))],
    }
    for name in boxes:
        picture(label_studio.documents / "review" / name, (200, 100))
    labels = coco(tmp_path, boxes, (200, 100))
    found = tmp_path / "findings.json"
    select = ("--select", "GE003,GE018", "--output-format", "json", "--all")
    images = label_studio.documents / "review"
    done = CliRunner().invoke(mmdata, ["lint", str(labels), "--images", str(images), *select])
    assert done.exit_code == 1, done.output
    found.write_text(done.stdout, encoding="utf-8")
    return made, labels, found


def arguments(project: Project, labels: Path, found: Path) -> list[object]:
    documents = project.server.documents
    where = ["--project", project.key, "--images", documents / "review", "--document-root", documents]
    return ["push", "coco", labels, *where, "--from-lint", found, "--format", "json", "-q", "--as", "predictions"]


def test_only_what_lint_names_is_queued_with_what_it_said(suspicious: tuple[Project, Path, Path]) -> None:
    project, labels, found = suspicious
    report, _ = run(project.server, *arguments(project, labels, found))
    assert report["tasks"]["created"] == 2
    assert sorted(report["tabs"]) == ["mm:review/GE003", "mm:review/GE018"]
    tasks = {task["data"]["image"].rpartition("/")[2]: task for task in project.export()}
    assert set(tasks) == {"twice.png", "outside.png"}
    outside = tasks["outside.png"]
    assert outside["data"]["mm_finding"].startswith("GE003 box-outside-image: ")
    assert outside["data"]["mm_rules"] == "GE003"
    assert [each["code"] for each in outside["meta"]["mm"]["findings"]] == ["GE003"]


def test_a_tab_shows_its_rule_s_tasks_and_is_made_once(suspicious: tuple[Project, Path, Path]) -> None:
    project, labels, found = suspicious
    for _ in range(2):
        run(project.server, *arguments(project, labels, found))
    views = project.server.call("GET", f"/api/dm/views?project={project.id}")
    shown = {}
    for view in views:
        tasks = project.server.call("GET", f"/api/tasks?project={project.id}&view={view['id']}")["tasks"]
        shown[view["data"]["title"]] = [task["data"]["image"].rpartition("/")[2] for task in tasks]
    assert shown == {"mm:review/GE003": ["outside.png"], "mm:review/GE018": ["twice.png"]}


def test_samples_that_have_a_task_get_the_finding_and_keep_their_work(suspicious: tuple[Project, Path, Path]) -> None:
    project, labels, found = suspicious
    everything = [each for each in arguments(project, labels, found) if each not in ("--from-lint", found)]
    run(project.server, *everything, "--as", "annotations", "--max-rejected", "50%")
    before = {task["id"]: task["annotations"] for task in project.export()}
    report, _ = run(project.server, *arguments(project, labels, found))
    assert report["tasks"]["updated"] == 2
    assert report["tasks"]["created"] == 0
    after = project.export()
    assert {task["id"]: task["annotations"] for task in after} == before
    assert sorted(bool(task["data"].get("mm_finding")) for task in after) == [False, False, True, True]
    report, _ = run(project.server, *arguments(project, labels, found))
    assert report["tasks"]["unchanged"] == 2
    filtered = quote(json.dumps({"filters": {"conjunction": "and", "items": [
        {"filter": "filter:tasks:data.mm_rules", "operator": "contains", "type": "String", "value": "GE018"}
    ]}}))  # fmt: skip
    assert len(project.server.call("GET", f"/api/tasks?project={project.id}&query={filtered}")["tasks"]) == 1


def test_a_report_that_lists_a_part_is_refused(suspicious: tuple[Project, Path, Path]) -> None:
    project, labels, found = suspicious
    told = json.loads(found.read_text())
    found.write_text(json.dumps(told | {"findings": told["findings"][:1]}))
    _, said = run(project.server, *arguments(project, labels, found), code=2)
    assert "lists 1 of 2 findings" in said
    found.write_text("[]")
    _, said = run(project.server, *arguments(project, labels, found), code=2)
    assert "is no report of lint's" in said
