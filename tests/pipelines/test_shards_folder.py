"""The form `folder`: a JSON list a split, and the files that its rows name around it."""

import json
from pathlib import Path
from typing import Any

import pytest
from mmdata.pipelines.commit.commit import Staging
from mmdata.pipelines.shards import load_form
from mmdata.pipelines.shards.protocol import Cut
from mmdata.schemas.errors import InputError
from shard_files import written

FOLDER = load_form("folder")


def row(name: str, picture: Path, label: Any = "x") -> bytes:
    held = {"id": name, "picture": {"$file": str(picture), "as": f"images/{name}.jpg"},
            "label": {"as": f"labels/{name}.json", "$json": {"said": label}}}  # fmt: skip
    return json.dumps(held).encode()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG" + bytes(range(256)) * 9)
    return path


def test_the_files_stand_beside_the_list_and_the_rows_come_back(tmp_path, picture):
    rows = [row("1", picture, "杯"), row("2", picture), row("3", picture)]
    with Staging(tmp_path / "out") as staging:
        (shard,) = written(staging, FOLDER.files("train"), rows)
        manifest = staging.publish({})
    out = tmp_path / "out"
    assert list(FOLDER.read_rows(out / shard.path)) == [json.loads(each) for each in rows]
    assert [(out / f"train/images/{name}.jpg").read_bytes() for name in "123"] == [picture.read_bytes()] * 3
    assert json.loads((out / "train/labels/1.json").read_bytes()) == {"said": "杯"}
    assert (out / "train/labels/1.json").read_bytes().isascii()
    assert {each["path"] for each in manifest["files"]} >= {"train/images/3.jpg", "train/labels/3.json"}
    assert len({each["sha256"] for each in manifest["files"] if each["path"].endswith(".jpg")}) == 1


def test_a_picture_of_several_samples_is_stored_once(tmp_path, picture, monkeypatch):
    def stored(name: str) -> int:
        with Staging(tmp_path / name) as staging:
            written(staging, FOLDER.files("train"), [row(each, picture) for each in "123"])
            staging.publish({})
        return len({each.stat().st_ino for each in (tmp_path / name / "train/images").iterdir()})

    assert stored("linked") == 1

    def refuse(*_: object) -> None:
        raise OSError(95, "not supported")

    monkeypatch.setattr("os.link", refuse)
    assert stored("copied") == 3


def test_a_picture_of_out_is_taken_from_where_it_is_staged(tmp_path):
    with Staging(tmp_path / "out") as staging:
        with staging.open("images/upright.jpg") as writer:
            writer.write(b"upright")
        written(staging, FOLDER.files("train"), [row("1", tmp_path / "out" / "images" / "upright.jpg")])
        staging.publish({})
    assert (tmp_path / "out/train/images/1.jpg").read_bytes() == b"upright"


def test_two_samples_of_one_name_are_told_not_merged(tmp_path, picture):
    with Staging(tmp_path / "out") as staging, pytest.raises(InputError, match=r"images/1\.jpg.*lost"):
        written(staging, FOLDER.files("train"), [row("1", picture), row("1", picture)])
    assert not (tmp_path / "out").exists()


def test_a_picture_that_is_not_there_is_named(tmp_path):
    with Staging(tmp_path / "out") as staging, pytest.raises(InputError, match=r"none\.jpg"):
        written(staging, FOLDER.files("train"), [row("1", tmp_path / "none.jpg")])


def test_a_cut_list_shares_its_folders(tmp_path, picture):
    with Staging(tmp_path / "out") as staging:
        shards = written(staging, FOLDER.files("train", Cut(samples=1)), [row("1", picture), row("2", picture)])
        staging.publish({})
    assert [each.samples for each in shards] == [1, 1]
    assert len(list((tmp_path / "out/train/images").iterdir())) == 2
