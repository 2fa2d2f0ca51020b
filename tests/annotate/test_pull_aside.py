"""First pulls that died: the next one goes on, and comes to what an undisturbed one does, byte for byte."""

from collections.abc import Callable
from pathlib import Path

import pytest
from mmdata.annotate import pull_bodies
from mmdata.annotate.pull import pull
from mmdata.annotate.pull_aside import ASIDE
from mmdata.annotate.pull_report import Report
from mmdata.annotate.server import Patience, Server
from mmdata.annotate.status import status as status_of
from mmdata.converters.sources.label_studio_store import store_tasks
from mmdata.schemas.errors import InputError

from .proxy import Proxy, status
from .scene import NOW, box, content, tasks
from .server import LabelStudio, Project

COUNT, CHUNK = 20, 4
ONCE = Patience(attempts=1, pause=0)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull_bodies, "CHUNK", CHUNK)


def died(project: Project, out: Path, at: int = 3, **options: object) -> list[int]:
    """The ids of a project of which a first pull into `out` failed at that export."""
    ids = project.add(tasks(COUNT))
    with Proxy(project.server.url) as proxy, Server(proxy.url, project.server.token, ONCE) as server:
        proxy.begin(status(503), at, only="/export")
        with pytest.raises(InputError, match="the same pull again goes on"):
            pull(server, project.id, out, **options)  # type: ignore[arg-type]
    return ids


def pulled(project: Project, out: Path, **options: object) -> Report:
    with Server(project.server.url, project.server.token) as server:
        return pull(server, project.id, out, now=NOW, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{}, {"take": "all"}, {"predictions": True}], ids=str)
def test_it_goes_on_and_is_the_same(project: Project, tmp_path: Path, options: dict[str, object]) -> None:
    died(project, tmp_path / "store", **options)
    assert "8 tasks are read already" in "\n".join(status_of(tmp_path / "store").lines())
    report = pulled(project, tmp_path / "store", **options)
    whole = pulled(project, tmp_path / "whole", **options)
    assert report.resumed == 2 * CHUNK
    assert report.fetched == whole.fetched - 2 * CHUNK
    assert content(tmp_path / "store") == content(tmp_path / "whole")


def edited(project: Project, ids: list[int]) -> None:
    project.server.call("POST", f"/api/tasks/{ids[1]}/annotations/", {"result": [box("new")]})


def deleted(project: Project, ids: list[int]) -> None:
    project.server.call("DELETE", f"/api/tasks/{ids[2]}/")
    project.server.call("DELETE", f"/api/tasks/{ids[3]}/")


def added(project: Project, _ids: list[int]) -> None:
    project.add(tasks(3))


def emptied(project: Project, ids: list[int]) -> None:
    for task in ids:
        project.server.call("DELETE", f"/api/tasks/{task}/")


@pytest.mark.parametrize("change", [edited, deleted, added, emptied])
def test_what_changed_since_is_not_believed(
    project: Project, tmp_path: Path, change: Callable[[Project, list[int]], None]
) -> None:
    ids = died(project, tmp_path / "store", take="all")
    change(project, ids)
    pulled(project, tmp_path / "store", take="all")
    pulled(project, tmp_path / "whole", take="all")
    assert content(tmp_path / "store") == content(tmp_path / "whole")


def torn(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def foreign(file: Path) -> None:
    file.with_name("of.json").write_text('{"project": 0}')


def another_task(file: Path) -> None:
    file.write_bytes(file.with_name("000001.parquet").read_bytes())


@pytest.mark.parametrize("damage", [torn, empty, foreign, another_task])
def test_what_is_damaged_is_read_anew(project: Project, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    died(project, tmp_path / "store")
    damage(tmp_path / "store" / ASIDE / "000002.parquet")
    pulled(project, tmp_path / "store")
    pulled(project, tmp_path / "whole")
    assert content(tmp_path / "store") == content(tmp_path / "whole")


def test_another_project_into_the_same_folder_begins_anew(
    project: Project, label_studio: LabelStudio, tmp_path: Path
) -> None:
    died(project, tmp_path / "store")
    other = label_studio.make_project()
    other.add(tasks(5))
    assert pulled(other, tmp_path / "store").resumed == 0
    assert len(list(store_tasks(tmp_path / "store"))) == 3
    assert not (tmp_path / "store" / ASIDE).exists()
