"""Files that divide, that are compressed, and a packing plan, as a user asks for them; and what cannot be."""

import json
import re
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from mmdata.pipelines.report.out import read_manifest, rows

from .test_shards_convert import kitchen, run


@pytest.mark.parametrize("target", ["webdataset", "qwen3-vl", "huggingface", "llava"])
def test_files_divide(target, tmp_path):
    done = kitchen(tmp_path / "out", target, "--even", 3)
    assert done.exit_code == 0, done.stderr
    held = [shard.samples for shard in read_manifest(tmp_path / "out").splits["train"].shards]
    assert len(held) == 3
    assert max(held) - min(held) <= 1


def test_lines_that_are_compressed_are_read_by_all_of_ours(tmp_path):
    assert kitchen(tmp_path / "plain", "segments", "--no-upright").exit_code == 0
    done = kitchen(tmp_path / "out", "segments", "--no-upright", "--compress", "zstd")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "out/train/train.jsonl.zst").is_file()
    read = [list(rows(tmp_path / name, read_manifest(tmp_path / name), "train")) for name in ("plain", "out")]
    assert read[0] == read[1]
    assert len(read[0]) > 5
    assert run("lint", tmp_path / "out").exit_code == run("lint", tmp_path / "plain").exit_code
    assert run("verify", tmp_path / "out").exit_code == 0
    path = tmp_path / "out/train/train.jsonl.zst"
    path.write_bytes(path.read_bytes()[:-9])
    torn = run("lint", tmp_path / "out")
    assert torn.exit_code == 1
    assert "SH004" in torn.output


def test_a_packing_plan_stands_beside_the_data(tmp_path):
    out = tmp_path / "out"
    done = kitchen(out, "segments", "--packing", "--max-length", 9000, "--split", "train=0.7,val=0.3", "--shuffle")
    assert done.exit_code == 0, done.stderr
    assert re.search(r"packs train into \d+ sequences of 9000 tokens, \d+\.\d% full", (out / "README.md").read_text())
    manifest = json.loads((out / "manifest.json").read_bytes())
    for name, split in manifest["splits"].items():
        table = parquet.read_table(out / f"packing-{name}.parquet")
        assert sorted(row for held in table["rows"].to_pylist() for row in held) == list(range(split["samples"]))
        assert max(table["tokens"].to_pylist(), default=0) <= 9000
        assert (split["packing"]["packs"], split["packing"]["max_length"]) == (table.num_rows, 9000)
        filled = sum(table["tokens"].to_pylist()) / (9000 * table.num_rows)
        assert split["packing"]["fill"] == pytest.approx(filled, abs=1e-4)
    assert {"packing-train.parquet", "packing-val.parquet"} <= {each["path"] for each in manifest["files"]}


@pytest.mark.parametrize(
    ("target", "asked", "said"),
    [
        ("imagefolder", ["--even", 2], "--even: imagefolder is one file a split"),
        (
            "webdataset",
            ["--even", 99],
            r"--even: 99, and the split train has \d+ samples: some workers",
        ),
        ("qwen3-vl", ["--compress", "zstd"], "--compress: what reads qwen3-vl takes no files that are compressed"),
        ("webdataset", ["--compress", "zstd"], "--compress: what reads webdataset takes no files"),
        ("llava", ["--packing"], "--packing: needs to know how long a sequence is"),
        ("swift", ["--packing", "--max-length", 9000], "--packing: rows of swift change their places"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(target, asked, said, tmp_path: Path):
    done = kitchen(tmp_path / "out", target, *asked)
    assert done.exit_code == 2
    assert re.search(said, done.stderr)
    assert not (tmp_path / "out").exists()
