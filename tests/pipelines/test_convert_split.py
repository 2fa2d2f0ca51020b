"""Splits by the command: groups by a pattern, the ledger of the version that is replaced, counts in the manifest."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from mmdata.converters.targets import TARGETS, load_target
from mmdata.pipelines.splits.split import parse_split
from mmdata.schemas.errors import ConfigError
from mmdata.schemas.manifest import Manifest
from PIL import Image


def coco(place: Path, names: list[str]) -> Path:
    """A file of one box a picture; the box's label is `rare` in every tenth."""
    images = [{"id": at, "file_name": name, "width": 64, "height": 48} for at, name in enumerate(names, 1)]
    boxes = [
        {"id": at, "image_id": at, "category_id": 1 + (at % 10 == 0), "bbox": [1, 2, 30, 20]}
        for at in range(1, len(names) + 1)
    ]
    categories = [{"id": 1, "name": "mug"}, {"id": 2, "name": "rare"}]
    place.write_text(json.dumps({"images": images, "annotations": boxes, "categories": categories}))
    return place


def convert(labels: Path, out: Path, *more: str) -> tuple[dict[str, set[str]], dict]:
    """The pictures of every split, and the manifest."""
    asked = ["convert", "coco", str(labels), "--no-check-images", "--split", "train=0.8,val=0.2", "-q", *more]
    done = CliRunner().invoke(mmdata, [*asked, "-o", str(out)], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    manifest = json.loads((out / "manifest.json").read_text())
    Manifest.model_validate(manifest)
    held = {}
    for name, split in manifest["splits"].items():
        rows = [row for shard in split["shards"] for row in json.loads((out / shard["path"]).read_text())]
        held[name] = {row["conversations"][0]["value"].split("<img>")[1].split("</img>")[0] for row in rows}
    return held, manifest


def test_what_was_in_val_stays_there_when_the_set_grows(tmp_path):
    names = [f"{number}.jpg" for number in range(100)]
    before, manifest = convert(coco(tmp_path / "a.json", names), tmp_path / "out")
    first = (tmp_path / "out/splits.arrow").read_bytes()
    assert manifest["splits"]["val"]["records"] == 20
    assert manifest["splits"]["val"]["labels"] == {"mug": 18, "rare": 2}
    after, _ = convert(
        coco(tmp_path / "a.json", [f"new{number}.jpg" for number in range(10)] + names), tmp_path / "out"
    )
    assert before["val"] < after["val"] and len(after["val"]) == 22
    assert before["train"] < after["train"]
    anew, _ = convert(tmp_path / "a.json", tmp_path / "out", "--ledger", "new", "--seed", "1")
    assert not before["val"] < anew["val"]
    convert(tmp_path / "a.json", tmp_path / "out", "--ledger", "new")
    assert (tmp_path / "out/splits.arrow").read_bytes() != first


def test_another_set_s_ledger_holds_for_this_one(tmp_path):
    labels = coco(tmp_path / "a.json", [f"{number}.jpg" for number in range(50)])
    before, _ = convert(labels, tmp_path / "out", "--seed", "5")
    after, _ = convert(labels, tmp_path / "other", "--ledger", str(tmp_path / "out/splits.arrow"))
    assert after == before


def test_frames_of_one_film_stay_together(tmp_path):
    names = [f"film{film}_frame{frame}.jpg" for film in range(10) for frame in range(10)]
    held, _ = convert(coco(tmp_path / "a.json", names), tmp_path / "out", "--group-by", r"(film\d+)_")
    films = {name: {Path(each).name.split("_")[0] for each in paths} for name, paths in held.items()}
    assert not films["train"] & films["val"]
    assert len(films["val"]) == 2


def test_what_joins_two_splits_is_left_out_by_name(tmp_path):
    names = [f"film{film}_{frame}.jpg" for film in range(10) for frame in range(4)]
    convert(coco(tmp_path / "a.json", names), tmp_path / "out")
    _, manifest = convert(tmp_path / "a.json", tmp_path / "out", "--group-by", r"(film\d+)_", "--max-rejected", "0")
    left_out = manifest["accounting"]["images"]["rejected"]["SP003"]
    lines = (tmp_path / "out/rejected.jsonl").read_text().splitlines()
    said = [json.loads(line) for line in lines if '"images"' in line]
    assert 0 < left_out == len(said)
    assert all("hangs together with records of two splits" in each["message"] for each in said)
    assert all(each["value"].rpartition("/")[2] in names for each in said)


def test_a_bad_pattern_and_a_bad_ledger_are_told(tmp_path):
    labels = coco(tmp_path / "a.json", ["a.jpg", "b.jpg"])
    (tmp_path / "broken").write_bytes(b"no ledger")
    for more, said in (
        (["--group-by", "("], "is no regular expression"),
        (["--ledger", str(tmp_path / "broken")], "is no ledger"),
        (["--ledger", str(tmp_path / "slip.arrow")], "cannot be read (No such file or directory)"),
    ):
        asked = ["convert", "coco", str(labels), "--no-check-images", "--split", "train=0.5,val=0.5", *more]
        done = CliRunner().invoke(mmdata, [*asked, "-o", str(tmp_path / "out")])
        assert done.exit_code == 2 and said in done.stderr
        assert not (tmp_path / "out").exists()


def test_a_split_that_is_not_asked_for_any_more_is_not_given_to_the_others(tmp_path):
    labels = coco(tmp_path / "a.json", [f"{number}.jpg" for number in range(50)])
    before, _ = convert(labels, tmp_path / "out")
    asked = ["convert", "coco", str(labels), "--no-check-images", "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(mmdata, [*asked, "--split", "train=0.8,test=0.2"])
    assert done.exit_code == 2 and "leaves out val, where " in done.stderr and "has 10 pictures" in done.stderr
    assert convert(labels, tmp_path / "out")[0] == before
    done = CliRunner().invoke(mmdata, [*asked, "--split", "train=0.8,test=0.2", "--ledger", "new"])
    assert done.exit_code == 0


def test_what_was_decided_outlives_a_version_without_splits(tmp_path):
    labels = coco(tmp_path / "a.json", [f"{number}.jpg" for number in range(50)])
    before, _ = convert(labels, tmp_path / "out")
    whole, _ = convert(labels, tmp_path / "out", "--split", "train=1")
    assert len(whole["train"]) == 50
    after, _ = convert(labels, tmp_path / "out", "--seed", "9")
    assert after == before


def test_a_ledger_that_was_changed_is_not_followed(tmp_path):
    labels = coco(tmp_path / "a.json", [f"{number}.jpg" for number in range(50)])
    convert(labels, tmp_path / "out")
    ledger = tmp_path / "out/splits.arrow"
    content = ledger.read_bytes()
    asked = ["convert", "coco", str(labels), "--no-check-images", "--split", "train=0.8,val=0.2"]
    for at in range(0, len(content), 37):
        ledger.write_bytes(content[:at] + bytes([content[at] ^ 0x80]) + content[at + 1 :])
        done = CliRunner().invoke(mmdata, [*asked, "-o", str(tmp_path / "out")])
        assert done.exit_code == 2, done.stderr
        assert "was changed" in done.stderr
        done = CliRunner().invoke(mmdata, [*asked, "-o", str(tmp_path / "new"), "--ledger", str(ledger)])
        assert done.exit_code in (0, 2), done.stderr  # where it is a ledger still, it is one


def test_copies_that_come_later_move_nothing(tmp_path):
    """Whichever of the copies is kept, it is where its picture was."""
    (photos := tmp_path / "photos").mkdir()
    names = [f"{number}.jpg" for number in range(40)]
    for number, name in enumerate(names):
        Image.new("RGB", (64, 48), (5 * number, 90, 7)).save(photos / name)
        if number < 10:
            shutil.copy(photos / name, photos / f"copy{name}")
    seen = ("--check-images", "--dedup", "exact", "--max-rejected", "100%", "--images", str(photos))
    for policy in ("keep-first", "most-annotated", "merge", "reject"):
        asked = (*seen, "--dedup-policy", policy, "--ledger")
        before, _ = convert(coco(tmp_path / "a.json", names), tmp_path / "out", *asked, "new")
        grown = coco(tmp_path / "a.json", [f"copy{name}" for name in names[:10]] + names)
        after, _ = convert(grown, tmp_path / "out", *asked, "auto")
        for split, held in after.items():
            was = {Path(each).name for each in before[split]}
            assert {Path(each).name.removeprefix("copy") for each in held} <= was


@pytest.mark.parametrize("pattern", [r"^(flim\d+)_", "nothing", r"(x?)"])
def test_a_pattern_that_finds_nothing_is_an_error_and_no_split_without_groups(tmp_path, pattern):
    labels = coco(tmp_path / "a.json", [f"film{at}_{number}.jpg" for at in range(4) for number in range(9)])
    asked = ["convert", "coco", str(labels), "--no-check-images", "--group-by", pattern, "--split", "a=0.5,b=0.5"]
    done = CliRunner().invoke(mmdata, [*asked, "-o", str(tmp_path / "out")], catch_exceptions=False)
    assert done.exit_code == 2
    assert f"--group-by: {pattern!r} finds nothing in the name of any picture, such as film0_0.jpg" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_group_of_a_pattern_that_took_part_counts(tmp_path):
    names = [f"{kind}{at}_{number}.jpg" for kind in ("film", "shot") for at in range(12) for number in range(3)]
    pattern = r"^(?:(film\d+)|(shot\d+))_"
    held, _ = convert(coco(tmp_path / "a.json", names), tmp_path / "out", "--group-by", pattern)
    films = {split: {Path(name).name.split("_")[0] for name in pictures} for split, pictures in held.items()}
    assert films["train"]
    assert films["val"]
    assert not films["train"] & films["val"]


@pytest.mark.parametrize("target", [name for name in TARGETS if hasattr(load_target(name), "beside")])
def test_no_split_can_take_the_place_of_a_file_in_out(tmp_path: Path, target: str) -> None:
    """It would fail when all the work is done, or be a folder where a trainer looks for a file."""
    out, pictures = tmp_path / "out", tmp_path / "pictures"
    pictures.mkdir()
    names = [f"{number}.png" for number in range(6)]
    for number, name in enumerate(names):
        Image.new("RGB", (64, 48), (number, 0, 0)).save(pictures / name)
    labels = coco(tmp_path / "labels.json", names)
    asked = ["convert", "coco", str(labels), "--images", str(pictures), "--to", target, "--task", "count", "-q"]
    asked += ["--split", "train=0.5,val=0.5", "--lengths", "--max-length", "4000", "-o", str(out)]
    inside = ["--pictures", "copy", "--packing"] if "json" in load_target(target).FORM else []
    done = CliRunner().invoke(mmdata, [*asked, *inside], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    there = [each.name for each in out.iterdir() if not each.name.startswith(".") and each.name not in ("train", "val")]
    assert {"images", "pictures.parquet", "packing-train.parquet"} <= set(there) or not inside
    for name in there:
        with pytest.raises(ConfigError, match=r"--split"):
            parse_split(name)
