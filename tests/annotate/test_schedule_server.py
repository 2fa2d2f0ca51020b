"""Schedule, agreement and feedback against a real server: what people do there arrives, whatever ends in between."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mmdata.annotate.run_log import Run, last_runs
from mmdata.cli.annotate_agreement import agreement
from mmdata.cli.annotate_feedback import feedback
from PIL import Image

from .scene import box
from .server import LabelStudio, Project

WITHIN = 120.0


def annotate(project: Project, task: int, regions: list[dict[str, object]], **more: object) -> int:
    """Submit work on a task as a person does; its number."""
    made = project.server.call("POST", f"/api/tasks/{task}/annotations/", {"result": regions} | more)
    number: int = made["id"]
    return number


def pictures(project: Project, count: int) -> list[int]:
    """So many tasks, each of a picture below the server's document root."""
    folder = project.server.documents / "imgs"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        Image.new("RGB", (64, 48), (number * 20, 0, 0)).save(folder / f"{number}.png")
    return project.add([{"data": {"image": f"/data/local-files/?d=imgs/{number}.png"}} for number in range(count)])


class Schedule:
    """`mmdata annotate schedule` as a process."""

    def __init__(self, folder: Path, project: Project, *more: str) -> None:
        self.store = folder / "store"
        self._said = folder / "said"
        self._arguments = [project.key, "-o", str(self.store), "--jitter", "0s", "--back-off", "1s", *more]
        self._environment = os.environ | project.server.environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "mmdata", "annotate", "schedule", *self._arguments]
        with self._said.open("ab") as said:
            self.process = subprocess.Popen(command, env=self._environment, stdout=said, stderr=said)

    def until(self, holds: Callable[[list[Run]], object]) -> list[Run]:
        """Wait until this holds of the runs that have ended; fails where it never does."""
        until = time.monotonic() + WITHIN
        while True:
            runs = [run for run in last_runs(self.store, 1000) if run.outcome not in ("running", "interrupted")]
            if holds(runs):
                return runs
            over = self.process is None or self.process.poll() is not None
            assert time.monotonic() < until and not over, f"{runs}\n{self._said.read_text()}"
            time.sleep(0.1)

    def end(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WITHIN)


@contextmanager
def scheduled(folder: Path, project: Project, *more: str) -> Generator[Schedule]:
    schedule = Schedule(folder, project, *more)
    try:
        schedule.start()
        yield schedule
    finally:
        if schedule.process is not None and schedule.process.poll() is None:
            schedule.process.kill()
            schedule.process.wait()


def tasks_in(store: Path) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "mmdata", "annotate", "status", str(store), "--format", "json"],
        check=True,
        capture_output=True,
        text=True,
    )
    count: int = json.loads(done.stdout)["tasks"]
    return count


def test_what_people_do_is_pulled_and_built_period_by_period(tmp_path: Path, project: Project) -> None:
    """Killed in the middle, started again: in the end the data set is that of all that was submitted."""
    tasks = pictures(project, 4)
    out, recipe = tmp_path / "built", tmp_path / "recipe.yaml"
    source = {
        "source": "label-studio",
        "input": str(tmp_path / "store"),
        "images": str(project.server.documents),
        "tasks": ["detect"],
    }
    recipe.write_text(json.dumps({"version": 1, "out": str(out), "sources": [source]}), encoding="utf-8")
    annotate(project, tasks[0], [box("a")])
    with scheduled(tmp_path, project, "--every", "2s", "--then", str(recipe)) as schedule:
        first = schedule.until(lambda runs: runs and runs[-1].outcome == "nothing")
        assert (first[0].outcome, first[0].pull, first[0].build) == ("new", 10, 0)
        assert first[-1].build is None  # nothing new, nothing to build
        annotate(project, tasks[1], [box("b")])
        schedule.until(lambda runs: sum(run.build == 0 for run in runs) == 2)
        assert schedule.process is not None
        schedule.process.kill()
        schedule.process.wait()
        annotate(project, tasks[2], [box("c")])
        schedule.start()
        schedule.until(lambda runs: sum(run.build == 0 for run in runs) == 3)
        assert schedule.end() == 0
    assert tasks_in(schedule.store) == 3
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["accounting"]["images"]["written"] == 3


def test_a_build_that_is_owed_is_made_up_for(tmp_path: Path, project: Project) -> None:
    """The build fails after a pull that brought something; the next run pulls nothing new, and builds all the same."""
    (task,) = pictures(project, 1)
    annotate(project, task, [box("a")])
    recipe, pictures_there = tmp_path / "recipe.yaml", tmp_path / "pictures"
    source = {"source": "label-studio", "input": str(tmp_path / "store"), "images": str(pictures_there)}
    told = {"version": 1, "out": str(tmp_path / "built"), "sources": [source | {"tasks": ["detect"]}]}
    recipe.write_text(json.dumps(told), encoding="utf-8")
    with scheduled(tmp_path, project, "--every", "1h", "--then", str(recipe)) as schedule:
        failed = schedule.until(lambda runs: runs)[0]
        assert (failed.outcome, failed.pull) == ("failed", 10) and failed.build not in (None, 0) and failed.said
        pictures_there.symlink_to(project.server.documents)
        runs = schedule.until(lambda runs: runs[-1].build == 0)
        assert (runs[-1].why, runs[-1].pull, runs[-1].failures) == ("retry", 0, 0)
        schedule.end()


def test_a_server_that_goes_and_comes_back(tmp_path: Path, project: Project) -> None:
    (task,) = pictures(project, 1)
    annotate(project, task, [box("a")])
    with scheduled(tmp_path, project, "--every", "1s", "--timeout", "5") as schedule:
        schedule.until(lambda runs: runs and runs[0].outcome == "new")
        project.server.kill()
        schedule.until(lambda runs: runs[-1].outcome == "failed")
        project.server.start()
        runs = schedule.until(lambda runs: runs[-1].outcome == "nothing" and runs[-1].failures == 0)
        assert any(run.outcome == "failed" for run in runs)
        schedule.end()
    assert tasks_in(schedule.store) == 1


def test_another_label_config_is_a_drift_and_no_failure(tmp_path: Path, project: Project) -> None:
    (task,) = pictures(project, 1)
    annotate(project, task, [box("a")])
    with scheduled(tmp_path, project, "--every", "1s") as schedule:
        schedule.until(lambda runs: runs and runs[0].outcome == "new")
        config = project.get()["label_config"].replace(
            '<Label value="sign"/>', '<Label value="sign"/><Label value="x"/>'
        )
        project.server.call("PATCH", f"/api/projects/{project.id}/", {"label_config": config})
        runs = schedule.until(lambda runs: runs[-1].outcome == "drift")
        assert (runs[-1].pull, runs[-1].failures) == (3, 0) and "--accept-drift" in runs[-1].said
        schedule.end()


def test_a_webhook_of_the_server_wakes_it(tmp_path: Path, project: Project) -> None:
    (task,) = pictures(project, 1)
    with scheduled(tmp_path, project, "--every", "1h", "--webhook-port", "0") as schedule:
        schedule.until(lambda runs: runs)
        port = int((tmp_path / "said").read_text().split("127.0.0.1:")[1].split("/")[0])
        hook = {"url": f"http://127.0.0.1:{port}/", "project": project.id, "send_payload": True, "is_active": True}
        project.server.call("POST", "/api/webhooks/", hook | {"send_for_all_actions": True})
        annotate(project, task, [box("a")])
        runs = schedule.until(lambda runs: runs[-1].outcome == "new")
        assert runs[-1].why == "webhook"
        schedule.end()


def test_once_is_one_run(tmp_path: Path, project: Project) -> None:
    (task,) = pictures(project, 1)
    annotate(project, task, [box("a")])
    command = [sys.executable, "-m", "mmdata", "annotate", "schedule", str(project.id), "-o", str(tmp_path / "store")]
    environment = os.environ | project.server.environment
    for outcome in ("new", "nothing"):
        done = subprocess.run([*command, "--once"], env=environment, check=True, capture_output=True, text=True)
        assert last_runs(tmp_path / "store")[-1].outcome == outcome
        assert "run " in done.stderr and not done.stdout
    absent = [*command[:-3], "absent", *command[-2:], "--once"]
    wrong = subprocess.run(absent, env=environment, check=False, capture_output=True)
    assert wrong.returncode == 2 and b"absent" in wrong.stderr


def test_the_worst_tasks_become_a_tab(tmp_path: Path, project: Project, connected: LabelStudio) -> None:
    tasks = pictures(project, 3)
    other = connected.call("POST", "/api/users/", {"email": f"b{project.id}@example.com", "username": "b"})["id"]
    elsewhere = box("b") | {"value": {"x": 70, "y": 70, "width": 10, "height": 10, "rectanglelabels": ["car"]}}
    work = [([box("a")], [box("b")]), ([box("a")], [elsewhere]), ([box("a")], [])]
    for task, (mine, theirs) in zip(tasks, work, strict=True):
        annotate(project, task, mine)
        annotate(project, task, theirs, completed_by=other)
    export = tmp_path / "export.json"
    export.write_text(json.dumps(project.export()), encoding="utf-8")

    def review(*more: str) -> Any:
        return CliRunner().invoke(
            agreement, [str(export), "--push-review", str(project.id), *more], catch_exceptions=False
        )

    for more, expected in (((), tasks[1:]), (("--below", "0"), [])):
        done = review(*more)
        assert done.exit_code == 0, done.output
        (view,) = connected.call("GET", f"/api/dm/views?project={project.id}")
        assert view["data"]["title"] == "mm:review/agreement"
        shown = connected.call("GET", f"/api/tasks?view={view['id']}&project={project.id}")["tasks"]
        assert [task["id"] for task in shown] == expected
    assert "the tab is empty now" in done.stderr


@pytest.mark.parametrize("kind", ["export", "store"])
def test_feedback_and_models_are_read_from_what_the_server_gives(
    tmp_path: Path, project: Project, connected: LabelStudio, kind: str
) -> None:
    guess = {"model_version": "v1", "result": [box("a", score=0.9), box("b", score=0.2)]}
    (task,) = project.add([{"data": {"image": "/x.png"}, "predictions": [guess]}])
    prediction = connected.call("GET", f"/api/predictions/?project={project.id}")[0]["id"]
    annotate(project, task, [box("a", origin="prediction"), box("z")], parent_prediction=prediction)
    path = tmp_path / "export.json"
    if kind == "export":
        path.write_text(json.dumps(project.export()), encoding="utf-8")
    else:
        path = tmp_path / "store"
        pull = [sys.executable, "-m", "mmdata", "annotate", "pull", str(project.id), "-o", str(path)]
        assert subprocess.run(pull, check=False, capture_output=True).returncode == 10
    told = json.loads(CliRunner().invoke(feedback, [str(path), "--format", "json"]).stdout)
    (model,) = told["models"]
    assert {fate: model["all"][fate] for fate in ("accepted", "edited", "deleted", "added")} == {
        **{"accepted": 1, "edited": 0},
        **{"deleted": 1, "added": 1},
    }
    (against,) = json.loads(CliRunner().invoke(agreement, [str(path), "--format", "json"]).stdout)["models"]
    assert (against["model"], against["begun_from_predictions"]) == ("v1", 1)
