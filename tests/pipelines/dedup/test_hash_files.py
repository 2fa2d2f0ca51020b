"""What is known by hashes alone is held against hashes: both must be near; and against pictures by a look."""

import os
from pathlib import Path

import numpy as np
import pytest
from mmdata.pipelines.dedup import hash_files as module
from mmdata.pipelines.dedup.hash_files import Known, read_known
from mmdata.pipelines.dedup.hashing import KIND, Looks, looks
from mmdata.pipelines.lint.cache import Cache, stamps
from PIL import Image

ONE, OTHER = 0x0123456789ABCDEF, 0xFEDCBA9876543210


def looked(*pairs: tuple[int, int]) -> Looks:
    difference, frequency = np.array(pairs, np.uint64).reshape(-1, 2).T
    sizes = np.full(len(pairs), 9, np.int64)
    return Looks(np.ones(len(pairs), np.bool_), difference, frequency, sizes, sizes)


def among(monkeypatch: pytest.MonkeyPatch, theirs: list[tuple[int, int]], mine: list[tuple[int, int]], **more: object):
    """What is found of pictures with these hashes among others."""
    seen = looked(*mine)
    monkeypatch.setattr(module, "looks", lambda *_given: seen)
    monkeypatch.setattr(module, "sha256_of", lambda _path: "")
    difference, frequency = np.array(theirs, np.uint64).reshape(-1, 2).T
    names = tuple(f"their {at}" for at in range(len(theirs)))
    known = Known(names, {}, tuple(range(len(theirs))), difference, frequency, **more)  # type: ignore[arg-type]
    return known.among([Path(f"{at}.jpg") for at in range(len(mine))])


@pytest.mark.parametrize(
    ("apart", "found"), [((0, 0), True), ((0xF, 0xF), True), ((0x1F, 0), False), ((0, 0x1F), False), ((0xFF, 0), False)]
)
def test_without_a_picture_both_hashes_must_be_all_but_equal(monkeypatch, apart, found):
    mine = [(OTHER, ONE), (ONE ^ apart[0], OTHER ^ apart[1])]
    assert among(monkeypatch, [(ONE, OTHER)], mine) == ({1: ("their 0", "look")} if found else {})


def test_those_that_are_known_are_not_held_against_each_other(monkeypatch):
    """Nor are ours: only what crosses from one to the other counts."""
    theirs, mine = [(ONE, ONE), (ONE, ONE), (OTHER, OTHER)], [(0, 0), (0, 0), (OTHER, OTHER ^ 1)]
    assert among(monkeypatch, theirs, mine) == {2: ("their 2", "look")}
    assert among(monkeypatch, theirs, mine[2:]) == {0: ("their 2", "look")}


def test_where_there_are_pictures_either_hash_makes_a_candidate(monkeypatch):
    held = []
    monkeypatch.setattr(module, "same_look", lambda *pair, equal: held.append((*map(str, pair), equal)) or "look")
    paths = (Path("their.jpg"),) * 3
    theirs = [(ONE, ONE), (OTHER, 0), (0x0F0F0F0F0F0F0F0F, OTHER)]
    found = among(monkeypatch, theirs, [(ONE, ONE), (OTHER ^ 0xFF, ONE ^ OTHER), (0xFFFF0000, OTHER)], paths=paths)
    assert found == {0: ("their 0", "look"), 1: ("their 1", "look"), 2: ("their 2", "look")}
    assert held == [("their.jpg", "0.jpg", True), ("their.jpg", "1.jpg", False), ("their.jpg", "2.jpg", False)]


def test_of_a_folder_each_picture_is_known_once_by_its_first_name(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_BATCH", 1)
    for name in ("a.png", "c.png"):
        Image.effect_noise((64, 48), 60).save(tmp_path / name)
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes())
    known = read_known(tmp_path)
    assert [Path(name).name for name in known.names] == ["a.png", "c.png"]
    assert [each and each.name for each in known.paths] == ["a.png", "c.png"]
    assert known.looked == (0, 1) and sorted(known.bytes.values()) == [0, 1]


def test_a_fact_of_another_shape_is_learnt_anew(tmp_path):
    path = tmp_path / "a.png"
    Image.effect_noise((64, 48), 60).save(path)
    cache, now = Cache(tmp_path / "cache"), stamps([str(path)])
    long_ago = {name: stamp.partition(" ")[0] + " 1" for name, stamp in now.items()}
    os.utime(path, ns=(1, 1))
    cache.keep(KIND, {str(path): b"short"}, long_ago)
    assert cache.recall(KIND, stamps([str(path)])) == {str(path): b"short"}
    assert looks([path], cache).known.tolist() == [True]
