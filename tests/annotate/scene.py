"""A project that changed since it was pulled, and what an undisturbed pull makes of the store."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from mmdata.annotate.pull import pull
from mmdata.annotate.server import Patience, Server

from .proxy import Proxy
from .server import LabelStudio

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
PATIENCE = Patience(connect=5, read=1.0, whole=1.5, attempts=3, pause=0.0)
BOX = {"from_name": "box", "to_name": "image", "type": "rectanglelabels", "original_width": 64, "original_height": 48}
VALUE = {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["car"]}


def box(key: str, **more: object) -> dict[str, object]:
    return {"id": key, "value": VALUE} | BOX | more


def tasks(count: int) -> list[dict[str, object]]:
    done = {"result": [box("a"), box("b")], "ground_truth": False}
    return [{"data": {"image": f"/{i}.jpg"}, "annotations": [done] if i % 4 else []} for i in range(count)]


class Scene(NamedTuple):
    """A project, a store of its state before some changes, the one an undisturbed pull makes of it, and the way
    there.
    """

    proxy: Proxy
    token: str
    project: int
    before: Path
    after: dict[str, bytes]
    steps: int


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def pulled(url: str, token: str, project: int, out: Path, patience: Patience = PATIENCE) -> None:
    """A pull at the one moment of these tests."""
    with Server(url, token, patience) as server:
        pull(server, project, out, predictions=True, now=NOW)


@pytest.fixture(scope="module")
def scene(label_studio: LabelStudio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Pulled once; then a task was annotated, one deleted, one edited, one added."""
    if label_studio.process is None:
        label_studio.start()
    folder = tmp_path_factory.mktemp("faults")
    project = label_studio.make_project()
    predicted = {"predictions": [{"result": [box("a")], "model_version": "m"}]}
    ids = project.add([each | predicted for each in tasks(12)])
    pulled(label_studio.url, label_studio.token, project.id, folder / "before")
    label_studio.call("POST", f"/api/tasks/{ids[0]}/annotations/", {"result": [box("c")]})
    label_studio.call("DELETE", f"/api/tasks/{ids[5]}/")
    label_studio.call("PATCH", f"/api/tasks/{ids[6]}/", {"data": {"image": "/other.jpg"}})
    project.add(tasks(2))
    with Proxy(label_studio.url) as proxy:
        shutil.copytree(folder / "before", folder / "after")
        pulled(proxy.url, label_studio.token, project.id, folder / "after")
        steps = len(proxy.seen)
        yield Scene(proxy, label_studio.token, project.id, folder / "before", content(folder / "after"), steps)
