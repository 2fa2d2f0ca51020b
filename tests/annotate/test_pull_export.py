"""Tasks that the server cannot export: they are found, named and left out, and every pull says so."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner
from mmdata.annotate.pull import pull
from mmdata.annotate.pull_export import MOST
from mmdata.annotate.pull_report import LACKING
from mmdata.annotate.run_log import last_runs
from mmdata.annotate.server import Patience, Server
from mmdata.cli import mmdata
from mmdata.converters.sources.label_studio_store import store_tasks
from mmdata.schemas.errors import InputError

from .proxy import Handler, Proxy, Reply, status
from .scene import box, tasks
from .server import Project

HASTY = Patience(attempts=2, pause=0)


class Stumbling(Proxy):
    """Stands before a server that answers 500 to the export of some tasks."""

    def __init__(self, upstream: str, bad: set[int]) -> None:
        super().__init__(upstream)
        self.bad = bad
        self.begin(self._stumble, 1, always=True, only="/export")

    def _stumble(self, handler: Handler, reply: Reply) -> None:
        asked = {int(each) for each in parse_qs(urlsplit(handler.path).query)["ids[]"]}
        if asked & self.bad:
            status(500)(handler, reply)
        else:
            handler.give(reply)


@pytest.fixture
def stumbling(project: Project) -> Iterator[tuple[Stumbling, Project, list[int]]]:
    ids = project.add(tasks(30))
    with Stumbling(project.server.url, set()) as proxy:
        yield proxy, project, ids


def test_it_is_left_out_and_named_and_had_when_it_is_mended(
    stumbling: tuple[Stumbling, Project, list[int]], tmp_path: Path
) -> None:
    proxy, project, ids = stumbling
    proxy.bad = {ids[1], ids[14], ids[29]}
    with Server(proxy.url, project.server.token, HASTY) as server:
        report = pull(server, project.id, tmp_path / "store")
        assert report.unexported == sorted(proxy.bad)
        assert report.tasks == 22 - 3
        again = pull(server, project.id, tmp_path / "store")
        assert (again.unexported, again.part) == (sorted(proxy.bad), None)
        proxy.bad, proxy.kept = set(), {}
        mended = pull(server, project.id, tmp_path / "store")
        assert (mended.unexported, mended.new) == ([], 3)
        pull(server, project.id, tmp_path / "whole")
    assert list(store_tasks(tmp_path / "store")) == list(store_tasks(tmp_path / "whole"))


def test_one_that_was_held_stays_as_it_was_until_it_can_be_had(
    stumbling: tuple[Stumbling, Project, list[int]], tmp_path: Path
) -> None:
    proxy, project, ids = stumbling
    with Server(proxy.url, project.server.token, HASTY) as server:
        pull(server, project.id, tmp_path / "store")
        before = dict(store_tasks(tmp_path / "store"))
        for task in ids[1:3]:
            project.server.call("POST", f"/api/tasks/{task}/annotations/", {"result": [box("new")]})
        later(project, ids[2])  # so that the other lies before all that a pull looks at
        proxy.bad, proxy.kept = {ids[1]}, {}
        report = pull(server, project.id, tmp_path / "store")
        assert (report.unexported, report.updated) == ([ids[1]], 1)
        assert dict(store_tasks(tmp_path / "store"))[f"/{ids[1]}"] == before[f"/{ids[1]}"]
        proxy.bad, proxy.kept = set(), {}
        assert pull(server, project.id, tmp_path / "store").updated == 1


def later(project: Project, task: int) -> None:
    """Put a task's last change an hour into the future."""
    with closing(sqlite3.connect(project.server.data / "label_studio.sqlite3", timeout=30)) as database, database:
        statement = "UPDATE task SET updated_at = strftime('%Y-%m-%d %H:%M:%f', updated_at, '+1 hour') WHERE id = ?"
        assert database.execute(statement, (task,)).rowcount == 1


@pytest.mark.parametrize(("how_many", "said"), [(MOST + 1, "to 21 tasks, each alone"), (0, "answered 500")])
def test_where_much_cannot_be_exported_the_pull_fails(
    stumbling: tuple[Stumbling, Project, list[int]], tmp_path: Path, how_many: int, said: str
) -> None:
    proxy, project, ids = stumbling
    proxy.bad = set(ids[:how_many]) if how_many else {0, *ids}  # with 0: the export as such is broken
    with Server(proxy.url, project.server.token, HASTY) as server, pytest.raises(InputError, match=said):
        pull(server, project.id, tmp_path / "store")
    assert not (tmp_path / "store" / "store.json").exists()


def test_the_command_says_so(
    stumbling: tuple[Stumbling, Project, list[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, project, ids = stumbling
    proxy.bad = {ids[4]}
    monkeypatch.setenv("LABEL_STUDIO_URL", proxy.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", project.server.token)
    asked = ["annotate", "pull", str(project.id), "-o", str(tmp_path / "store"), "--format", "json"]
    done = CliRunner().invoke(mmdata, asked)
    assert done.exit_code == LACKING
    assert json.loads(done.stdout)["unexported"] == [ids[4]]
    assert f"500 to the export of a task ({ids[4]})" in done.stderr
    once = ["annotate", "schedule", str(project.id), "-o", str(tmp_path / "kept"), "--once"]
    assert CliRunner().invoke(mmdata, once).exit_code == 0
    (run,) = last_runs(tmp_path / "kept")
    assert (run.outcome, run.pull) == ("new", LACKING)
    assert f"a task ({ids[4]})" in run.said
