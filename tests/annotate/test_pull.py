"""Pulls from a real server: what is found, what is written, and that increments come to what a whole pull gives."""

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from mmdata.annotate.pull import pull
from mmdata.annotate.pull_drift import DriftError
from mmdata.annotate.pull_report import Report
from mmdata.annotate.server import Server, connect
from mmdata.cli import mmdata
from mmdata.converters.sources.label_studio_store import store_tasks
from mmdata.schemas.errors import ConfigError, OutputError

from .proxy import Handler, Proxy, Reply
from .scene import box, content, tasks
from .server import BOXES, LabelStudio, Project

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def server(connected: LabelStudio) -> Iterator[Server]:
    with connect() as server:
        yield server


def counted(report: Report) -> dict[str, int]:
    return report.counts()


def test_what_changed_is_found_and_nothing_else(project: Project, server: Server, tmp_path: Path) -> None:
    out, call = tmp_path / "store", project.server.call
    ids = project.add(tasks(9))  # the first, fifth and ninth without work
    first = pull(server, project.id, out)
    assert (first.status, first.first, first.tasks, first.annotations) == ("new", True, 6, 6)
    assert counted(first) == {"new": 6}
    assert pull(server, project.id, out).status == "unchanged"

    submitted = call("POST", f"/api/tasks/{ids[0]}/annotations/", {"result": [box("c")]})
    call("PATCH", f"/api/annotations/{_annotation(project, ids[1])}/", {"result": [box("d")]})
    call("POST", f"/api/tasks/{ids[2]}/annotations/", {"result": [box("e")]})
    call("DELETE", f"/api/tasks/{ids[3]}/")
    call("DELETE", f"/api/tasks/{ids[4]}/")  # nobody had worked on it: no loss to the set
    call("DELETE", f"/api/annotations/{_annotation(project, ids[5])}/")
    call("POST", f"/api/tasks/{ids[6]}/annotations/", {"result": [], "was_cancelled": True})
    added = project.add(tasks(2))
    second = pull(server, project.id, out)
    assert counted(second) == {"new": 2, "updated": 3, "unfinished": 1, "tasks_gone": 1, "annotations_gone": 2}
    assert second.fetched == 5
    held = dict(store_tasks(out))
    assert list(held) == [f"/{task}" for task in sorted({*ids[:3], *ids[6:8], added[1]})]
    assert [each["id"] for each in held[f"/{ids[0]}"]["annotations"]] == [submitted["id"]]

    call("DELETE", f"/api/annotations/{submitted['id']}/")
    third = pull(server, project.id, out)
    assert counted(third) == {"unfinished": 1, "annotations_gone": 1}


def _annotation(project: Project, task: int) -> int:
    return int(project.server.call("GET", f"/api/tasks/{task}/")["annotations"][0]["id"])


def test_where_nothing_is_new_nothing_is_written(project: Project, server: Server, tmp_path: Path) -> None:
    project.add(tasks(5))
    pull(server, project.id, tmp_path / "store")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert pull(server, project.id, tmp_path / "store").part is None
    assert pull(server, project.id, tmp_path / "store", full=True).part is None
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_touch_is_remembered_and_is_not_new(project: Project, server: Server, tmp_path: Path) -> None:
    ids = project.add(tasks(4))
    pull(server, project.id, tmp_path / "store")
    body = {"task": ids[1], "result": [box("p")], "model_version": "m"}
    project.server.call("POST", "/api/predictions/", body)  # bumps updated_at, and is no annotation
    report = pull(server, project.id, tmp_path / "store")
    assert (report.status, counted(report), report.fetched) == ("unchanged", {"touched": 1}, 1)
    again = pull(server, project.id, tmp_path / "store")
    assert (again.fetched, again.part) == (0, None)


def test_predictions_are_kept_where_that_is_asked_for(project: Project, server: Server, tmp_path: Path) -> None:
    out, ids = tmp_path / "store", project.add(tasks(4))
    made = [{"task": task, "result": [box("p")], "model_version": f"v{task}"} for task in (ids[1], ids[1], ids[2])]
    project.server.call("POST", f"/api/projects/{project.id}/import/predictions", made)
    pull(server, project.id, out)
    assert not any("predictions" in each for _, each in store_tasks(out))
    assert counted(pull(server, project.id, out, predictions=True)) == {"updated": 3}
    assert [len(each["predictions"]) for _, each in store_tasks(out)] == [2, 1, 0]
    assert pull(server, project.id, out).part is None
    project.server.call("POST", "/api/predictions/", made[2])
    assert counted(pull(server, project.id, out)) == {"updated": 1}
    pull(server, project.id, tmp_path / "whole", predictions=True)
    assert list(store_tasks(out)) == list(store_tasks(tmp_path / "whole"))


def test_the_same_state_gives_the_same_bytes(project: Project, server: Server, tmp_path: Path) -> None:
    project.add(tasks(7))
    for name in ("one", "two"):
        pull(server, project.id, tmp_path / name, now=NOW)
    assert content(tmp_path / "one") == content(tmp_path / "two")


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_increments_come_to_what_a_whole_pull_gives(
    seed: int, project: Project, server: Server, tmp_path: Path
) -> None:
    chance, out = random.Random(seed), tmp_path / "store"  # noqa: S311
    project.add(tasks(6))
    for turn in range(5):
        for _ in range(chance.randrange(6)):
            _anything(project, chance)
        take: Any = chance.choice(["finished", "finished", "all"]) if turn else "finished"
        pull(server, project.id, out, take=take)
        pull(server, project.id, tmp_path / f"whole-{turn}", take=take)
        assert list(store_tasks(out)) == list(store_tasks(tmp_path / f"whole-{turn}")), turn


def _anything(project: Project, chance: random.Random) -> None:
    """One change of those that people, models and scripts make."""
    call, all_tasks = project.server.call, project.export()
    if not all_tasks:
        project.add(tasks(3))
        return
    task = chance.choice(all_tasks)
    own = [each["id"] for each in task["annotations"]]
    done = chance.choice(["add", "submit", "skip", "edit", "delete", "remove", "data", "predict", "truth"])
    if done == "add":
        project.add(tasks(chance.randrange(1, 3)))
    elif done in ("submit", "skip") or (done in ("edit", "delete", "truth") and not own):
        work = {"result": [box(f"r{chance.random()}")], "was_cancelled": done == "skip"}
        call("POST", f"/api/tasks/{task['id']}/annotations/", work)
    elif done == "edit":
        call("PATCH", f"/api/annotations/{chance.choice(own)}/", {"result": [box(f"r{chance.random()}")]})
    elif done == "truth":
        call("PATCH", f"/api/annotations/{chance.choice(own)}/", {"ground_truth": True})
    elif done == "delete":
        call("DELETE", f"/api/annotations/{chance.choice(own)}/")
    elif done == "remove":
        call("DELETE", f"/api/tasks/{task['id']}/")
    elif done == "data":
        call("PATCH", f"/api/tasks/{task['id']}/", {"data": {"image": f"/{chance.random()}.jpg"}})
    else:
        call("POST", "/api/predictions/", {"task": task["id"], "result": [], "model_version": "m"})


def test_what_has_no_trace_is_found_by_full(project: Project, server: Server, tmp_path: Path) -> None:
    ids = project.add(tasks(6))
    pull(server, project.id, tmp_path / "store")
    _sql(project, "UPDATE task_completion SET result = '[]' WHERE task_id = ?", ids[1])
    assert pull(server, project.id, tmp_path / "store").status == "unchanged"
    report = pull(server, project.id, tmp_path / "store", full=True)
    assert counted(report) == {"updated": 1, "unseen": 1}


def test_a_task_that_no_time_leads_to_is_found_by_counting(project: Project, server: Server, tmp_path: Path) -> None:
    ids = project.add(tasks(6))
    project.server.call("DELETE", f"/api/tasks/{ids[2]}/")
    pull(server, project.id, tmp_path / "store", take="all")
    (late,) = project.add(tasks(1))
    _sql(project, "UPDATE task SET id = ?, updated_at = '2020-01-01 00:00:00' WHERE id = ?", ids[2], late)
    report = pull(server, project.id, tmp_path / "store")
    assert counted(report) == {"new": 1, "unseen": 1}


def _sql(project: Project, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(project.server.data / "label_studio.sqlite3", timeout=30)) as database, database:
        assert database.execute(statement, values).rowcount == 1


def test_what_changes_while_a_pull_goes_on_is_later_than_its_watermark(project: Project, tmp_path: Path) -> None:
    ids, label_studio = project.add(tasks(4)), project.server

    def meanwhile(handler: Handler, reply: Reply) -> None:
        label_studio.call("PATCH", f"/api/tasks/{ids[1]}/", {"data": {"image": "/meanwhile.jpg"}})
        handler.give(reply)

    with Proxy(label_studio.url) as proxy, Server(proxy.url, label_studio.token) as server:
        proxy.begin(meanwhile, 1, only="/export")
        report = pull(server, project.id, tmp_path / "store")
        changed = label_studio.call("GET", f"/api/tasks/{ids[1]}/")["updated_at"]
        assert report.watermark is not None
        assert report.watermark < changed
        proxy.kept.clear()
        assert counted(pull(server, project.id, tmp_path / "store")) == {"updated": 1}


def test_a_task_that_goes_between_listing_and_export_is_gone(project: Project, tmp_path: Path) -> None:
    ids, label_studio = project.add(tasks(4)), project.server

    def gone(handler: Handler, reply: Reply) -> None:
        label_studio.call("DELETE", f"/api/tasks/{ids[1]}/")
        handler.give(reply)

    with Proxy(label_studio.url) as proxy, Server(proxy.url, label_studio.token) as server:
        pull(server, project.id, tmp_path / "store")
        for task in ids[1:3]:
            label_studio.call("PATCH", f"/api/tasks/{task}/", {"data": {"image": "/new.jpg"}})
        proxy.kept.clear()
        proxy.begin(gone, 1, only="total_annotations")
        assert counted(pull(server, project.id, tmp_path / "store")) == {
            "updated": 1,
            "tasks_gone": 1,
            "annotations_gone": 1,
        }


def test_another_label_config_stops_a_pull(project: Project, server: Server, tmp_path: Path) -> None:
    out = tmp_path / "store"
    project.add(tasks(3))
    pull(server, project.id, out)
    before = content(out)
    looks = BOXES.replace('<Label value="car"/>', '<Label background="#ff0000"\n value="car" />')
    project.server.call("PATCH", f"/api/projects/{project.id}/", {"label_config": looks})
    assert pull(server, project.id, out).status == "unchanged"
    other = BOXES.replace('"car"', '"lorry"')
    project.server.call("PATCH", f"/api/projects/{project.id}/", {"label_config": other})
    with pytest.raises(DriftError, match="came 'lorry'; went 'car'"):
        pull(server, project.id, out)
    assert content(out) == before
    accepted = pull(server, project.id, out, accept_drift=True)
    assert (accepted.status, accepted.drift) == ("new", True)
    assert pull(server, project.id, out).status == "unchanged"
    assert len(list((out / "configs").iterdir())) == 2


def test_a_store_is_of_one_project(project: Project, server: Server, tmp_path: Path) -> None:
    pull(server, project.id, tmp_path / "store")
    other = project.server.make_project()
    with pytest.raises(ConfigError, match=f"is of project {project.id} .* this is project {other.id}"):
        pull(server, other.id, tmp_path / "store")


def test_a_folder_of_something_else_is_left_alone(project: Project, server: Server, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"is no store, and holds thesis\.txt"):
        pull(server, project.id, tmp_path)
    assert content(tmp_path) == {"thesis.txt": b"mine"}


def test_a_pull_after_few_changes_asks_for_few_bodies(project: Project, tmp_path: Path) -> None:
    ids = project.add(tasks(40))
    label_studio = project.server
    with Proxy(label_studio.url) as proxy, Server(proxy.url, label_studio.token) as server:
        pull(server, project.id, tmp_path / "store")
        label_studio.call("POST", f"/api/tasks/{ids[0]}/annotations/", {"result": [box("c")]})
        proxy.kept.clear()
        proxy.begin()
        assert pull(server, project.id, tmp_path / "store").new == 1
        (export,) = [each for each in proxy.seen if "/export" in each]
        assert export.count("ids") == 1
        assert len(proxy.seen) <= 5


def mmdata_says(*arguments: object) -> Result:
    return CliRunner().invoke(mmdata, ["annotate", *map(str, arguments)])


def test_the_command(project: Project, connected: LabelStudio, tmp_path: Path) -> None:
    out = tmp_path / "store"
    project.add(tasks(5))
    said = [mmdata_says("pull", project.key, "-o", out), mmdata_says("pull", project.id, "-o", out)]
    assert [each.exit_code for each in said] == [10, 0]
    brought = f"3 new; 3 tasks with 3 annotations in {out} (+ parts/000001.parquet)"
    assert said[0].stdout == f"'{project.key}' (project {project.id}): {brought}\n"
    as_json = mmdata_says("pull", project.id, "-o", out, "--all", "--format", "json")
    assert as_json.exit_code == 10
    assert json.loads(as_json.stdout)["new"] == 2
    project.server.call("PATCH", f"/api/projects/{project.id}/", {"label_config": BOXES.replace("car", "bus")})
    drift = mmdata_says("pull", project.id, "-o", out, "--format", "json")
    assert (drift.exit_code, json.loads(drift.stdout)["status"]) == (3, "drift")
    assert "--accept-drift" in drift.stderr
    unknown = mmdata_says("pull", "nobody", "-o", tmp_path / "other")
    assert unknown.exit_code == 2
    assert "has no project with the key 'nobody'" in unknown.stderr
    assert not (tmp_path / "other").exists()
    status = mmdata_says("status", out)
    assert "5 tasks, 3 annotations; 0 more tasks are known" in status.stdout
    assert json.loads(mmdata_says("status", out, "--format", "json").stdout)["parts"] == 2
    everything = "".join(each.output + each.stderr for each in (*said, as_json, drift, unknown, status))
    assert connected.token not in everything


def test_the_status_of_a_project(project: Project, connected: LabelStudio, tmp_path: Path) -> None:
    file = tmp_path / "project.yaml"
    file.write_text(json.dumps({"version": 1, "key": project.key, "title": "Shelves", "label_config": BOXES}))
    project.add(tasks(5))
    said = mmdata_says("status", file)
    assert said.exit_code == 0, said.output
    first = (
        f"project {project.id} '{project.key}' (key {project.key}): tasks 5, tasks begun 3, annotations 3, skipped 0"
    )
    assert said.stdout.startswith(first)
    assert json.loads(mmdata_says("status", file, "--format", "json").stdout)["tasks_begun"] == 3
    assert mmdata_says("pull", file, "-o", tmp_path / "store").exit_code == 10


def test_what_is_built_of_a_store_is_what_is_built_of_the_export(
    project: Project, server: Server, tmp_path: Path
) -> None:
    project.add(tasks(9))
    pull(server, project.id, tmp_path / "store", take="all")
    (tmp_path / "images").mkdir()
    (tmp_path / "export.json").write_text(json.dumps(project.export()))
    for name in ("store", "export.json"):
        given = [tmp_path / name, "--images", tmp_path / "images", "-o", tmp_path / f"{name}.out"]
        asked = ["convert", "label-studio", *given]
        done = CliRunner().invoke(mmdata, [*map(str, asked), "--no-check-images", "-q", "--max-rejected", "100%"])
        assert done.exit_code == 0, done.output
    built = [(tmp_path / f"{name}.out/train/train.json").read_bytes() for name in ("store", "export.json")]
    assert built[0].count(b"<box>") == 12
    assert built[0] == built[1]
