"""The doctor: each line on a real server, and on servers that are not fit."""

import json
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from time import time
from typing import Any

import pytest
from click.testing import CliRunner, Result
from mmdata.annotate.doctor import Line, examine
from mmdata.annotate.server import Patience, Server
from mmdata.cli import mmdata
from PIL import Image

from .answering import Reply, answering
from .server import LabelStudio, Project

QUICK = Patience(connect=5, read=5, whole=10, attempts=1)
LEGACY = "0f" * 20


def doctor(*arguments: object) -> Result:
    return CliRunner().invoke(mmdata, ["annotate", "doctor", *map(str, arguments)])


def lines(result: Result) -> dict[str, Any]:
    return {line["name"]: line for line in json.loads(result.stdout)}


@pytest.fixture
def picture(label_studio: LabelStudio, project: Project) -> Iterator[str]:
    folder = label_studio.documents / f"doctor-{project.id}"
    folder.mkdir()
    Image.new("RGB", (8, 8)).save(folder / "看 板.png")
    name = f"{folder.name}/看 板.png"
    project.add([{"data": {"image": "https://elsewhere/x.png"}}, {"data": {"image": f"/data/local-files/?d={name}"}}])
    yield name


def test_a_server_that_is_fit(connected: LabelStudio, project: Project, picture: str) -> None:
    storage = {"project": project.id, "path": str(connected.documents / f"doctor-{project.id}"), "title": "x"}
    connected.call("POST", "/api/storages/localfiles", storage)
    result = doctor("--project", project.key, "--format", "json")
    found = lines(result)
    assert list(found) == ["server", "token", "legacy tokens", "local files", "clock", "Redis", "disk"]
    assert [name for name, line in found.items() if line["state"] == "bad" and name != "disk"] == []
    assert "Label Studio 1.23" in found["server"]["found"]
    assert "admin@example.com (legacy" in found["token"]["found"]
    assert picture in found["local files"]["found"]
    assert "the same" in found["clock"]["found"]


def test_a_picture_that_no_storage_permits(connected: LabelStudio, project: Project, picture: str) -> None:
    result = doctor("--project", project.id)
    assert result.exit_code == 1
    assert f"NOT local files: '{picture}' is not served (404)" in result.output
    assert "local_files of a path that holds it" in result.output


def test_without_a_project_no_picture_is_fetched(connected: LabelStudio) -> None:
    assert lines(doctor("--format", "json"))["local files"]["state"] == "unknown"


def test_a_personal_token_is_said_to_be_one(connected: LabelStudio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", connected.personal_token())
    found = lines(doctor("--format", "json"))
    assert "personal access token" in found["token"]["found"]


def examined(*replies: Reply) -> list[Line]:
    with answering(*replies) as at, Server(at.url, LEGACY, QUICK) as server:
        return list(examine(server))


def test_what_is_no_label_studio_is_one_line() -> None:
    (line,) = examined(Reply(body=b"<html>", headers={"Content-Type": "text/html"}))
    assert (line.name, line.state, "no JSON" in line.found) == ("server", "bad", True)


def test_an_old_one_is_said() -> None:
    first, *_ = examined(Reply(body={"release": "1.7.3", "edition": "Community"}))
    assert (first.state, "1.7.3" in first.found) == ("bad", True)


def test_a_refused_token_is_said_and_the_rest_is_looked_at() -> None:
    version = Reply(body={"release": "1.23.2"})
    refused = Reply(401, {"detail": "legacy token authentication has been disabled for this organization"})
    found = {line.name: line for line in examined(version, refused)}
    assert (found["token"].state, "personal access token" in found["token"].remedy) == ("bad", True)
    assert "disk" in found


@pytest.mark.parametrize(("ahead", "state"), [(0, "good"), (3600, "bad"), (-3600, "bad")])
def test_a_clock_that_is_wrong(ahead: float, state: str) -> None:
    reply = Reply(body={"release": "1.23.2", "email": "a@b"}, headers={"Date": formatdate(time() + ahead, usegmt=True)})
    assert {line.name: line.state for line in examined(reply)}["clock"] == state


@pytest.mark.parametrize("arguments", [["--url", "http://127.0.0.1:1"], ["--token-file", "nothing.token"]])
def test_where_there_is_no_server_or_token(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", LEGACY)
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("time.sleep", lambda _: None)
    result = doctor(*arguments)
    assert result.exit_code in (1, 2)
    assert "Traceback" not in result.output
