"""Every file of a split written by itself, by any process, in any order: the bytes are those of one writer."""

import json
import pickle
import sqlite3
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.pipelines.commit.commit import Receipt, Staging
from mmdata.pipelines.commit.staging import StagingFolder
from mmdata.pipelines.progress import SILENT
from mmdata.pipelines.shards import FORMS, load_form
from mmdata.pipelines.shards.cut import ranges
from mmdata.pipelines.shards.parquet import PICTURE
from mmdata.pipelines.shards.protocol import WHOLE, Cut, Files, Shard
from mmdata.pipelines.stages.write import ShardPart, write
from mmdata.schemas.errors import InputError
from shard_files import in_order, written

CUTS = {"whole": WHOLE, "samples": Cut(samples=3), "bytes": Cut(bytes=18000), "both": Cut(9000, 4)}
SPLITS = {"train": 13, "val": 0, "t.est": 2}
HEADS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF0000WEBP")
COLUMNS = pa.schema([("id", pa.string()), ("said", pa.string()), ("images", pa.list_(PICTURE))])

BYTES = {
    "json": ["6b49545747e988e1", "e793a429958d1289", "92a25f5a01ce8a18", "6b89e7b73c84e6aa"],
    "jsonl": ["8f49ad468988eaef", "23abb8ca4a1abec1", "41a7756cf80d785f", "6f485267233f12f0"],
    "jsonl-led": ["1e64f2d006c6afc8", "4729f323e8500c73", "ff2590fd70cbeec3", "d2cd8ace5df4c55f"],
    "folder": ["976e4b91f5afd56e", "7025bcaff2f31861", "cc68d68f00803098", "f39735fa78c84523"],
    "jsonl-data-uri": ["9fde6e8d98c4c8d6", "686bfe46d4f30518", "30035a5361ce844d", "6aea0c7ab90de33b"],
    "imagefolder": ["68cb46957da6a7c6", "68cb46957da6a7c6", "68cb46957da6a7c6", "68cb46957da6a7c6"],
    "webdataset": ["33320d9dc5f8fc56", "1dd069e432708e92", "bd85b0acc76f4ee2", "19df9bcc598fdc4e"],
    "energon": ["c012d3f08776f4a9", "01192d9a6f97614b", "0a03534112c2cd6f", "f486a2105401487f"],
    "mds": ["cf8c267f95df10d1", "440b787d202b37b0", "8f5ee10785ebe961", "50b4ecc486ebc75b"],
}
"""What each form wrote, cut by cut, when shards were cut as they were written (November 2026)."""


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Four pictures by relative paths, since rows hold paths."""
    monkeypatch.chdir(tmp_path)
    Path("p").mkdir()
    for number, size in enumerate((0, 1, 512, 5000)):
        content = HEADS[number % 3] + bytes((number * 7 + at) % 256 for at in range(size))
        Path(f"p/{number}.jpg").write_bytes(content)
    return [f"p/{number}.jpg" for number in range(4)]


def row(form: str, number: int, paths: list[str]) -> bytes:
    """A row of the form, which shows these pictures."""
    name, said = f"s{number}", "é" * number + "x" * (4_100_000 if form == "jsonl-led" and number == 3 else 0)
    files = [{"$file": path} for path in paths]
    value: dict[str, Any] = {"id": name, "said": said}
    if form == "mds":
        value = {"id": name, "conversation": {"said": said}, "images": files}
    elif form in ("webdataset", "energon"):
        value["in"] = {"$base64": paths[0]}
        value = {"__key__": f"{name}.a/b", "json": value, **{f"{at}.jpg": file for at, file in enumerate(files)}}
    elif form in ("parquet", "imagefolder"):
        value["images"] = files
    elif form == "folder":
        value = {"id": name, "label": {"$json": {"said": said}, "as": f"labels/{name}.json"}}
        value |= {f"i{at}": {"$file": path, "as": f"images/{name}-{at}.jpg"} for at, path in enumerate(paths)}
    elif form == "jsonl-data-uri":
        value["m"] = [{"url": file} for file in files]
    else:
        names = [{"0": "a.jpg", "1": "b.jpg", "2": "c", "3": "d"}[Path(path).stem] for path in paths]
        value |= {"images": names if number > 4 else [], "videos": ["v"] if number in (7, 9) else []}
    return json.dumps(value, separators=(",", ":")).encode()


def rows_of(form: str, pictures: list[str], count: int = 13) -> list[bytes]:
    def shown(number: int) -> list[str]:
        few = 0 if number == 5 and form not in ("webdataset", "energon") else 1 + number % 2
        return [pictures[number % 4], pictures[(number * 3 + 1) % 4]][:few]

    return [row(form, number, shown(number)) for number in range(count)]


def columns_of(form: str) -> pa.Schema | None:
    return COLUMNS if form == "parquet" else None


def one_by_one(out: Path, form: str, splits: dict[str, list[bytes]], cut: Cut) -> dict[str, bytes]:
    """OUT as one process writes it, row after row."""
    module: Any = load_form(form)
    with Staging(out) as staging:
        made = {}
        for name, rows in splits.items():
            made[name] = written(staging, module.files(name, cut, columns_of(form)), rows)
        return published(staging, form, made)


def published(staging: Staging, form: str, made: dict[str, list[Shard]]) -> dict[str, bytes]:
    """The files of OUT but for the manifest, which must name them all."""
    said = {
        name: {"samples": sum(each.samples for each in shards), "shards": [each._asdict() for each in shards]}
        for name, shards in made.items()
    }
    manifest: dict[str, Any] = {"mmdata": "0", "format": 1, "splits": said}
    if finish := getattr(load_form(form), "finish", None):
        finish(staging, manifest)
    whole = staging.publish(manifest)
    out = staging.out
    files = {each.relative_to(out).as_posix(): each.read_bytes() for each in out.rglob("*") if each.is_file()}
    del files["manifest.json"]
    assert {each["path"]: each["sha256"] for each in whole["files"]} == {
        path: sha256(content).hexdigest() for path, content in files.items()
    }
    return files


def parts_of(place: StagingFolder, files: Files, rows: list[bytes], aside: Path) -> list[ShardPart]:
    """The shards of these rows, which are put aside, as they are sent to workers."""
    cuts = files.plan(np.array([files.size(each, place) for each in rows], np.int64))
    rows = in_order(files, rows, cuts)
    aside.write_bytes(b"".join(rows))
    size = np.array([files.size(each, place) for each in rows], np.int64)
    length = np.array([len(each) for each in rows], np.int64)
    at, piece = np.cumsum(length) - length, np.zeros(len(rows), np.int32)
    return [
        ShardPart(place, files, number, start, (aside,), piece[mine], at[mine], length[mine], size[mine])
        for number, (start, end) in enumerate(cuts)
        for mine in [slice(start, end)]
    ]


def digest(files: dict[str, bytes]) -> str:
    """Of names and contents; of an index in SQLite what is in it, since its pages are SQLite's own."""
    found = sha256()
    for path, content in sorted(files.items()):
        held = dumped(content) if path.endswith(".sqlite") else content
        found.update(f"{path} {len(held)} ".encode() + sha256(held).digest())
    return found.hexdigest()[:16]


def dumped(content: bytes) -> bytes:
    with closing(sqlite3.connect(":memory:")) as index:
        index.deserialize(content)
        return "\n".join(index.iterdump()).encode()


@pytest.mark.parametrize("form", BYTES)
def test_the_bytes_are_what_they_were(form, tmp_path, pictures):
    splits = {name: rows_of(form, pictures, count) for name, count in SPLITS.items()}
    found = [digest(one_by_one(tmp_path / name, form, splits, cut)) for name, cut in CUTS.items()]
    assert found == BYTES[form]


@pytest.fixture(scope="module")
def pool() -> Iterable[ProcessPoolExecutor]:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("form", FORMS)
def test_files_written_alone_are_those_of_one_writer(form, cut, tmp_path, pictures, pool):
    splits = {name: rows_of(form, pictures, count) for name, count in SPLITS.items()}
    meant = one_by_one(tmp_path / "one", form, splits, CUTS[cut])
    with Staging(tmp_path / "many") as staging:
        made = {}
        for name, rows in splits.items():
            files = load_form(form).files(name, CUTS[cut], columns_of(form))
            parts = parts_of(staging.alone(), files, rows, tmp_path / name)
            done = [pool.submit(write, each, SILENT) for each in (*reversed(parts), *parts)]  # twice, as after a death
            results = [each.result() for each in done][len(parts) :]
            for result in results:
                assert Receipt(result.shard.path, result.shard.bytes, result.shard.sha256) in result.files
                staging.take(result.files)
            made[name] = [result.shard for result in results]
        assert published(staging, form, made) == meant


def reference(sizes: list[int], cut: Cut, overhead: int, empty: bool) -> list[tuple[int, int]]:
    """The rule in words of one row: a file is ended when it has a row and the next is one, or too many bytes, more."""
    found, begin, held = [], 0, overhead
    for at, size in enumerate(sizes):
        full = cut.samples is not None and at - begin >= cut.samples
        if at > begin and (full or (cut.bytes is not None and held + size > cut.bytes)):
            found.append((begin, at))
            begin, held = at, overhead
        held += size
    return [*found, (begin, len(sizes))] if sizes or empty else []


@given(
    st.lists(st.integers(0, 40), max_size=60),
    st.builds(Cut, st.none() | st.integers(1, 200), st.none() | st.integers(1, 9), st.none()),
    st.integers(0, 50),
    st.booleans(),
)
def test_a_plan_is_what_row_by_row_would_be(sizes, cut, overhead, empty):
    assert ranges(np.array(sizes, np.int64), cut, overhead, empty=empty) == reference(sizes, cut, overhead, empty)


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_any_rows_and_any_cut(data, tmp_path_factory):
    form = data.draw(st.sampled_from([each for each in FORMS if each != "jsonl-led"]))
    cut = data.draw(st.builds(Cut, st.none() | st.integers(1, 30_000), st.none() | st.integers(1, 5), st.none()))
    home = tmp_path_factory.mktemp("any")
    paths = [str(home / f"{number}.jpg") for number in range(3)]
    for number, path in enumerate(paths):
        Path(path).write_bytes(HEADS[number] + data.draw(st.binary(max_size=3000)))
    shown = data.draw(st.lists(st.lists(st.sampled_from(paths), min_size=1, max_size=3), max_size=8))
    rows = [row(form, number, each) for number, each in enumerate(shown)]
    meant = one_by_one(home / "one", form, {"train": rows}, cut)
    files = load_form(form).files("train", cut, columns_of(form))
    with Staging(home / "many") as staging:
        stage = staging.alone()
        sizes = [files.size(each, stage) for each in rows]
        plan = files.plan(np.array(sizes, np.int64))
        made = [
            files.write(stage, number, begin, rows[begin:end], sizes[begin:end])
            for number, (begin, end) in reversed([*enumerate(plan)])
        ]
        made.reverse()
        staging.take(stage.receipts)
        assert published(staging, form, {"train": made}) == meant


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_measured_where_nothing_cuts(form, tmp_path):
    files = load_form(form).files("train", WHOLE, columns_of(form))
    measures = form in ("parquet", "webdataset", "energon", "mds")  # of 512 MB unasked
    gone = row(form, 1, ["gone/1.jpg"])
    with Staging(tmp_path / "out") as staging:
        if measures:
            with pytest.raises(InputError, match=r"gone/1\.jpg"):
                files.size(gone, staging)
        else:
            assert files.size(gone, staging) == 0


@pytest.mark.parametrize("form", ["parquet", "webdataset", "mds", "jsonl-data-uri"])
def test_a_picture_that_grew_since_the_plan_is_told(form, tmp_path, pictures):
    files = load_form(form).files("train", Cut(bytes=100_000), columns_of(form))
    held = row(form, 1, pictures[3:])
    with Staging(tmp_path / "out") as staging:
        size = files.size(held, staging)
        Path(pictures[3]).write_bytes(HEADS[0] + bytes(9000))
        with pytest.raises(InputError, match="has another size than when the shard was planned") as told:
            files.write(staging.alone(), 0, 0, [held], [size])
    assert pictures[3] in told.value.place


def test_two_lists_that_need_one_name_are_told(tmp_path, pictures):
    form: Any = load_form("folder")
    with Staging(tmp_path / "out") as staging:
        written(staging, form.files("train", Cut(samples=1)), [row("folder", 1, pictures[:1])] * 2)
        with pytest.raises(InputError, match=r"train/images/s1-0\.jpg.*lost|train/labels/s1\.json.*lost"):
            form.finish(staging, {})


def test_a_stage_is_sent_without_receipts_and_a_staging_as_its_stage(tmp_path):
    with Staging(tmp_path / "out") as staging:
        with staging.open("a") as writer:
            writer.write(b"a")
        sent = pickle.loads(pickle.dumps(staging))  # noqa: S301 - our own, a line above
        assert type(sent) is StagingFolder
        assert (sent.out, sent.folder, sent.receipts) == (staging.out, staging.folder, [])
        assert sent.staged_source(str(tmp_path / "out" / "a")) == staging.folder / "a"


def test_what_a_dead_worker_began_is_not_in_out(tmp_path):
    with Staging(tmp_path / "out") as staging:
        staging.alone().open("train/train.jsonl").write(b"half")
        staging.publish({"mmdata": "0", "format": 1})
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == ["manifest.json", "train"]
    assert not list((tmp_path / "out" / "train").iterdir())
