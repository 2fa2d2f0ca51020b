"""Forms of file that hold pictures: what goes in comes out, cut where asked, the same bytes every time."""

import io
import json
import os
import sqlite3
import tarfile
import time
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.pipelines.commit.commit import Staging
from mmdata.pipelines.shards import load_form
from mmdata.pipelines.shards.inside import measured
from mmdata.pipelines.shards.protocol import WHOLE, Cut
from mmdata.schemas.errors import InputError, OutputError
from shard_files import written as all_written

TARS = ["webdataset", "energon"]
HOLDING = [*TARS, "mds"]
TEXTS = ["json", "jsonl"]

Sample = dict[str, Any]


def row(form: str, name: str, said: Any, files: list[str]) -> bytes:
    """A row of the form: an id, something said, and the files."""
    if form == "mds":
        sample = {"id": name, "conversation": {"said": said}, "images": [{"$file": path} for path in files]}
    elif form in TARS:
        members = {f"{number}.jpg": {"$file": path} for number, path in enumerate(files)}
        sample = {"__key__": name, "json": {"id": name, "said": said}, **members}
    else:
        sample = {"id": name, "said": said, "files": files}
    return json.dumps(sample).encode()


def as_put(form: str, read: Sample) -> tuple[str, Any, list[bytes]]:
    """The id, what was said and the bytes of a sample that was read back."""
    if form == "mds":
        return read["id"], read["conversation"]["said"], read["images"]
    pictures = [read[name] for name in sorted(read, key=lambda name: (len(name), name)) if name.endswith(".jpg")]
    return read["json"]["id"], read["json"]["said"], pictures


def written(out: Path, form: str, splits: dict[str, list[bytes]], cut: Cut = WHOLE) -> dict[str, Any]:
    """OUT with these rows; its manifest."""
    module = load_form(form)
    with Staging(out) as staging:
        shards = {name: all_written(staging, module.files(name, cut), rows) for name, rows in splits.items()}
        said = {
            name: {"samples": sum(shard.samples for shard in made), "shards": [shard._asdict() for shard in made]}
            for name, made in shards.items()
        }
        manifest = {"mmdata": "0", "format": 1, "splits": said}
        if finish := getattr(module, "finish", None):
            finish(staging, manifest)
        return staging.publish(manifest)


def read(out: Path, form: str, manifest: dict[str, Any], split: str = "train") -> list[Sample]:
    shards = manifest["splits"][split]["shards"]
    return [sample for shard in shards for sample in load_form(form).read_rows(out / shard["path"])]


def bytes_of(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    """Four files of different sizes, one of them empty, one a whole number of blocks."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    sizes = (0, 1, 512, 5000)
    for number, size in enumerate(sizes):
        (folder / f"{number}.jpg").write_bytes(bytes((number * 7 + at) % 256 for at in range(size)))
    return [str(folder / f"{number}.jpg") for number in range(len(sizes))]


def rows_of(form: str, pictures: list[str], count: int = 10) -> list[bytes]:
    return [row(form, f"s{number}", "é" * number, [pictures[number % 4]]) for number in range(count)]


@pytest.mark.parametrize("form", HOLDING)
def test_what_goes_in_comes_out(form, tmp_path_factory):
    said = st.text(st.characters(exclude_categories=["Cs"])) | st.integers(-(2**53), 2**53) | st.none()
    samples = st.lists(st.tuples(said, st.lists(st.binary(max_size=1500), max_size=3)), max_size=6)

    @settings(deadline=None, max_examples=40)
    @given(samples=samples, most=st.none() | st.integers(1, 4))
    def check(samples, most):
        home = tmp_path_factory.mktemp("round")
        meant = []
        for number, (words, contents) in enumerate(samples):
            files = [home / f"{number}-{at}.jpg" for at in range(len(contents))]
            for file, content in zip(files, contents, strict=True):
                file.write_bytes(content)
            meant.append((f"s{number}", words, contents, [str(file) for file in files]))
        rows = [row(form, name, words, files) for name, words, _, files in meant]
        manifest = written(home / "out", form, {"train": rows}, Cut(samples=most))
        found = [as_put(form, sample) for sample in read(home / "out", form, manifest)]
        assert found == [(name, words, contents) for name, words, contents, _ in meant]
        assert all(shard["samples"] <= (most or 99) for shard in manifest["splits"]["train"]["shards"])

    check()


@pytest.mark.parametrize("most", [6000, 12000, 50000])
@pytest.mark.parametrize("form", [*TEXTS, *HOLDING])
def test_no_file_is_larger_than_asked(form, most, tmp_path, pictures):
    most = most // 100 if form in TEXTS else most + (10240 if form in TARS else 0)
    rows = rows_of(form, pictures)
    manifest = written(tmp_path / "out", form, {"train": rows}, Cut(bytes=most))
    shards = manifest["splits"]["train"]["shards"]
    assert len(shards) > 1 or most > 40000
    for shard in shards:
        assert shard["bytes"] == (tmp_path / "out" / shard["path"]).stat().st_size
        assert shard["bytes"] <= most or shard["samples"] == 1
    assert sum(shard["samples"] for shard in shards) == len(rows)
    back = read(tmp_path / "out", form, manifest)
    assert [sample.get("id") or sample["json"]["id"] for sample in back] == [f"s{number}" for number in range(10)]


@pytest.mark.parametrize("form", [*TEXTS, *HOLDING])
def test_files_are_full_before_the_next_begins(form, tmp_path, pictures):
    manifest = written(tmp_path / "out", form, {"train": rows_of(form, pictures)}, Cut(samples=4))
    assert [shard["samples"] for shard in manifest["splits"]["train"]["shards"]] == [4, 4, 2]


@pytest.mark.parametrize("form", [*TEXTS, *HOLDING])
def test_a_split_without_samples_is_no_file_that_a_reader_stops_at(form, tmp_path, pictures):
    manifest = written(tmp_path / "out", form, {"train": rows_of(form, pictures, 2), "val": []})
    assert len(manifest["splits"]["val"]["shards"]) == (1 if form in TEXTS else 0)
    if form in TEXTS:
        assert read(tmp_path / "out", form, manifest, "val") == []


@pytest.mark.parametrize("form", HOLDING)
def test_the_same_samples_are_the_same_bytes(form, tmp_path, pictures, monkeypatch):
    splits = {"train": rows_of(form, pictures), "val": rows_of(form, pictures, 3)}
    written(tmp_path / "first", form, splits, Cut(samples=4))
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    for path in pictures:
        os.utime(path, (1, 1))
    written(tmp_path / "elsewhere" / "second", form, splits, Cut(samples=4))
    monkeypatch.undo()
    time.tzset()
    assert bytes_of(tmp_path / "first") == bytes_of(tmp_path / "elsewhere" / "second")


@pytest.mark.parametrize("form", HOLDING)
def test_a_picture_of_out_is_found_while_it_is_staged(form, tmp_path):
    out = tmp_path / "out"
    module = load_form(form)
    with Staging(out) as staging:
        with staging.open("images/a.jpg") as picture:
            picture.write(b"upright")
        shown = row(form, "s", "", [str(out / "images" / "a.jpg")])
        (shard,) = all_written(staging, module.files("train"), [shown])
        staging.publish({"mmdata": "0", "format": 1})
    assert [as_put(form, sample)[2] for sample in module.read_rows(out / shard.path)] == [[b"upright"]]


@pytest.mark.parametrize("form", HOLDING)
def test_a_picture_that_is_not_there_is_named_and_out_stays(form, tmp_path, pictures):
    written(tmp_path / "out", form, {"train": rows_of(form, pictures)})
    before = bytes_of(tmp_path / "out")
    with pytest.raises(InputError, match=r"gone\.jpg: cannot be put into a shard \(No such file") as said:
        written(tmp_path / "out", form, {"train": [row(form, "s", "", ["/nowhere/gone.jpg"])]})
    assert said.value.place == "/nowhere/gone.jpg"
    assert bytes_of(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "pictures"]


def damage_shorter(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def damage_longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def damage_other(path: Path) -> None:
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, (5, 5))


@pytest.mark.parametrize("change", [damage_shorter, damage_longer, damage_other, Path.unlink])
def test_a_picture_that_changed_since_it_was_measured_is_told(change, tmp_path, pictures):
    with Staging(tmp_path / "out") as staging:
        found = measured(staging, pictures[3])
        change(Path(pictures[3]))
        with pytest.raises(InputError, match="while it was copied into a shard") as said:
            found.copy(bytearray().extend)
    assert said.value.place == pictures[3]


@pytest.mark.parametrize("change", [damage_shorter, damage_longer, Path.unlink])
def test_a_picture_that_changed_since_its_row_was_put_aside_is_told(change, tmp_path, pictures):
    files, rows = load_form("mds").files("train"), rows_of("mds", pictures)
    with Staging(tmp_path / "out") as staging:
        sizes = [files.size(each, staging) for each in rows]
        change(Path(pictures[3]))
        with pytest.raises(InputError, match=r"3\.jpg"):
            files.write(staging, 0, 0, rows, sizes)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("form", HOLDING)
def test_no_shard_is_in_memory(form, tmp_path):
    large = tmp_path / "large.jpg"
    with large.open("wb") as file:
        file.truncate(30_000_000)
    rows = [row(form, f"s{number}", "", [str(large)]) for number in range(3)]
    tracemalloc.start()
    manifest = written(tmp_path / "out", form, {"train": rows})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert manifest["splits"]["train"]["shards"][0]["bytes"] > 90_000_000
    assert peak < 12_000_000


def test_a_tar_is_as_the_standard_library_writes_it(tmp_path, pictures):
    manifest = written(tmp_path / "out", "webdataset", {"train": rows_of("webdataset", pictures)})
    made = (tmp_path / "out" / manifest["splits"]["train"]["shards"][0]["path"]).read_bytes()
    again = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(made)) as source,
        tarfile.open(fileobj=again, mode="w", format=tarfile.USTAR_FORMAT) as copy,
    ):
        names = source.getnames()
        for member in source:
            assert (member.mtime, member.uid, member.gid, member.mode) == (0, 0, 0, 0o644)
            copy.addfile(member, source.extractfile(member))
    assert again.getvalue() == made
    assert names == [
        name
        for number in range(10)
        for name in (f"train_{number:09d}~s{number}.0.jpg", f"train_{number:09d}~s{number}.json")
    ]


def test_keys_have_no_dot_and_are_met_once_in_all_of_out(tmp_path, pictures):
    odd = ["000000001_x", "a.b", "a/b", "a b", "a.b", "..", "", "猫.jpg", "x" * 300, "s-", "'\n"]
    rows = [row("webdataset", name, "", [pictures[1]]) for name in odd]
    splits = {"a.b": rows, "a-b": rows, "a_b": rows, "a_b_000000000": rows, "A": rows, "y" * 64: rows}
    manifest = written(tmp_path / "out", "webdataset", splits, Cut(samples=3))
    keys = [sample["__key__"] for name in splits for sample in read(tmp_path / "out", "webdataset", manifest, name)]
    assert len(set(keys)) == len(odd) * len(splits)
    assert not [key for key in keys if "." in key or "/" in key or not key.isascii() or len(key) > 75]
    assert [sample["json"]["id"] for sample in read(tmp_path / "out", "webdataset", manifest, "a-b")] == odd


def test_energons_index_leads_to_every_byte(tmp_path, pictures):
    out = tmp_path / "out"
    splits = {"train": rows_of("energon", pictures), "val": rows_of("energon", pictures, 3)}
    manifest = written(out, "energon", splits, Cut(samples=4))
    paths = [shard["path"] for split in manifest["splits"].values() for shard in split["shards"]]
    meant = [sample for name in splits for sample in read(out, "energon", manifest, name)]
    with closing(sqlite3.connect(out / ".nv-meta" / "index.sqlite")) as index:
        samples = index.execute("SELECT * FROM samples ORDER BY tar_file_id, sample_index").fetchall()
        parts = index.execute("SELECT * FROM sample_parts").fetchall()
    assert [sample[1] for sample in samples] == [sample["__key__"] for sample in meant]
    for tar, key, at, start, size in samples:
        content = (out / paths[tar]).read_bytes()
        places = out / f"{paths[tar]}.idx"
        assert int.from_bytes(places.read_bytes()[8 * at : 8 * at + 8], "little") == start
        assert content[start:].startswith(key.encode())
        whole = next(sample for sample in meant if sample["__key__"] == key)
        held = [part for part in parts if part[:2] == (tar, at)]
        assert len(held) == 2
        for _, _, name, begin, length in held:
            assert start < begin
            assert begin + length <= start + size
            piece = content[begin : begin + length]
            assert (json.loads(piece) if name == "json" else piece) == whole[name]
    counts = json.loads((out / ".nv-meta" / ".info.json").read_bytes())["shard_counts"]
    assert counts == {
        shard["path"]: shard["samples"] for split in manifest["splits"].values() for shard in split["shards"]
    }


def test_mds_is_never_over_its_own_limit(tmp_path):
    large = tmp_path / "large.jpg"
    with large.open("wb") as file:
        file.truncate(1 << 32)
    with pytest.raises(OutputError, match="an MDS shard ends before 4 GiB"):
        written(tmp_path / "out", "mds", {"train": [row("mds", "s", "", [str(large)])]})


@pytest.mark.parametrize("form", [*TEXTS, *HOLDING])
def test_damage_is_samples_and_one_located_error(form, tmp_path, pictures):
    manifest = written(tmp_path / "out", form, {"train": rows_of(form, pictures)})
    path = tmp_path / "out" / manifest["splits"]["train"]["shards"][0]["path"]
    whole = path.read_bytes()

    @settings(deadline=None, max_examples=150)
    @given(
        cut=st.integers(0, len(whole)),
        places=st.dictionaries(st.integers(0, len(whole) - 1), st.integers(0, 255), max_size=4),
    )
    def check(cut, places):
        damaged = bytearray(whole)
        for place, value in places.items():
            damaged[place] = value
        path.write_bytes(damaged[:cut] if cut else damaged)
        try:
            for sample in load_form(form).read_rows(path):
                assert isinstance(sample, dict)
        except InputError as error:
            assert str(path) in error.place

    check()


@pytest.mark.parametrize("form", TARS)
def test_a_torn_tar_is_told(form, tmp_path, pictures):
    manifest = written(tmp_path / "out", form, {"train": rows_of(form, pictures)})
    path = tmp_path / "out" / manifest["splits"]["train"]["shards"][0]["path"]
    whole = path.read_bytes()
    for length in (0, 100, 512, 5000, 10240):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match="byte"):
            list(load_form(form).read_rows(path))
