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


@pytest.mark.parametrize("before", ["", "\\"], ids=["as it is", "a name with an escape"])
def test_what_sha256sum_writes_finds_the_same_bytes(photos, tmp_path, before):
    digest = sha256((photos / "b.jpg").read_bytes()).hexdigest()
    (hashes := tmp_path / "sums").write_text(f"# a benchmark\n\n{before}{digest}  their name.jpg\n")
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


def test_a_file_is_no_duplicate_of_itself_by_another_path(photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "linked").symlink_to(photos)
    (tmp_path / "f.jpg").symlink_to(photos / "e.jpg")
    (tmp_path / "rows.json").write_text(json.dumps([{"image": "photos/e.jpg", "caption": "a mug"}]))
    once = run("photos", "--format", "json", code=1).stdout
    paths = ["photos", photos, "photos/../photos", "linked", "f.jpg", photos / "e.jpg", "rows.json"]
    assert run(*paths, "--format", "json", code=1).stdout == once
    assert run("linked", "photos", "--format", "json", code=1).stdout == once.replace("photos/", "linked/")


@pytest.mark.parametrize("content", ["", "# of nothing\n\n"])
def test_a_file_without_hashes_is_refused(photos, tmp_path, content):
    (tmp_path / "known.txt").write_text(content)
    assert "there are no hashes in it" in run(photos, "--against", tmp_path / "known.txt", code=2).stderr


def test_folders_that_are_linked_are_looked_at_once(photos, tmp_path):
    (theirs := tmp_path / "theirs").mkdir()
    (theirs / "more").symlink_to(photos)
    (theirs / "again").symlink_to(photos)
    (photos / "back").symlink_to(theirs)
    (theirs / "gone").symlink_to(tmp_path / "nowhere")
    result = json.loads(run(theirs, "--format", "json", code=1).stdout)
    assert result["pictures"] == 4 and len(result["same"]) == 1
    (alone := tmp_path / "alone").mkdir()
    (photos / "b.jpg").rename(alone / "b.jpg")
    assert "1 that --against names" in run(alone, "--against", theirs, code=1).stdout


def test_a_folder_without_pictures(tmp_path):
    assert "there are no pictures in it" in run(tmp_path, code=2).stderr


@pytest.mark.parametrize("target", ["qwen-vl", "webdataset", "trl", "mds", "imagefolder", "openai"])
def test_a_data_set_is_held_against_pictures_by_its_own(root, photos, tmp_path, target):
    """Also where they lie in its shards; the picture that it shows in several samples is one."""
    kitchen = root / "examples/kitchen"
    words = ["convert", "coco", kitchen / "instances.json", "--images", kitchen / "images", "--to", target]
    words += ["--max-rejected", "100%"]  # one is no picture for openai
    done = CliRunner().invoke(mmdata, [*map(str, words), "--task", "detect,count", "-q", "-o", str(tmp_path / "old")])
    assert done.exit_code == 0, done.output
    result = json.loads(run(photos, "--against", tmp_path / "old", "--format", "json", code=1).stdout)
    found = {Path(each["path"]).name: each["by"] for each in result["known"]}
    assert found == {"b.jpg": "bytes", "c.jpg": "bytes", "d.png": "look", "e.jpg": "bytes"}
    own = json.loads(run(tmp_path / "old", "--format", "json", code=0).stdout)
    assert own["pictures"] == (11 if target == "openai" else 12) and own["same"] == []


def test_pictures_of_documents_are_found_as_base64_too(tmp_path):
    (folder := tmp_path / "pictures").mkdir()
    for number in range(2):
        Image.effect_noise((160, 160), 90 + number).convert("RGB").save(folder / f"{number}.png")
    said = {"images": ["0.png", None, "1.png", None], "texts": [None, "a cup", None, "a shelf"]}
    (tmp_path / "documents.jsonl").write_text(json.dumps(said) + "\n")
    words = ["convert", "interleaved", tmp_path / "documents.jsonl", "--images", folder, "-q", "-o", tmp_path / "old"]
    words += ["--to", "openflamingo", "--flamingo-form", "mmc4"]
    done = CliRunner().invoke(mmdata, [*map(str, words)])
    assert done.exit_code == 0, done.output
    result = json.loads(run(folder, "--against", tmp_path / "old", "--format", "json", code=1).stdout)
    assert [each["by"] for each in result["known"]] == ["bytes", "bytes"]


def test_of_pictures_at_addresses_it_is_said_that_they_are_elsewhere(photos, tmp_path):
    (tmp_path / "rows.json").write_text(json.dumps([{"image": "b.jpg", "caption": "a mug"}]))
    words = ["convert", "captions", tmp_path / "rows.json", "--images", photos, "-o", tmp_path / "old", "-q"]
    done = CliRunner().invoke(mmdata, [*map(str, words), "--to", "gemini", "--bucket", "gs://b/x"])
    assert done.exit_code == 0, done.output
    for asked in ([tmp_path / "old"], [photos, "--against", tmp_path / "old"]):
        said = run(*asked, code=2).stderr
        assert "1 of its pictures are elsewhere, such as gs://b/x/b.jpg" in said and "--write-hashes" in said


def test_a_folder_of_pictures_is_held_against_others(photos, tmp_path):
    (theirs := tmp_path / "theirs").mkdir()
    (photos / "d.png").rename(theirs / "d.png")
    result = json.loads(run(photos, "--against", theirs, "--format", "json", code=1).stdout)
    assert {(Path(each["path"]).name, each["by"]) for each in result["known"]} == {("b.jpg", "look"), ("c.jpg", "look")}


def test_a_data_set_whose_pictures_are_gone_is_not_taken_for_one_without(photos, tmp_path):
    (tmp_path / "rows.json").write_text(json.dumps([{"image": "b.jpg", "caption": "a mug"}]))
    words = ["convert", "captions", tmp_path / "rows.json", "--images", photos, "-o", tmp_path / "old", "-q"]
    done = CliRunner().invoke(mmdata, [*map(str, words)])
    assert done.exit_code == 0, done.output
    (photos / "b.jpg").unlink()
    said = run(photos, "--against", tmp_path / "old", code=2).stderr
    assert "1 of its pictures are not there" in said and "--write-hashes" in said


LONG = "A shelf of wood with three mugs, a steel kettle, a row of cookery books and a small plant in a clay pot."


def test_texts_that_are_the_same(tmp_path, photos):
    said = [("b.jpg", LONG), ("e.jpg", LONG.replace("steel", "blue")), ("e.jpg", "A mug."), ("e.jpg", "a  MUG.")]
    turns = [("human", "<image>\nWhat is there?"), ("gpt", "")]
    rows = [
        {"image": name, "conversations": [{"from": who, "value": words or text} for who, words in turns]}
        for name, text in said
    ]
    (labels := photos / "rows.json").write_text(json.dumps(rows))
    result = json.loads(run(labels, "--dedup-text", "near", "--format", "json", code=1).stdout)
    told = [[each["by"] for each in group] for group in result["same_texts"]]
    assert result["texts"] == 4 and told == [[None, "sense"], [None, "words"]]
    text = run(labels, "--dedup-text", "exact", code=1).stdout
    assert "says word for word what" in text and "nearly" not in text
    assert text.endswith("4 records with words; 1 of them the same as another, in 1 groups.\n")
    run(labels, code=0)


def test_records_are_no_duplicates_of_themselves_by_another_path(tmp_path, photos):
    (tmp_path / "rows.json").write_text(json.dumps([{"image": str(photos / "b.jpg"), "caption": "a mug"}]))
    (tmp_path / "linked.json").symlink_to(tmp_path / "rows.json")
    said = run(tmp_path / "rows.json", tmp_path / "linked.json", "--dedup-text", "exact", code=0).stdout
    assert "1 records with words" in said


def test_texts_of_what_has_none(photos):
    assert "there are no captions, answers or conversations" in run(photos, "--dedup-text", "near", code=2).stderr
