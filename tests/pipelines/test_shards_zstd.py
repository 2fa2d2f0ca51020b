"""JSON Lines that are compressed: the same rows, smaller, the same bytes each time, and torn ones told."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.pipelines.commit.commit import Staging
from mmdata.pipelines.lint.shard_files import shard_file
from mmdata.pipelines.shards import json_lines, json_lines_led, load_form
from mmdata.pipelines.shards.protocol import WHOLE, Cut
from mmdata.schemas.errors import InputError

FORMS = {"jsonl": json_lines.files, "jsonl-led": json_lines_led.files}


def written(out: Path, form: str, rows: list[bytes], *, zstd: bool, cut: Cut = WHOLE) -> Path:
    """The one file, or the first, of these rows."""
    files = replace(FORMS[form]("train", cut), zstd=zstd)
    with Staging(out) as staging:
        shard = files.write(staging, 0, 0, rows)
        staging.publish({"mmdata": "0", "format": 1})
    assert (out / shard.path).stat().st_size == shard.bytes
    assert shard.samples == len(rows)
    return out / shard.path


@pytest.mark.parametrize("form", FORMS)
def test_the_lines_are_those_that_are_not_compressed(form, tmp_path):
    rows = [json.dumps({"id": at, "said": "é" * at, "videos": ["v"] if at > 600 else []}).encode() for at in range(700)]
    plain = written(tmp_path / "plain", form, rows, zstd=False)
    small = written(tmp_path / "small", form, rows, zstd=True)
    again = written(tmp_path / "again", form, rows, zstd=True)
    assert small.name == "train.jsonl.zst"
    assert small.read_bytes() == again.read_bytes()
    assert small.stat().st_size < plain.stat().st_size / 10
    with pa.input_stream(small, compression="zstd") as stream:
        assert stream.read() == plain.read_bytes()
    assert list(load_form(form).read_rows(small)) == list(load_form(form).read_rows(plain))
    assert (shard_file(small).samples, shard_file(small).torn) == (700, "")


def test_files_that_are_cut_are_numbered(tmp_path):
    assert written(tmp_path / "out", "jsonl", [b"{}"], zstd=True, cut=Cut(samples=1)).name == "train-00000.jsonl.zst"


def test_a_file_without_rows_is_whole_and_one_without_bytes_is_torn(tmp_path):
    path = written(tmp_path / "out", "jsonl", [], zstd=True)
    assert list(json_lines.read_rows(path)) == []
    assert (shard_file(path).samples, shard_file(path).torn) == (0, "")
    path.write_bytes(b"")
    with pytest.raises(InputError, match="is torn or no zstd: it has no bytes"):
        list(json_lines.read_rows(path))
    assert "no bytes" in shard_file(path).torn


def test_damage_is_rows_and_one_located_error(tmp_path):
    rows = [json.dumps({"id": at, "said": chr(at) * 9}).encode() for at in range(97, 500)]
    path = written(tmp_path / "out", "jsonl", rows, zstd=True)
    whole = path.read_bytes()

    @settings(deadline=None, max_examples=150)
    @given(cut=st.integers(0, len(whole) - 1), place=st.integers(0, len(whole) - 1), value=st.integers(0, 255))
    def check(cut, place, value):
        damaged = bytearray(whole)
        damaged[place] = value
        for content in (whole[:cut], bytes(damaged)):
            path.write_bytes(content)
            try:
                for row in json_lines.read_rows(path):
                    assert isinstance(row, dict)
                assert content is not whole[:cut]
            except InputError as error:
                assert str(path) in error.place

    check()
    for cut in range(0, len(whole), 7):
        path.write_bytes(whole[:cut])
        assert shard_file(path).torn
