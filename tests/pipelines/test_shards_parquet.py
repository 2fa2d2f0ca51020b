"""Parquet with pictures inside: what `datasets` is told, row groups, the same bytes each time, and what is torn."""

import gc
import json
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.pipelines.commit.commit import Staging
from mmdata.pipelines.shards import load_form, parquet
from mmdata.pipelines.shards.parquet import PICTURE, features, files, read_rows
from mmdata.pipelines.shards.protocol import WHOLE, Cut
from mmdata.schemas.errors import InputError, InternalError, OutputError
from shard_files import written

OURS = {"mmdata": "0.1.0", "format": 1}
LABEL = pa.field("element", pa.int64(), metadata={"names": '["mug", "plate"]'})
COLUMNS = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("images", pa.list_(PICTURE)),
        pa.field(
            "objects", pa.struct([("bbox", pa.list_(pa.list_(pa.float64()))), pa.field("category", pa.list_(LABEL))])
        ),
    ]
)


def row(number: int, *pictures: Path) -> bytes:
    images = [{"$file": str(each)} for each in pictures]
    objects = {"bbox": [[1, 2, 3.5, 4]], "category": [number % 2]}
    return json.dumps({"id": str(number), "images": images, "objects": objects}).encode()


def write(out: Path, rows: list[bytes], cut: Cut = WHOLE) -> list[Path]:
    with Staging(out) as staging:
        shards = written(staging, files("train", cut, COLUMNS), rows)
        staging.publish(OURS)
    assert sum(shard.samples for shard in shards) == len(rows)
    assert [(out / shard.path).stat().st_size for shard in shards] == [shard.bytes for shard in shards]
    return [out / shard.path for shard in shards]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a b.jpg"
    path.write_bytes(bytes(range(256)) * 8)
    return path


def test_the_form_is_registered():
    assert load_form("parquet") is parquet


def test_rows_come_back_with_the_bytes_of_their_files(picture, tmp_path):
    (path,) = write(tmp_path / "out", [row(0, picture, picture), row(1)])
    assert path == tmp_path / "out" / "train" / "train-00000.parquet"
    inside = {"bytes": picture.read_bytes(), "path": "a b.jpg"}
    objects = [{"bbox": [[1.0, 2.0, 3.5, 4.0]], "category": [number]} for number in (0, 1)]
    assert list(read_rows(path)) == [
        {"id": "0", "images": [inside, inside], "objects": objects[0]},
        {"id": "1", "images": [], "objects": objects[1]},
    ]


def test_datasets_is_told_what_the_columns_are(picture, tmp_path):
    (path,) = write(tmp_path / "out", [row(0, picture)])
    told = json.loads(pq.read_schema(path).metadata[b"huggingface"])
    assert told["info"]["features"] == features(COLUMNS) == {
        "id": {"dtype": "string", "_type": "Value"},
        "images": [{"_type": "Image"}],
        "objects": {
            "bbox": [[{"dtype": "float64", "_type": "Value"}]],
            "category": [{"names": ["mug", "plate"], "_type": "ClassLabel"}],
        },
    }  # fmt: skip


def test_a_row_group_has_a_hundred_rows_at_most(picture, tmp_path):
    (path,) = write(tmp_path / "out", [row(number, picture) for number in range(250)])
    meta = pq.ParquetFile(path).metadata
    assert [meta.row_group(at).num_rows for at in range(meta.num_row_groups)] == [100, 100, 50]
    assert [each["id"] for each in read_rows(path)] == [str(number) for number in range(250)]


def test_a_row_group_ends_before_its_bytes_are_too_many(picture, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "GROUP_BYTES", 5000)
    (path,) = write(tmp_path / "out", [row(0, picture), row(1, picture), row(2, *[picture] * 4), row(3, picture)])
    meta = pq.ParquetFile(path).metadata
    assert [meta.row_group(at).num_rows for at in range(meta.num_row_groups)] == [2, 1, 1]


@pytest.mark.parametrize(("cut", "held"), [(Cut(samples=2), [2, 2, 1]), (Cut(bytes=9000), [2, 2, 1])])
def test_files_are_cut(picture, tmp_path, cut, held):
    paths = write(tmp_path / "out", [row(number, picture) for number in range(5)], cut)
    assert [path.name for path in paths] == [f"train-0000{number}.parquet" for number in range(3)]
    assert [len(list(read_rows(path))) for path in paths] == held


def test_the_same_rows_give_the_same_bytes(picture, tmp_path):
    rows = [row(number, picture) for number in range(120)]
    assert write(tmp_path / "a", rows)[0].read_bytes() == write(tmp_path / "b", rows)[0].read_bytes()


def test_a_split_without_rows_has_a_file_with_columns(tmp_path):
    with Staging(tmp_path / "out") as staging:
        (shard,) = written(staging, files("val", columns=COLUMNS), [])
        staging.publish(OURS)
    assert list(read_rows(tmp_path / "out" / shard.path)) == []
    assert pq.read_schema(tmp_path / "out" / shard.path).names == COLUMNS.names


def test_pictures_are_not_compressed_again(picture, tmp_path):
    (path,) = write(tmp_path / "out", [row(0, picture)])
    group = pq.ParquetFile(path).metadata.row_group(0)
    ways = {group.column(at).path_in_schema: group.column(at).compression for at in range(group.num_columns)}
    assert ways.pop("images.list.element.bytes") == "UNCOMPRESSED"
    assert set(ways.values()) == {"ZSTD"}


def test_a_picture_of_out_is_read_while_it_is_staged(tmp_path):
    with Staging(tmp_path / "out") as staging:
        with staging.open("images/turned.jpg") as writer:
            writer.write(b"upright")
        shown = row(0, tmp_path / "out" / "images" / "turned.jpg")
        (shard,) = written(staging, files("train", columns=COLUMNS), [shown])
        staging.publish(OURS)
    (found,) = read_rows(tmp_path / "out" / shard.path)
    assert found["images"] == [{"bytes": b"upright", "path": "turned.jpg"}]


def test_a_picture_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError) as caught:
        write(tmp_path / "out", [row(0, tmp_path / "gone.jpg")])
    assert caught.value.place == str(tmp_path / "gone.jpg")
    assert not (tmp_path / "out").exists()


def test_rows_without_declared_columns_are_our_fault():
    with pytest.raises(InternalError):
        files("train")


def test_a_run_that_fails_leaves_no_words_behind(picture, tmp_path, capsys):
    picture.write_bytes(bytes(3 << 20))

    def rows() -> Iterator[bytes]:
        yield from (row(number, picture) for number in range(120))
        raise OutputError("somewhere", "something else failed", "Try again.")

    def fail() -> None:
        with Staging(tmp_path / "out") as staging:
            files("train", columns=COLUMNS).write(staging, 0, 0, rows())

    with pytest.raises(OutputError):
        fail()
    gc.collect()
    assert capsys.readouterr() == ("", "")
    assert not (tmp_path / "out").exists()


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_file_that_was_cut_or_damaged_is_said_to_be(data: Any, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("torn")
    (path,) = write(folder / "out", [row(number) for number in range(3)])
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole) - 1))
    path.write_bytes(whole[:cut])
    with pytest.raises(InputError) as caught:
        list(read_rows(path))
    assert caught.value.place == str(path)


def test_memory_does_not_grow_with_the_rows(picture, tmp_path):
    picture.write_bytes(bytes(1 << 20))
    write(tmp_path / "few", [row(number, picture) for number in range(120)])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    write(tmp_path / "many", [row(number, picture) for number in range(600)])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10  # KiB; a group or two, of 600 MiB
