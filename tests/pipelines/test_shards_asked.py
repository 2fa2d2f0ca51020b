"""Files that divide, that are compressed, and a packing plan, as a user asks for them; and what cannot be."""

import json
import re
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from mmdata.converters.targets import TARGETS, load_target
from mmdata.pipelines.report.out import read_manifest, rows
from mmdata.pipelines.shards import json_lines_led

from .test_shards_convert import kitchen, run


@pytest.mark.parametrize("target", ["webdataset", "qwen3-vl", "huggingface", "llava"])
def test_files_divide(target, tmp_path):
    done = kitchen(tmp_path / "out", target, "--even", 3)
    assert done.exit_code == 0, done.stderr
    held = [shard.samples for shard in read_manifest(tmp_path / "out").splits["train"].shards]
    assert len(held) == 3
    assert max(held) - min(held) <= 1


ONE_A_FORM = {load_target(name).FORM: name for name in reversed(TARGETS) if name != "openflamingo"}


@pytest.mark.parametrize("target", ONE_A_FORM.values(), ids=ONE_A_FORM)
@pytest.mark.parametrize(("option", "most"), [("--max-shard-samples", 2), ("--max-shard-size", "2KB")])
def test_files_are_cut_as_asked_or_the_option_is_refused(target, option, most, tmp_path):
    """None is passed over in silence."""
    done = kitchen(tmp_path / "out", target, option, most, "--max-rejected", "10%")
    if done.exit_code == 2:
        assert done.stderr.startswith(f"Error: {option}: ")
        return
    assert done.exit_code == 0, done.stderr
    assert len(read_manifest(tmp_path / "out").splits["train"].shards) > 1


@pytest.mark.parametrize("target", ONE_A_FORM.values(), ids=ONE_A_FORM)
def test_a_root_of_paths_is_in_the_rows_or_refused(target, tmp_path, root):
    done = kitchen(tmp_path / "out", target, "--image-root", root / "examples", "--max-rejected", "10%")
    if done.exit_code == 2:
        assert done.stderr.startswith("Error: --image-root: ")
        assert "pictures inside" in done.stderr
        return
    assert done.exit_code == 0, done.stderr
    text = "".join(path.read_text() for path in (tmp_path / "out" / "train").glob("*.json*"))
    assert "kitchen/images/table-1.jpg" in text
    assert str(root) not in text


def test_a_root_of_addresses_is_taken(tmp_path, root):
    more = ("--url-prefix", "https://example.org/", "--image-root", root / "examples", "--max-rejected", "10%")
    done = kitchen(tmp_path / "out", "openai", *more)
    assert done.exit_code == 0, done.stderr


def test_what_is_too_long_without_a_limit_is_refused(tmp_path):
    done = kitchen(tmp_path / "out", "qwen-vl", "--over-length", "reject")
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: --over-length: ")
    assert "Give --max-length" in done.stderr


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


def numbers(out: Path, split: str) -> dict[str, list[int]]:
    """What stands beside the files of a split."""
    return parquet.read_table(out / f"lengths-{split}.parquet").to_pydict()


@pytest.mark.parametrize("target", ["webdataset", "energon", "mds", "huggingface", "imagefolder"])
def test_every_sample_says_how_long_it_is_where_it_has_a_place(target, tmp_path):
    out, plain = tmp_path / "out", tmp_path / "plain"
    asked = ("--no-upright", "--shuffle", "--split", "train=0.6,val=0.4")
    assert kitchen(plain, target, *asked).exit_code == 0
    done = kitchen(out, target, *asked, "--lengths")
    assert done.exit_code == 0, done.stderr
    manifest = read_manifest(out)
    for split, told in manifest.splits.items():
        beside = numbers(out, split)
        assert beside["row"] == list(range(told.samples))
        held = [row.get("json", row) for row in rows(out, manifest, split)]
        inside = {name: [row.pop(name) for row in held] for name in ("tokens", "pixels")}
        assert inside == {name: beside[name] for name in inside}
        said = json.loads((out / "manifest.json").read_bytes())["splits"][split]["lengths"]
        assert said["max"] == max(beside["tokens"])
        assert min(beside["pixels"]) > 0
        assert held == [row.get("json", row) for row in rows(plain, read_manifest(plain), split)]
    assert {"lengths-train.parquet", "lengths-val.parquet"} <= {
        each["path"] for each in json.loads((out / "manifest.json").read_bytes())["files"]
    }
    assert run("verify", out).exit_code == 0
    assert run("lint", out).exit_code == run("lint", plain).exit_code


def test_what_stands_beside_the_files_is_of_their_rows_where_some_are_moved(tmp_path, monkeypatch):
    asked = ("--task", "count,detect", "--max-shard-samples", 18, "--lengths", "--packing", "--max-length", 9000)
    found = []
    for early in (500, 1):
        monkeypatch.setattr(json_lines_led, "EARLY_ROWS", early)
        out = tmp_path / str(early)
        done = kitchen(out, "swift", *asked, "--no-upright")
        assert done.exit_code == 0, done.stderr
        names = [row["id"] for row in rows(out, read_manifest(out), "train")]
        tokens = numbers(out, "train")["tokens"]
        packs = parquet.read_table(out / "packing-train.parquet").to_pylist()
        assert [sum(tokens[row] for row in pack["rows"]) for pack in packs] == [pack["tokens"] for pack in packs]
        found.append(dict(zip(names, tokens, strict=True)))
    assert found[0] == found[1]
    assert list(found[0]) != list(found[1])


def test_pixels_are_those_of_pictures_as_the_trainer_resizes_them(tmp_path):
    asked = ("--no-upright", "--task", "detect,count", "--lengths")
    found = {}
    for target in ("llava", "qwen3-vl", "webdataset"):
        assert (
            kitchen(tmp_path / target, target, *asked, *(["--max-pixels", 70_000] * (target != "llava"))).exit_code == 0
        )
        found[target] = numbers(tmp_path / target, "train")["pixels"]
    assert all(pixels % 32**2 == 0 and pixels <= 70_000 for pixels in found["qwen3-vl"])
    assert max(found["llava"]) > 70_000
    assert found["webdataset"] == [min(pixels, 70_000) for pixels in found["llava"]]
    plain = (tmp_path / "plain", "llava", "--no-upright", "--task", "detect,count")
    assert kitchen(*plain).exit_code == 0
    lines = [(tmp_path / name / "train/train.json").read_bytes() for name in ("plain", "llava")]
    assert lines[0] == lines[1]


@pytest.mark.parametrize(
    ("target", "asked", "said"),
    [
        ("imagefolder", ["--even", 2], "--even: imagefolder is one file a split"),
        ("imagefolder", ["--max-shard-samples", 2], "--max-shard-samples: imagefolder is one file a split"),
        ("imagefolder", ["--max-shard-size", "1KB"], "--max-shard-size: imagefolder is one file a split"),
        (
            "webdataset",
            ["--even", 99],
            r"--even: 99, and the split train has \d+ samples: some workers",
        ),
        ("qwen3-vl", ["--compress", "zstd"], "--compress: what reads qwen3-vl takes no files that are compressed"),
        ("webdataset", ["--compress", "zstd"], "--compress: what reads webdataset takes no files"),
        ("llava", ["--packing"], "--packing: needs to know how long a sequence is"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(target, asked, said, tmp_path: Path):
    done = kitchen(tmp_path / "out", target, *asked)
    assert done.exit_code == 2
    assert re.search(said, done.stderr)
    assert not (tmp_path / "out").exists()
