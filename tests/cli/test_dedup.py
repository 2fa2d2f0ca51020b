"""`mmdata dedup`: folders, pictures and labels; groups with their reasons; hashes written and held against others."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from PIL import Image


def run(*words: object, code: int):
    done = CliRunner().invoke(mmdata, ["dedup", *(str(word) for word in words), "-q"], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


@pytest.fixture
def photos(root: Path, tmp_path: Path) -> Path:
    """One picture of the examples in three files, and another."""
    one, other, *_ = sorted((root / "examples/kitchen/images").iterdir())
    (folder := tmp_path / "photos").mkdir()
    (folder / "b.jpg").write_bytes(one.read_bytes())
    (folder / "c.jpg").write_bytes(one.read_bytes())
    Image.open(one).convert("RGB").resize((200, 150)).save(folder / "d.png")
    (folder / "e.jpg").write_bytes(other.read_bytes())
    return folder


def test_groups_with_what_each_is_the_same_as(photos):
    result = json.loads(run(photos, "--format", "json", code=1).stdout)
    told = [[(Path(each["path"]).name, each["by"]) for each in group] for group in result["same"]]
    assert told == [[("b.jpg", None), ("c.jpg", "bytes"), ("d.png", "look")]]
    text = run(photos, code=1).stdout
    assert "c.jpg  is byte for byte " in text and "d.png  is to the eye " in text
    assert text.endswith("4 pictures; 2 of them the same as another, in 1 groups.\n")


def test_several_paths_are_one_set_and_each_file_is_looked_at_once(photos):
    result = json.loads(run(photos / "b.jpg", photos / "d.png", photos / "b.jpg", "--format", "json", code=1).stdout)
    assert result["pictures"] == 2 and len(result["same"]) == 1


def test_labels_stand_for_the_pictures_that_they_name(root):
    assert "12 pictures; 0 of them" in run(root / "examples/kitchen/instances.json", code=0).stdout


def test_hashes_are_held_against_other_pictures(photos, tmp_path):
    hashes = tmp_path / "hashes.txt"
    run(photos / "b.jpg", photos / "e.jpg", "--write-hashes", hashes, code=0)
    result = json.loads(run(photos / "d.png", photos / "c.jpg", "--against", hashes, "--format", "json", code=1).stdout)
    known = {Path(each["path"]).name: (Path(each["is"]).name, each["by"]) for each in result["known"]}
    assert known == {"c.jpg": ("b.jpg", "bytes"), "d.png": ("b.jpg", "look")}


def test_what_sha256sum_writes_finds_the_same_bytes(photos, tmp_path):
    digest = sha256((photos / "b.jpg").read_bytes()).hexdigest()
    (hashes := tmp_path / "sums").write_text(f"# a benchmark\n\n{digest}  their name.jpg\n")
    assert (
        "is byte for byte their name.jpg, which --against names"
        in run(photos / "c.jpg", photos / "e.jpg", "--against", hashes, code=1).stdout
    )
    run(photos / "e.jpg", "--against", hashes, code=0)


@pytest.mark.parametrize("line", ["abc", "0" * 64 + " 12-34 x\x00" * 3 + "\n" + "g" * 64])
def test_a_file_that_is_none_of_hashes_is_refused(photos, tmp_path, line):
    (tmp_path / "none").write_text(line)
    said = run(photos, "--against", tmp_path / "none", code=2).stderr
    assert "no line of hashes" in said and "--write-hashes" in said


def test_a_folder_without_pictures(tmp_path):
    assert "there are no pictures in it" in run(tmp_path, code=2).stderr
