"""JSON Lines that begin with what any row has: all rows are there once, and the late ones first."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.pipelines.commit.commit import Staging
from mmdata.pipelines.shards import json_lines_led, load_form
from mmdata.pipelines.shards.protocol import WHOLE, Cut
from shard_files import written as all_written

KINDS = ("images", "videos", "audios")


def row(number: int, *filled: str) -> dict[str, Any]:
    return {"id": str(number)} | {kind: ["a"] if kind in filled else [] for kind in KINDS}


def lines(rows: list[dict[str, Any]]) -> list[bytes]:
    return [json.dumps(each, separators=(",", ":")).encode() for each in rows]


def written(out: Path, rows: list[dict[str, Any]], cut: Cut = WHOLE) -> list[list[dict[str, Any]]]:
    """The rows of every file; the manifest's receipts are those of the files as they are."""
    with Staging(out) as staging:
        shards = all_written(staging, load_form("jsonl-led").files("train", cut), lines(rows))
        manifest = staging.publish({"mmdata": "0", "format": 1, "splits": {}})
    for shard in shards:
        held = (out / shard.path).read_bytes()
        assert (shard.bytes, shard.sha256) == (len(held), hashlib.sha256(held).hexdigest())
        assert [each["sha256"] for each in manifest["files"] if each["path"] == shard.path] == [shard.sha256]
    assert not list(out.rglob("*.led"))
    return [list(load_form("jsonl-led").read_rows(out / shard.path)) for shard in shards]


def test_the_first_film_of_a_late_row_stands_first(tmp_path: Path) -> None:
    rows = [row(at) for at in range(700)] + [row(700, "videos"), row(701, "videos"), row(702, "audios", "images")]
    (read,) = written(tmp_path / "out", rows)
    assert [each["id"] for each in read[:3]] == ["700", "702", "0"]
    assert read[3:] == [*rows[1:700], rows[701]]


def test_early_rows_stay_where_they_are(tmp_path: Path) -> None:
    rows = [row(at, "images") for at in range(400)] + [row(at, "images", "videos") for at in range(400, 900)]
    assert written(tmp_path / "out", rows) == [rows]


def test_a_long_row_before_it_makes_one_late(tmp_path: Path) -> None:
    rows = [row(0) | {"said": "x" * 4_000_000}, row(1, "videos")]
    assert written(tmp_path / "out", rows) == [rows[::-1]]


def test_every_file_has_its_own_first_rows(tmp_path: Path) -> None:
    rows = [row(at, *(["videos"] if at in (690, 1390) else [])) for at in range(1400)]
    assert [[file[0]["id"], len(file)] for file in written(tmp_path / "out", rows, Cut(None, 700))] == [
        ["690", 700],
        ["1390", 700],
    ]


@settings(max_examples=25, deadline=None)
@given(filled=st.lists(st.sets(st.sampled_from(KINDS)), max_size=40), early=st.integers(0, 8), cut=st.integers(5, 50))
def test_no_row_is_lost_and_what_any_has_an_early_one_has(
    filled: list[set[str]], early: int, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [row(at, *sorted(kinds)) for at, kinds in enumerate(filled)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_lines_led, "EARLY_ROWS", early)
        files = written(tmp_path_factory.mktemp("led") / "out", rows, Cut(None, cut))
    for number, file in enumerate(files):
        mine = rows[number * cut : (number + 1) * cut]
        assert sorted(file, key=lambda each: int(str(each["id"]))) == mine
        for kind in KINDS:
            first = next((at for at, each in enumerate(file) if each[kind]), 0)
            assert first < early + len(KINDS)
