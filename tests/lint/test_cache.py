"""The cache of facts: asked before a picture is opened, never believed when torn or stale, harmless when two write."""

import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.pictures.fault import PictureFault
from mmdata.pipelines.lint.cache import Cache, default_folder, stamps
from mmdata.pipelines.lint.pictures import LintPictures

from .conftest import draw

LONG_AGO = time.time() - 3600


def old(path: Path) -> str:
    """The file as if it had been written an hour ago: what is new is not remembered."""
    os.utime(path, (LONG_AGO, LONG_AGO))
    return str(path)


def test_a_fact_is_known_until_its_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("1")
    name = old(file)
    now = stamps([name])
    Cache(tmp_path / "c").keep("k", {name: b"fact"}, now)
    assert Cache(tmp_path / "c").recall("k", now) == {name: b"fact"}
    assert Cache(tmp_path / "c").recall("another", now) == {}
    file.write_text("2")
    assert Cache(tmp_path / "c").recall("k", stamps([name])) == {}


def test_a_file_of_this_moment_is_not_remembered(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("1")
    now = stamps([str(file)])
    Cache(tmp_path / "c").keep("k", {str(file): b"fact"}, now)
    assert Cache(tmp_path / "c").recall("k", now) == {}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 16384), noise=st.binary(min_size=1, max_size=300), cut=st.booleans())
def test_a_torn_cache_tells_no_lie(tmp_path: Path, at: int, noise: bytes, cut: bool) -> None:
    file = tmp_path / "a"
    file.write_text("1")
    names = [f"{old(file)}{'/.' * number}" for number in range(50)]
    now = dict.fromkeys(names, stamps([str(file)])[str(file)])
    cache = Cache(tmp_path / "c")
    cache.keep("k", {name: f"fact {name}".encode() for name in names}, now)
    del cache
    for held in (tmp_path / "c").iterdir():
        content = held.read_bytes()
        held.write_bytes(content[:at] if cut else content[:at] + noise + content[at + len(noise) :])
    found = Cache(tmp_path / "c").recall("k", now)
    assert all(fact == f"fact {name}".encode() for name, fact in found.items())
    Cache(tmp_path / "c").keep("k", {}, now)


def test_two_runs_write_at_once(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("1")
    stamp = stamps([old(file)])[str(file)]

    def run(number: int) -> None:
        cache = Cache(tmp_path / "c")
        for turn in range(20):
            cache.keep("k", {f"{number}-{turn}": b"x"}, {f"{number}-{turn}": stamp})

    with ThreadPoolExecutor(4) as runs:
        list(runs.map(run, range(4)))
    everything = {f"{number}-{turn}": stamp for number in range(4) for turn in range(20)}
    assert len(Cache(tmp_path / "c").recall("k", everything)) == 80


@pytest.mark.parametrize("folder", ["/dev/null/no", "/proc/no"])
def test_where_none_can_be_there_is_none(folder: str) -> None:
    cache = Cache(Path(folder))
    cache.keep("k", {"a": b"x"}, {"a": "1 1"})
    assert cache.recall("k", {"a": "1 1"}) == {}


def test_the_folder_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "mmdata"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # the specification bids pass it over
    assert default_folder() == Path.home() / ".cache" / "mmdata"


@pytest.mark.parametrize("deep", [False, True])
def test_a_picture_is_opened_once_for_two_runs(tmp_path: Path, deep: bool) -> None:
    for name, said in (("a.jpg", "64x48 NOISE"), ("b.jpg", "64x48 NOISE CUT")):
        draw(tmp_path / name, said)
        old(tmp_path / name)
    first = LintPictures(tmp_path, deep=deep, cache=Cache(tmp_path / "c"))
    facts = first.facts(first.find("a.jpg"))
    with pytest.raises(PictureFault) as cut:
        first.facts(first.find("b.jpg"))
    held = sqlite3.connect(next((tmp_path / "c").glob("*.sqlite")))
    assert held.execute("SELECT count(*) FROM facts").fetchone() == (2,)
    held.close()
    for name in ("a.jpg", "b.jpg"):  # the same size and time, and no picture: only the cache can know it
        (tmp_path / name).write_bytes(bytes((tmp_path / name).stat().st_size))
        old(tmp_path / name)
    second = LintPictures(tmp_path, deep=deep, cache=Cache(tmp_path / "c"))
    assert second.facts(second.find("a.jpg")) == facts
    assert second.light(tmp_path / "a.jpg") == first.light(tmp_path / "a.jpg")
    assert (first.light(tmp_path / "a.jpg") is not None) == deep
    with pytest.raises(PictureFault) as again:
        second.facts(second.find("b.jpg"))
    assert (again.value.code, again.value.message) == (cut.value.code, cut.value.message)
