"""Push that is interrupted: every task is there once in the end, whatever was lost on the way."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mmdata.annotate.alone import alone

from . import proxy
from .pushing import coco, picture, run, serve
from .server import LabelStudio, Project
from .test_push import EVERYTHING

PICTURES = 60


class Forgetful(dict[str, proxy.Reply]):
    """For a proxy that keeps no answers: what is asked changes here."""

    def __setitem__(self, key: str, value: proxy.Reply) -> None:
        """Keep nothing."""


@pytest.fixture
def many(label_studio: LabelStudio, project: Project, tmp_path: Path) -> tuple[Project, Path]:
    """A project that serves documents/many, and labels of sixty pictures there."""
    made = label_studio.make_project(EVERYTHING)
    serve(made, "many")
    for number in range(PICTURES):
        picture(label_studio.documents / "many" / f"{number}.png", (200, 100))
    boxes = {f"{number}.png": [("car", (number, 1, 9, 9))] for number in range(PICTURES)}
    return made, coco(tmp_path, boxes, (200, 100))


def arguments(project: Project, labels: Path) -> list[object]:
    documents = project.server.documents
    where = ["--project", project.key, "--images", documents / "many", "--document-root", documents]
    return ["push", "coco", labels, *where, "--batch", 10, "--format", "json", "-q"]


def once_each(project: Project) -> None:
    """All sixty, each with its one box."""
    tasks = project.export()
    assert len(tasks) == PICTURES
    assert len({task["data"]["mm_id"] for task in tasks}) == PICTURES
    assert all(len(task["annotations"]) == 1 for task in tasks)


def test_a_server_that_is_killed_midway(many: tuple[Project, Path]) -> None:
    project, labels = many
    command = [sys.executable, "-m", "mmdata", "annotate", *map(str, arguments(project, labels))]
    environment = os.environ | project.server.environment
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as pushing:
        until = time.monotonic() + 120
        while project.get()["task_number"] == 0 and time.monotonic() < until:
            time.sleep(0.05)
        project.server.kill()
        _, said = pushing.communicate(timeout=300)
    assert pushing.returncode == 2, said
    assert b"Traceback" not in said
    assert b"the same push again goes on" in said
    project.server.restart()
    there = project.get()["task_number"]
    assert 0 < there < PICTURES
    assert there % 10 == 0  # an import is there whole or not at all
    report, _ = run(project.server, *arguments(project, labels))
    assert report["tasks"]["unchanged"] == there
    assert report["tasks"]["created"] == PICTURES - there
    once_each(project)


@pytest.mark.parametrize("fault", [proxy.nothing, proxy.reset, proxy.cut, proxy.status(502)])
def test_an_answer_that_is_lost_is_looked_up(many: tuple[Project, Path], fault: proxy.Fault) -> None:
    project, labels = many
    with proxy.Proxy(project.server.url) as between:
        between.kept = Forgetful()
        between.begin(fault, at=2, only="/import?")
        report, _ = run(project.server, *arguments(project, labels), "--url", between.url)
        posts = [each for each in between.seen if each.startswith("POST")]
    assert len(posts) == PICTURES / 10
    assert report["found"] == 10
    assert report["tasks"]["created"] == PICTURES
    once_each(project)


def test_a_page_instead_of_an_answer_stops_and_the_same_push_goes_on(many: tuple[Project, Path]) -> None:
    project, labels = many
    with proxy.Proxy(project.server.url) as between:
        between.kept = Forgetful()
        between.begin(proxy.page, at=2, only="/import?")
        _, said = run(project.server, *arguments(project, labels), "--url", between.url, code=2)
    assert "no JSON" in said
    report, _ = run(project.server, *arguments(project, labels))
    assert report["tasks"]["unchanged"] == 20
    once_each(project)


def test_an_import_that_was_not_done_is_sent_again(many: tuple[Project, Path]) -> None:
    project, labels = many

    def undone(handler: proxy.Handler, reply: proxy.Reply) -> None:
        """What the server did is taken back, and the answer lost."""
        for task in json.loads(reply.body)["task_ids"]:
            project.server.call("DELETE", f"/api/tasks/{task}/")
        handler.drop()

    with proxy.Proxy(project.server.url) as between:
        between.kept = Forgetful()
        between.begin(undone, at=2, only="/import?")
        report, _ = run(project.server, *arguments(project, labels), "--url", between.url)
    assert report["found"] == 0
    once_each(project)


def test_a_task_that_is_there_twice_is_told(many: tuple[Project, Path]) -> None:
    project, labels = many
    run(project.server, *arguments(project, labels))
    project.add([{"data": {"image": "/data/local-files/?d=many/0.png", "mm_id": project.export()[0]["data"]["mm_id"]}}])
    _, said = run(project.server, *arguments(project, labels), code=2)
    assert "has two tasks" in said


@pytest.mark.skipif(sys.platform != "linux", reason="nothing holds others off elsewhere")
def test_two_pushes_at_once_make_every_task_once(many: tuple[Project, Path]) -> None:
    project, labels = many
    command = [sys.executable, "-m", "mmdata", "annotate", *map(str, arguments(project, labels))]
    environment = os.environ | project.server.environment
    several = [
        subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(3)
    ]
    said = [each.communicate()[1].decode() for each in several]
    assert {each.returncode for each in several} <= {0, 2}
    assert all(
        "another push of it is at work" in text for each, text in zip(several, said, strict=True) if each.returncode
    )
    once_each(project)


@pytest.mark.skipif(sys.platform != "linux", reason="nothing holds others off elsewhere")
def test_a_push_waits_for_nobody(many: tuple[Project, Path]) -> None:
    project, labels = many
    with alone("push", project.server.url, project.id):
        _, said = run(project.server, *arguments(project, labels), code=2)
    assert "another push of it is at work on this machine" in said
    assert project.get()["task_number"] == 0
    run(project.server, *arguments(project, labels))
    once_each(project)
