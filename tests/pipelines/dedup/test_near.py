"""`--dedup near` by the command: what is left out and why, which is kept, and that no cluster is torn by the split."""

import json

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from mmdata.schemas.manifest import Manifest
from PIL import ImageEnhance


def convert(folder, labels, *more):
    asked = ["convert", "coco", str(folder / "labels.json"), "-o", str(folder / "out"), "-q", "--dedup", "near", *more]
    (folder / "labels.json").write_text(json.dumps(labels))
    done = CliRunner().invoke(mmdata, asked)
    assert done.exit_code == 0, done.stderr
    manifest = json.loads((folder / "out/manifest.json").read_text())
    Manifest.model_validate(manifest)
    said = [json.loads(line) for line in (folder / "out/rejected.jsonl").read_text().splitlines()]
    left_out = {(each["code"], each["value"].rpartition("/")[2]): each["message"] for each in said}
    held = {
        name: sorted(
            row["conversations"][0]["value"].partition("</img>")[0].rpartition("/")[2]
            for shard in split["shards"]
            for row in json.loads((folder / "out" / shard["path"]).read_text())
        )
        for name, split in manifest["splits"].items()
    }
    return held, left_out


def coco(pictures):
    """Labels of pictures by name: its size and its boxes, each a label and x, y, w, h."""
    names = sorted({label for _, boxes in pictures.values() for label, *_ in boxes})
    images, boxes = [], []
    for number, (name, (size, drawn)) in enumerate(pictures.items(), 1):
        images.append({"id": number, "file_name": name, "width": size[0], "height": size[1]})
        boxes += [
            {"id": len(boxes) + at, "image_id": number, "category_id": names.index(label) + 1, "bbox": list(box)}
            for at, (label, *box) in enumerate(drawn, 1)
        ]
    categories = [{"id": at, "name": name} for at, name in enumerate(names, 1)]
    return {"images": images, "annotations": boxes, "categories": categories}


WHOLE, SMALL = (320, 240), (160, 120)
MUG, MUG_SMALL, CAT = ("mug", 40, 40, 80, 60), ("mug", 20, 20, 40, 30), ("cat", 200, 100, 60, 60)


@pytest.fixture
def pictures(scene, saved):
    """Five files of one picture (its bytes, its pixels, its look), and another picture."""
    saved("a.png", scene(1))
    saved("same bytes.png", scene(1))
    saved("same pixels.png", scene(1), compress_level=1)
    saved("small.jpg", scene(1).resize(SMALL))
    saved("dark.jpg", ImageEnhance.Brightness(scene(1)).enhance(0.7))
    saved("other.png", scene(2))
    return {
        "a.png": (WHOLE, [MUG]),
        "same bytes.png": (WHOLE, [MUG]),
        "same pixels.png": (WHOLE, [MUG]),
        "small.jpg": (SMALL, [MUG_SMALL]),
        "dark.jpg": (WHOLE, [MUG, CAT]),
        "other.png": (WHOLE, [CAT]),
    }


def test_the_first_is_kept_and_each_other_is_told_by_what_it_is_the_same(tmp_path, pictures):
    held, left_out = convert(tmp_path, coco(pictures))
    assert held == {"train": ["a.png", "other.png"]}
    assert set(left_out) == {
        ("DU001", "same bytes.png"),
        ("DU002", "same pixels.png"),
        ("DU003", "small.jpg"),
        ("DU005", "dark.jpg"),
    }
    assert left_out["DU003", "small.jpg"].startswith("its picture is, to the eye, ")
    assert left_out["DU005", "dark.jpg"].endswith("a.png, which has other labels and was kept")


def test_the_one_with_the_most_annotations(tmp_path, pictures):
    held, left_out = convert(tmp_path, coco(pictures), "--dedup-policy", "most-annotated")
    assert held == {"train": ["dark.jpg", "other.png"]}
    assert {code for code, _ in left_out} == {"DU005"}


def test_contradicted_ones_are_all_rejected_and_agreeing_ones_kept_once(tmp_path, pictures):
    held, left_out = convert(tmp_path, coco(pictures), "--dedup-policy", "reject")
    assert held == {"train": ["other.png"]}
    assert {code for code, _ in left_out} == {"DU005"} and len(left_out) == 5
    del pictures["dark.jpg"]
    assert convert(tmp_path, coco(pictures), "--dedup-policy", "reject")[0] == {"train": ["a.png", "other.png"]}


def test_a_box_elsewhere_is_a_contradiction_in_pixels_and_a_slack_to_the_eye(tmp_path, pictures):
    pictures["same pixels.png"] = (WHOLE, [("mug", 44, 40, 80, 60)])
    pictures["small.jpg"] = (SMALL, [("mug", 26, 24, 40, 30)])
    pictures["dark.jpg"] = (WHOLE, [("mug", 140, 40, 80, 60)])
    codes = {name: code for code, name in convert(tmp_path, coco(pictures))[1]}
    assert codes["same pixels.png"] == codes["dark.jpg"] == "DU005"
    assert codes["small.jpg"] == "DU003"


def test_what_is_kept_of_one_cluster_is_in_one_split_also_when_the_set_grows(tmp_path, pictures, scene, saved):
    for number in range(10, 30):
        saved(f"{number}.png", scene(number))
        pictures[f"{number}.png"] = (WHOLE, [MUG])
    late = {name: pictures.pop(name) for name in ("small.jpg", "dark.jpg")}
    asked = ("--dedup-policy", "none", "--split", "train=0.5,val=0.5")
    before, left_out = convert(tmp_path, coco(pictures), *asked)
    cluster = {"a.png", "same bytes.png", "same pixels.png"}
    assert not left_out and [bool(cluster & set(held)) for held in before.values()].count(True) == 1
    after, left_out = convert(tmp_path, coco(late | pictures), *asked)
    assert not left_out
    assert [(cluster | set(late)) <= set(held) for held in after.values()].count(True) == 1
    assert all(set(before[name]) <= set(after[name]) for name in before)


def test_pictures_that_may_not_be_opened_cannot_be_looked_at(tmp_path, pictures):
    (tmp_path / "labels.json").write_text(json.dumps(coco(pictures)))
    asked = ["convert", "coco", str(tmp_path / "labels.json"), "-o", str(tmp_path / "out"), "--no-check-images"]
    done = CliRunner().invoke(mmdata, [*asked, "--dedup", "near"])
    assert done.exit_code == 2 and "--no-check-images forbids" in done.stderr


def test_pictures_of_a_benchmark_are_left_out_and_stand_for_no_others(tmp_path, pictures, scene):
    (theirs := tmp_path / "benchmark").mkdir()
    scene(1).save(theirs / "question 7.png")
    hashes = tmp_path / "hashes.txt"
    asked = ["dedup", str(theirs), "--write-hashes", str(hashes), "-q"]
    assert CliRunner().invoke(mmdata, asked).exit_code == 0
    for more in ((), ("--split", "train=0.5,val=0.5"), ("--dedup-policy", "none")):
        held, left_out = convert(tmp_path, coco(pictures), "--against", str(hashes), *more)
        assert [name for names in held.values() for name in names] == ["other.png"]
        assert {code for code, _ in left_out} == {"SP007"} and len(left_out) == 5
    assert "question 7.png of --against" in left_out["SP007", "small.jpg"]
