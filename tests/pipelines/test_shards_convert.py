"""Files with pictures inside, made and looked at as a user does: by the command line."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from mmdata.converters.targets import load_target
from mmdata.pipelines.report.out import read_manifest, rows
from PIL import Image

KITCHEN = Path(__file__).parents[2] / "examples" / "kitchen"
HOLDING = ["webdataset", "energon", "mds"]


def run(*given: object):
    return CliRunner().invoke(mmdata, [str(each) for each in given], catch_exceptions=False)


def kitchen(out: Path, target: str, *more: object):
    labels = KITCHEN / "instances.json"
    asked = ["convert", "coco", labels, "--images", KITCHEN / "images", "--task", "detect", "--to", target]
    return run(*asked, *more, "-q", "-o", out)


@pytest.mark.parametrize("target", HOLDING)
def test_every_picture_is_inside_byte_for_byte(target, tmp_path):
    done = kitchen(tmp_path / "out", target, "--split", "train=0.7,val=0.3", "--max-shard-samples", 3)
    assert done.exit_code == 0, done.stderr
    manifest = read_manifest(tmp_path / "out")
    module = load_target(target)
    held = [
        picture
        for split in manifest.splits
        for row in rows(tmp_path / "out", manifest, split)
        for picture in module.embedded(row)
    ]
    originals = [path.read_bytes() for path in (KITCHEN / "images").iterdir()]
    assert sum(picture in originals for picture in held) >= len(held) - 1  # one is turned upright
    assert len(held) == sum(split.samples for split in manifest.splits.values()) > 5


@pytest.mark.parametrize("target", HOLDING)
def test_an_exif_turned_picture_is_inside_upright(target, tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    Image.new("RGB", (40, 20), "red").save(tmp_path / "side.jpg", exif=exif)
    labels = {
        "images": [{"id": 1, "file_name": "side.jpg", "width": 20, "height": 40}],
        "categories": [{"id": 1, "name": "cup"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 10, 20]}],
    }
    (tmp_path / "labels.json").write_text(json.dumps(labels))
    done = run("convert", "coco", tmp_path / "labels.json", "--to", target, "-q", "-o", tmp_path / "out" / "set")
    assert done.exit_code == 0, done.stderr
    manifest = read_manifest(tmp_path / "out" / "set")
    (row,) = rows(tmp_path / "out" / "set", manifest, "train")
    module = load_target(target)
    (picture,) = module.embedded(row)
    housed = next((tmp_path / "out" / "set" / "images").rglob("*.jpg"))
    assert picture == housed.read_bytes()
    with Image.open(housed) as upright:
        assert upright.size == (20, 40)
    ((_, box, *_),) = module.decode(row, [(20, 40)])
    assert tuple(box) == (1, 2, 11, 22)


@pytest.mark.parametrize("target", HOLDING)
def test_a_report_shows_what_is_inside(target, tmp_path):
    assert kitchen(tmp_path / "out", target).exit_code == 0
    done = run("report", tmp_path / "out", "-o", tmp_path / "page.html")
    assert done.exit_code == 0, done.stderr
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    boxes = sum(
        len(load_target(target).decode(row, [(1, 1)]))
        for row in rows(tmp_path / "out", read_manifest(tmp_path / "out"), "train")
    )
    assert "Cannot be opened" not in page
    assert len(re.findall("<image href", page)) == read_manifest(tmp_path / "out").splits["train"].samples
    assert len(re.findall("<title>", page)) == boxes + 1


@pytest.mark.parametrize("target", ["qwen-vl", "llama-factory"])
def test_files_of_text_are_cut_too(target, tmp_path):
    assert kitchen(tmp_path / "whole", target).exit_code == 0
    assert kitchen(tmp_path / "cut", target, "--max-shard-size", "2KB").exit_code == 0
    whole, cut = read_manifest(tmp_path / "whole"), read_manifest(tmp_path / "cut")
    assert len(whole.splits["train"].shards) == 1
    assert len(cut.splits["train"].shards) > 2
    assert all(shard.bytes <= 2000 or shard.samples == 1 for shard in cut.splits["train"].shards)
    said = json.dumps(list(rows(tmp_path / "cut", cut, "train"))).replace("/cut/", "/whole/")  # pictures of OUT
    assert json.loads(said) == list(rows(tmp_path / "whole", whole, "train"))


@pytest.mark.parametrize(("text", "size"), [("2000", 2000), ("2kB", 2000), ("2 KiB", 2048), ("1.5MB", 1_500_000)])
def test_a_size_is_read_as_it_is_written(text, size, tmp_path):
    assert kitchen(tmp_path / "out", "qwen-vl", "--max-shard-size", text).exit_code == 0
    options = json.loads((tmp_path / "out" / "manifest.json").read_text())["options"]
    assert options["max_shard_size"] == size


@pytest.mark.parametrize("text", ["", "0", "-1", "many", "12 parsecs", "MB", "1e400", "nan", "0.1"])
def test_what_is_no_size_is_said(text, tmp_path):
    done = kitchen(tmp_path / "out", "qwen-vl", "--max-shard-size", text)
    assert done.exit_code == 2
    assert f"--max-shard-size: {text!r} is no size" in done.stderr
    assert not (tmp_path / "out").exists()


def test_pictures_that_are_not_there_are_named_where_nobody_looked(tmp_path):
    done = run(
        "convert",
        "coco",
        KITCHEN / "instances.json",
        "--images",
        tmp_path,
        "--no-check-images",
        "--to",
        "webdataset",
        "-q",
        "-o",
        tmp_path.parent / f"{tmp_path.name}-out",
    )
    assert done.exit_code == 2
    assert "cannot be put into a shard (No such file or directory)" in done.stderr
    assert "Check --images" in done.stderr
