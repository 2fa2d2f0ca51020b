"""A data set is what its manifest says, or verify says where it is not."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata

TARGETS = ["qwen-vl", "swift", "webdataset", "energon", "mds", "huggingface"]


def run(*words: object):
    return CliRunner().invoke(mmdata, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture(scope="module", params=TARGETS)
def built(request, tmp_path_factory, root: Path) -> Path:
    out = tmp_path_factory.mktemp("verify") / request.param
    labels = root / "examples/kitchen/instances.json"
    asked = ["convert", "coco", labels, "--images", root / "examples/kitchen/images", "--to", request.param]
    assert run(*asked, "--split", "train=0.75,val=0.25", "-q", "-o", out).exit_code == 0
    return out


def test_what_was_written_holds(built):
    done = run("verify", built)
    assert done.exit_code == 0, done.stdout
    assert "is what its manifest says" in done.stdout and "0 samples" not in done.stdout


@pytest.mark.parametrize("where", [0.02, 0.5, 0.98])
def test_one_byte_is_found_in_any_shard(built, where):
    manifest = json.loads((built / "manifest.json").read_text())
    shard = built / manifest["splits"]["train"]["shards"][0]["path"]
    content = shard.read_bytes()
    place = int(len(content) * where)
    shard.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    try:
        done = run("verify", built)
        assert done.exit_code == 1, done.stdout
        assert shard.name in done.stdout
    finally:
        shard.write_bytes(content)


def test_a_cut_and_a_missing_file_are_found(built):
    manifest = json.loads((built / "manifest.json").read_text())
    shard = built / manifest["splits"]["train"]["shards"][0]["path"]
    content = shard.read_bytes()
    try:
        shard.write_bytes(content[: len(content) // 2])
        found = json.loads(run("verify", built, "--format", "json").stdout)["counts"]
        assert found, "a cut shard passed"
        shard.unlink()
        assert run("verify", built).exit_code == 1
    finally:
        shard.write_bytes(content)


@pytest.mark.parametrize("stray", ["train/y.json", "train/x.tar", "x.txt", "copy/train/train.json", ".hidden"])
def test_a_file_of_which_no_manifest_speaks_is_named(built, tmp_path, stray):
    out = tmp_path / "out"
    shutil.copytree(built, out)
    (out / ".DS_Store").write_text("x")
    assert run("verify", out).exit_code == 0, run("verify", out).stdout
    (out / stray).parent.mkdir(parents=True, exist_ok=True)
    (out / stray).write_text("x")
    done = run("verify", out)
    assert done.exit_code == 1 and "SH016" in done.stdout and stray.split("/train/")[0] in done.stdout, done.stdout


def test_a_link_to_a_folder_is_a_stray_and_a_copy_of_the_set_is_one(built, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(built, out)
    shutil.copytree(built, out / "copy")
    (out / "linked").symlink_to(built)
    done = run("verify", out)
    assert done.exit_code == 1 and "2 findings" in done.stdout, done.stdout


@pytest.mark.parametrize("more", [("--even", "3"), ("--max-shard-samples", "3")])
def test_what_a_service_does_not_take_is_no_difference_from_the_manifest(root, tmp_path, more):
    labels, images = root / "examples/kitchen/instances.json", root / "examples/kitchen/images"
    asked = ("--to", "gemini", "--bucket", "gs://b/x", "--max-rejected", "100%", *more)
    done = run("convert", "coco", labels, "--images", images, *asked, "-q", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert run("verify", tmp_path / "out").exit_code == 0
    assert "SH013" in run("lint", tmp_path / "out").stdout


def test_what_is_no_data_set_is_told(tmp_path):
    done = run("verify", tmp_path)
    assert done.exit_code == 2 and "is no data set" in done.stderr
    (tmp_path / "manifest.json").write_text("{")
    assert "is no JSON" in run("verify", tmp_path).stderr
