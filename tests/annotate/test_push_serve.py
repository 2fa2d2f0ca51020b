"""How pictures come to have addresses: uploads of an interrupted run are found again, and no address holds a secret."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from mmdata.annotate.push_serve import Addresses, Uploads
from mmdata.annotate.server import Server, connect
from mmdata.schemas.errors import ConfigError, InputError

from . import proxy
from .pushing import picture
from .server import LabelStudio, Project
from .test_push_interrupted import Forgetful

NAMES = ("a b.png", "街 (1).png", "plain.png", "we#ird&%41.png", "two..dots.png", "-dash.png", "deadbeef-0.png")


@pytest.fixture
def server(connected: LabelStudio, project: Project) -> Iterator[Server]:
    with connect() as opened:
        yield opened


@pytest.mark.parametrize("name", NAMES)
def test_an_upload_is_found_again_and_served(server: Server, project: Project, tmp_path: Path, name: str) -> None:
    picture(tmp_path / name, (30, 20))
    address = Uploads(server, project.id).address(tmp_path / name)
    assert server.download(address) == (tmp_path / name).read_bytes()
    assert Uploads(server, project.id).address(tmp_path / name) == address
    assert project.get()["task_number"] == 0
    picture(tmp_path / "other" / name, (31, 20))  # the same name, another picture
    other = Uploads(server, project.id).address(tmp_path / "other" / name)
    assert other != address
    assert server.download(other) == (tmp_path / "other" / name).read_bytes()


def test_an_upload_whose_answer_was_lost_is_looked_up(connected: LabelStudio, project: Project, tmp_path: Path) -> None:
    picture(tmp_path / "a.png", (30, 20))
    with proxy.Proxy(connected.url) as between, connect(between.url) as server:
        between.kept = Forgetful()
        between.begin(proxy.reset, at=1, only="/import?")
        address = Uploads(server, project.id).address(tmp_path / "a.png")
    uploads = connected.call("GET", f"/api/projects/{project.id}/file-uploads?all=true")
    assert [f"/data/{each['file']}" for each in uploads] == [address]


def test_what_the_server_does_not_take_is_told(server: Server, project: Project, tmp_path: Path) -> None:
    (tmp_path / "a.exe").write_bytes(b"no picture")
    with pytest.raises(InputError, match="400"):
        Uploads(server, project.id).address(tmp_path / "a.exe")


def test_addresses_are_quoted_for_the_web_and_not_for_buckets(tmp_path: Path) -> None:
    place = tmp_path / "a b" / "街.png"
    assert Addresses("https://h.example/p/", tmp_path).address(place) == "https://h.example/p/a%20b/%E8%A1%97.png"
    assert Addresses("s3://bucket/", tmp_path).address(place) == "s3://bucket/a b/街.png"
    with pytest.raises(ConfigError, match="stands in the labels"):
        Addresses("s3://bucket/", tmp_path / "a b").address(tmp_path / "embedded.png")


@pytest.mark.parametrize("prefix", ["https://me:secret@h.example/", "photos/", "file:///photos", "https://", ""])
def test_what_is_no_prefix_is_refused_without_repeating_a_secret(prefix: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        Addresses(prefix, tmp_path)
    assert "secret" not in str(raised.value)
