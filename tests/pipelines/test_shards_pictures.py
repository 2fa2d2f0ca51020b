"""The forms that carry pictures for services and for ImageFolder: `data:` addresses, and copies beside metadata."""

import json
from base64 import b64decode
from pathlib import Path

import pytest
from mmdata.pipelines.commit.commit import Staging
from mmdata.pipelines.shards import imagefolder, json_data_uri, load_form
from mmdata.pipelines.shards.protocol import Cut
from mmdata.schemas.errors import InputError
from shard_files import written

OURS = {"mmdata": "0.1.0", "format": 1}
HEADS = {
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/webp": b"RIFF\0\0\0\0WEBP",
}


def test_the_forms_are_registered():
    assert load_form("jsonl-data-uri") is json_data_uri
    assert load_form("imagefolder") is imagefolder


@pytest.mark.parametrize(("kind", "head"), HEADS.items())
def test_a_file_is_an_address_that_says_what_its_bytes_are(kind, head, tmp_path):
    picture = tmp_path / "a.gif"
    picture.write_bytes(head + bytes(100))
    with Staging(tmp_path / "out") as staging:
        row = json.dumps({"url": {"$file": str(picture)}, "n": [1, "x"]}).encode()
        (shard,) = written(staging, json_data_uri.files("train"), [row])
        staging.publish(OURS)
    (row,) = json_data_uri.read_rows(tmp_path / "out" / shard.path)
    said, _, data = row.pop("url").partition(";base64,")
    assert (said, b64decode(data), row) == (f"data:{kind}", picture.read_bytes(), {"n": [1, "x"]})


def test_what_is_no_picture_for_a_service_is_named(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"GIF89a")
    with Staging(tmp_path / "out") as staging, pytest.raises(InputError) as caught:
        written(staging, json_data_uri.files("train"), [json.dumps({"$file": str(tmp_path / "a.jpg")}).encode()])
    assert caught.value.place == str(tmp_path / "a.jpg")
    assert not (tmp_path / "out").exists()


def test_files_are_cut_by_what_pictures_will_take(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff" + bytes(3000))
    row = json.dumps({"url": {"$file": str(tmp_path / "a.jpg")}}).encode()
    with Staging(tmp_path / "out") as staging:
        shards = written(staging, json_data_uri.files("train", Cut(bytes=9000)), [row] * 5)
        staging.publish(OURS)
    assert [shard.samples for shard in shards] == [2, 2, 1]
    assert all(shard.bytes <= 9000 for shard in shards)


def test_pictures_are_copied_beside_the_metadata_once(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "p.JPG").write_bytes(folder.encode())
    one, two = tmp_path / "a" / "p.JPG", tmp_path / "b" / "p.JPG"
    rows = [{"images": [{"$file": str(each)} for each in shown], "id": "s"} for shown in ([one], [one, two], [])]
    with Staging(tmp_path / "out") as staging:
        (shard,) = written(staging, imagefolder.files("train"), [json.dumps(row).encode() for row in rows])
        manifest = staging.publish(OURS)
    assert (shard.path, shard.samples) == ("train/metadata.jsonl", 3)
    out = tmp_path / "out"
    found = [
        [(out / "train" / name).read_bytes() for name in row["file_names"]]
        for row in imagefolder.read_rows(out / shard.path)
    ]
    assert found == [[b"a"], [b"a", b"b"], []]
    assert len(list(Path(out / "train").iterdir())) == 3
    assert {each["path"] for each in manifest["files"]} >= {f"train/{path.name}" for path in (out / "train").iterdir()}
