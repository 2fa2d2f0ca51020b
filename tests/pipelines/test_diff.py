"""What changed between two data sets, by the command."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from PIL import Image, ImageOps


def run(*words: object):
    return CliRunner().invoke(mmdata, [str(word) for word in words], catch_exceptions=False)


def data_set(root: Path, labels: Path, out: Path, *more: str) -> Path:
    images = root / "examples/kitchen/images"
    done = run("convert", "coco", labels, "--images", images, "--task", "detect", "-q", *more, "-o", out)
    assert done.exit_code == 0, done.stderr
    return out


@pytest.fixture
def kitchen(root: Path, tmp_path: Path):
    """Writes the example's labels with a change made to them."""

    def changed(name: str, change=lambda labels: None) -> Path:
        labels = json.loads((root / "examples/kitchen/instances.json").read_text())
        change(labels)
        (tmp_path / name).write_text(json.dumps(labels))
        return tmp_path / name

    return changed


@pytest.mark.parametrize("target", ["qwen-vl", "swift", "webdataset", "huggingface", "imagefolder"])
def test_the_same_set_in_another_place_is_the_same(root, tmp_path, kitchen, target):
    labels = kitchen("a.json")
    old, new = (data_set(root, labels, tmp_path / name, "--to", target) for name in ("one", "two"))
    done = run("diff", old, new)
    assert done.exit_code == 0, done.stdout
    assert "12 the same" in done.stdout and "0 changed" in done.stdout


def test_every_kind_of_change_is_counted_and_named(root, tmp_path, kitchen):
    def change(labels):
        gone = labels["images"].pop(0)["id"]
        moved = labels["images"][0]["id"]
        labels["annotations"] = [each for each in labels["annotations"] if each["image_id"] != gone]
        first = next(each for each in labels["annotations"] if each["image_id"] == moved)
        first["bbox"][2] /= 2

    old = data_set(root, kitchen("a.json"), tmp_path / "old")
    new = data_set(root, kitchen("b.json", change), tmp_path / "new")
    done = run("diff", old, new, "--format", "json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    counts = {kind: found[kind] for kind in ("same", "added", "removed", "changed", "moved")}
    assert counts == {"same": 10, "added": 0, "removed": 1, "changed": 1, "moved": 0}
    assert found["splits"] == {"train": [12, 11]}
    assert len(found["examples"]["removed"]) == len(found["examples"]["changed"]) == 1
    assert found["inputs"] == sorted(str(tmp_path / name) for name in ("a.json", "b.json"))
    back = json.loads(run("diff", new, old, "--format", "json").stdout)
    assert back["examples"]["added"] == found["examples"]["removed"]


def test_what_moved_to_another_split_is_told(root, tmp_path, kitchen):
    labels = kitchen("a.json")
    old = data_set(root, labels, tmp_path / "old", "--split", "train=0.75,val=0.25")
    new = data_set(root, labels, tmp_path / "new", "--split", "train=0.75,val=0.25", "--seed", "7")
    found = json.loads(run("diff", old, new, "--format", "json").stdout)
    assert found["moved"] > 0 and found["added"] == found["removed"] == 0
    assert "option seed: 0, now 7" in run("diff", old, new).stdout


@pytest.mark.parametrize("target", ["webdataset", "energon", "mds", "huggingface", "imagefolder"])
def test_one_more_in_front_is_one_more_and_another_split_is_a_move(root, tmp_path, kitchen, target):
    def less(labels):
        gone = labels["images"].pop(0)["id"]
        labels["annotations"] = [each for each in labels["annotations"] if each["image_id"] != gone]

    old = data_set(root, kitchen("a.json", less), tmp_path / "old", "--to", target)
    new = data_set(root, kitchen("b.json"), tmp_path / "new", "--to", target)
    found = json.loads(run("diff", old, new, "--format", "json").stdout)
    counts = {kind: found[kind] for kind in ("same", "added", "removed", "changed", "moved")}
    assert counts == {"same": 11, "added": 1, "removed": 0, "changed": 0, "moved": 0}
    split = data_set(root, tmp_path / "b.json", tmp_path / "split", "--to", target, "--split", "train=0.5,val=0.5")
    found = json.loads(run("diff", new, split, "--format", "json").stdout)
    assert 0 < found["moved"] == 12 - found["same"] and found["changed"] == 0


@pytest.mark.parametrize(
    ("target", "more"),
    [
        ("imagefolder", ()),
        ("minigpt-v2", ("--task", "ground")),
        ("qwen-vl", ("--max-side", "200")),
        ("llava", ("--pictures", "copy")),
        ("webdataset", ()),
    ],
)
def test_another_picture_is_another_sample_wherever_it_lies(root, tmp_path, kitchen, target, more):
    images = tmp_path / "images"
    shutil.copytree(root / "examples/kitchen/images", images)
    asked = (*more, "--to", target, "--images", str(images))
    old = data_set(root, kitchen("a.json"), tmp_path / "old", *asked)
    again = data_set(root, tmp_path / "a.json", tmp_path / "again", *asked)
    assert run("diff", old, again).exit_code == 0, run("diff", old, again).stdout
    picture = Image.open(images / "shelf-1.jpg")
    ImageOps.invert(picture).save(images / "shelf-1.jpg")
    new = data_set(root, tmp_path / "a.json", tmp_path / "new", *asked)
    found = json.loads(run("diff", old, new, "--format", "json").stdout)
    assert found["added"] == found["removed"] == 0
    assert found["changed"] == 1, found


def test_what_is_no_data_set_is_told(tmp_path):
    done = run("diff", tmp_path, tmp_path)
    assert done.exit_code == 2 and "is no data set" in done.stderr


def test_a_set_that_was_moved_or_copied_is_the_same(root, tmp_path, kitchen):
    """Rows name the pictures that were turned for them where the set was made."""
    labels = kitchen("a.json")
    data_set(root, labels, tmp_path / "set").rename(tmp_path / "old")
    new = data_set(root, labels, tmp_path / "set")
    shutil.copytree(new, tmp_path / "copy")
    for one, other in (("old", "set"), ("set", "copy"), ("old", "copy")):
        done = run("diff", tmp_path / one, tmp_path / other)
        assert done.exit_code == 0, done.stdout
        assert "12 the same" in done.stdout


def test_a_folder_whose_name_begins_as_out_does_is_another(root, tmp_path, kitchen):
    labels = kitchen("a.json")
    shutil.copytree(root / "examples/kitchen/images", tmp_path / "set-images")
    for name in ("set", "new"):
        asked = ("convert", "coco", labels, "--images", tmp_path / "set-images", "-q", "-o", tmp_path / name)
        assert run(*asked).exit_code == 0
    assert "12 the same" in run("diff", tmp_path / "set", tmp_path / "new").stdout


def test_an_input_that_is_only_named_otherwise_is_the_same(root, tmp_path, kitchen, monkeypatch):
    labels = kitchen("a.json")
    old = data_set(root, labels, tmp_path / "old")
    monkeypatch.chdir(tmp_path)
    new = data_set(root, Path("a.json"), tmp_path / "new")
    assert json.loads(run("diff", old, new, "--format", "json").stdout)["inputs"] == []
