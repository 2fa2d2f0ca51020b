"""Exact duplicates: by bytes, whatever the name; what cannot be read is alone."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.pipelines.dedup import exact
from mmdata.pipelines.dedup.exact import duplicates


def _write(folder: Path, contents: list[bytes]) -> list[Path]:
    paths = [folder / f"{place}.jpg" for place in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


def test_first_of_each_group_stands_for_it(tmp_path):
    paths = _write(tmp_path, [b"a", b"b", b"a", b"aa", b"b", b"a"])
    assert duplicates(paths).tolist() == [0, 1, 0, 3, 1, 0]


def test_equal_size_and_equal_end_is_not_enough(tmp_path):
    tail = bytes(exact.TAIL)
    paths = _write(tmp_path, [b"x" + tail, b"y" + tail, b"x" + tail, tail, tail])
    assert duplicates(paths).tolist() == [0, 1, 0, 3, 3]


def test_files_longer_than_a_block(tmp_path):
    one, other = bytearray(3 * exact.BLOCK + 1), bytearray(3 * exact.BLOCK + 1)
    other[exact.BLOCK] = 1
    assert duplicates(_write(tmp_path, [bytes(one), bytes(other), bytes(one)])).tolist() == [0, 1, 0]


def test_missing_unnamed_folders_and_pipes_are_alone(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").write_bytes(b"")
    strange = [None, tmp_path / "gone", tmp_path / "gone", tmp_path, tmp_path / "pipe", tmp_path / "pipe"]
    assert duplicates([*strange, tmp_path / "a", tmp_path / "a"]).tolist() == [0, 1, 2, 3, 4, 5, 6, 6]


def test_only_what_sizes_cannot_tell_apart_is_read(tmp_path, monkeypatch):
    read = []
    honest = exact._tail
    monkeypatch.setattr(exact, "_tail", lambda path: read.append(path.name) or honest(path))
    duplicates(_write(tmp_path, [b"1", b"22", b"333", b"aa"]))
    assert sorted(read) == ["1.jpg", "3.jpg"]


def test_nothing_at_all():
    assert duplicates([]).tolist() == []


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=3), max_size=12))
def test_agrees_with_comparing_every_pair(tmp_path_factory, contents):
    paths = _write(tmp_path_factory.mktemp("dedup"), contents)
    assert duplicates(paths).tolist() == [contents.index(content) for content in contents]


def test_real_duplicates(shared):
    """Every byte-identical pair in the real set is found and no other, by comparing all bytes."""
    paths = sorted(path for path in (shared / "data" / "dup").rglob("*") if path.is_file())
    if not paths:
        pytest.skip("no duplicate set")
    contents = [path.read_bytes() for path in paths]
    first: dict[bytes, int] = {}
    assert duplicates(paths).tolist() == [first.setdefault(content, place) for place, content in enumerate(contents)]
