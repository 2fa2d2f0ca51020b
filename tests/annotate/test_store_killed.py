"""Pulls killed at every call to the file system, and servers killed in the midst of a pull."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mmdata.annotate.server import Patience
from mmdata.pipelines.commit.lock import Lock
from mmdata.schemas.errors import InputError, OutputError

from .proxy import Handler, Proxy, Reply
from .scene import Scene, content, pulled, scene
from .server import LabelStudio, Project

__all__ = ["scene"]

PROGRAM = Path(__file__).with_name("pull_program.py")


@pytest.mark.parametrize("before", ["before", pytest.param("absent", marks=pytest.mark.slow)])
def test_killed_at_every_call(before: str, scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    given = [scene.proxy.url, scene.token, str(scene.project), scene.before.with_name(before), tmp_path / "work" / "s"]
    scene.proxy.begin()
    done = subprocess.run([sys.executable, PROGRAM, *given], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 20
    assert scene.token not in done.stdout + done.stderr


def test_a_server_killed_midway(scene: Scene, label_studio: LabelStudio, project: Project, tmp_path: Path) -> None:
    tasks = [{"data": {"image": f"/{i}.jpg"}, "annotations": [{"result": []}]} for i in range(900)]
    project.add(tasks)

    def killing(handler: Handler, _: Reply) -> None:
        label_studio.kill()
        handler.drop()

    with Proxy(label_studio.url) as proxy:
        proxy.begin(killing, 2, only="/export")
        with pytest.raises(InputError, match=r"[48]00 tasks are read already and kept") as raised:
            pulled(proxy.url, label_studio.token, project.id, tmp_path / "store", Patience(attempts=2, pause=0))
        assert label_studio.token not in str(raised.value)
        assert not (tmp_path / "store" / "store.json").exists()
    label_studio.restart()
    for folder in ("store", "undisturbed"):
        pulled(label_studio.url, label_studio.token, project.id, tmp_path / folder, Patience())
    assert content(tmp_path / "store") == content(tmp_path / "undisturbed")


def test_a_pull_beside_another_is_refused(scene: Scene, tmp_path: Path) -> None:
    shutil.copytree(scene.before, tmp_path / "store")
    lock = Lock(tmp_path / "store.lock")
    lock.acquire()
    try:
        with pytest.raises(OutputError, match="is writing it now"):
            pulled(scene.proxy.url, scene.token, scene.project, tmp_path / "store")
    finally:
        lock.release()
    assert content(tmp_path / "store") == content(scene.before)
