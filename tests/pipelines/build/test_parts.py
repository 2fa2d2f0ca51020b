"""Builds of several sources and targets: one split, one accounting, parts that keep their own."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from mmdata.pipelines.build import Built, build
from mmdata.pipelines.filter.criteria import Keep
from mmdata.pipelines.job import Job
from mmdata.pipelines.keys import times_given
from mmdata.pipelines.plan import Output, Plan
from mmdata.pipelines.progress import SILENT
from mmdata.schemas.manifest import Manifest
from PIL import Image

HALVES = (("train", 0.5), ("val", 0.5))


@pytest.fixture
def kitchen(root: Path) -> Path:
    return root / "examples" / "kitchen"


def _coco(path: Path, names: list[str]) -> Path:
    """Labels of 100x80 pictures that nobody looks at, a box on each."""
    images = [{"id": at, "file_name": name, "width": 100, "height": 80} for at, name in enumerate(names, 1)]
    boxes = [
        {"id": at, "image_id": at, "category_id": 1, "bbox": [1, 2, 30, 40], "area": 1200}
        for at in range(1, len(names) + 1)
    ]
    content = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": path.stem}]}
    path.write_text(json.dumps(content))
    return path


def _rows(out: Path, split: str) -> list[dict[str, object]]:
    return json.loads((out / split / f"{split}.json").read_bytes())


def _plan(out: Path, *jobs: Job) -> Plan:
    return Plan(out, (Output("", jobs),))


def _jobs(tmp_path: Path, out: Path, **options: object) -> list[Job]:
    given = {"check_images": False, **options}
    made: list[Job] = []
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        labels = _coco(tmp_path / name / f"{name}.json", [f"{at}.jpg" for at in range(20)])
        made.append(Job("coco", labels, out, name=name, **given))
    return made


def test_two_folders_with_pictures_of_one_name_are_no_kin(tmp_path: Path) -> None:
    out = tmp_path / "out"
    built = build(_plan(out, *_jobs(tmp_path, out, split=HALVES)), SILENT)
    rows = {split: _rows(out, split) for split in ("train", "val")}
    assert {split: len(held) for split, held in rows.items()} == {"train": 20, "val": 20}
    ids = [str(row["id"]) for held in rows.values() for row in held]
    assert Counter(name.split("/")[0] for name in ids) == {"cat": 20, "dog": 20}
    assert len(set(ids)) == 40
    apart = [at for at in range(20) if _place(rows, f"cat/{at + 1}-detect") != _place(rows, f"dog/{at + 1}-detect")]
    assert apart  # were they one group, none would be
    assert [part["name"] for part in built.manifest["options"]["parts"]] == ["cat", "dog"]
    Manifest.model_validate(json.loads((out / "manifest.json").read_bytes()))


def _place(rows: dict[str, list[dict[str, object]]], name: str) -> str:
    return next(split for split, held in rows.items() if any(str(row["id"]) == name for row in held))


def test_two_parts_with_one_folder_share_its_pictures(tmp_path: Path) -> None:
    out, pictures = tmp_path / "out", tmp_path / "pictures"
    pictures.mkdir()
    jobs = [replace(job, images=pictures) for job in _jobs(tmp_path, out, split=HALVES)]
    build(_plan(out, *jobs), SILENT)
    rows = {split: _rows(out, split) for split in ("train", "val")}
    for at in range(1, 21):
        assert _place(rows, f"cat/{at}-detect") == _place(rows, f"dog/{at}-detect")


def test_a_weight_gives_more_where_it_is_trained_on_and_less_everywhere(tmp_path: Path) -> None:
    out = tmp_path / "out"
    cat, dog = _jobs(tmp_path, out, split=HALVES)
    built = build(_plan(out, replace(cat, weight=2.5), replace(dog, weight=0.25)), SILENT)
    rows = {split: Counter(str(row["id"]).split("/")[0] for row in _rows(out, split)) for split in ("train", "val")}
    times = times_given([f"cat/{at}" for at in range(1, 21)], 2.5, 0)
    given = sum(times_given([f"dog/{at}" for at in range(1, 21)], 0.25, 0))
    assert set(times) == {2, 3}
    assert 0 < given < 12
    assert rows["train"]["dog"] + rows["val"]["dog"] == given
    assert 2 * (20 - rows["val"]["cat"]) <= rows["train"]["cat"] <= 3 * (20 - rows["val"]["cat"])
    ids = [str(row["id"]) for row in _rows(out, "train")]
    assert len(set(ids)) == len(ids)
    balance = built.manifest["accounting"]
    assert balance["annotations"]["rejected"] == {"SP008": 20 - given}
    assert balance["samples"]["written"] == len(ids) + sum(rows["val"].values())


def test_labels_of_one_source_are_not_asked_for_in_another(tmp_path: Path) -> None:
    out = tmp_path / "out"
    jobs = [replace(job, negatives=2, tasks=("ground",)) for job in _jobs(tmp_path, out)]
    build(_plan(out, *jobs), SILENT)
    for row in _rows(out, "train"):
        assert ("dog" in json.dumps(row["conversations"])) == str(row["id"]).startswith("dog/")


def test_several_targets_have_one_split_and_a_manifest_each(kitchen: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def output(name: str, target: str) -> Output:
        job = Job("coco", kitchen / "instances.json", out / name, name="kitchen", target=target, split=HALVES)
        return Output(name, (replace(job, images=kitchen / "images", keep=Keep(drop_labels=("spoon",))),))

    built = build(Plan(out, (output("boxes", "qwen-vl"), output("tars", "webdataset"))), SILENT)
    whole = Manifest.model_validate(json.loads((out / "manifest.json").read_bytes()))
    assert set(whole.splits) == {"boxes/train", "boxes/val", "tars/train", "tars/val"}
    for name in ("boxes", "tars"):
        own = Manifest.model_validate(json.loads((out / name / "manifest.json").read_bytes()))
        listed = {each.path for each in own.files} | {"manifest.json"}
        found = {str(path.relative_to(out / name)) for path in (out / name).rglob("*") if path.is_file()}
        assert listed == found
    assert (out / "boxes" / "splits.arrow").read_bytes() == (out / "tars" / "splits.arrow").read_bytes()
    assert _written(built) == {"annotations": 2 * built.outputs[0].accounting.written_counts["annotations"]}
    assert "AN033" in built.manifest["accounting"]["annotations"]["rejected"]
    assert sorted(path.name for path in out.parent.iterdir()) == ["out"]


def _written(built: Built) -> dict[str, int]:
    return {"annotations": built.manifest["accounting"]["annotations"]["written"]}


def test_the_manifest_of_one_part_says_nothing_of_parts(kitchen: Path, tmp_path: Path) -> None:
    job = Job("coco", kitchen / "instances.json", tmp_path / "out", images=kitchen / "images")
    options = build(_plan(tmp_path / "out", job), SILENT).manifest["options"]
    assert not {"parts", "name", "weight", "keep"} & set(options)


def _own_rows(out: Path) -> dict[str, list[str]]:
    """For each split the files that its pictures really are."""
    found: dict[str, list[str]] = {}
    for split in ("train", "val"):
        text = (out / split / f"{split}.json").read_text(encoding="utf-8")
        found[split] = [str(Path(path).resolve()) for path in re.findall(r"<img>(.*?)</img>", text)]
    return found


def test_one_file_by_two_folders_is_one_picture(tmp_path: Path) -> None:
    """A file that two sources show through different roots must not be trained on and measured by."""
    deep = tmp_path / "photos" / "deep"
    deep.mkdir(parents=True)
    out = tmp_path / "out"
    one = _coco(tmp_path / "one.json", [f"{at}.jpg" for at in range(30)])
    other = _coco(tmp_path / "other.json", [f"deep/{at}.jpg" for at in range(30)])
    given = {"check_images": False, "split": HALVES}
    jobs = (
        Job("coco", one, out, name="one", images=deep, **given),
        Job("coco", other, out, name="other", images=deep.parent, **given),
    )
    build(_plan(out, *jobs), SILENT)
    rows = _own_rows(out)
    assert len(rows["train"]) + len(rows["val"]) == 60
    assert not set(rows["train"]) & set(rows["val"])


def test_turned_pictures_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    out = tmp_path / "out"
    jobs: list[Job] = []
    for name, colour in (("red", (250, 0, 0)), ("blue", (0, 0, 250))):
        folder = tmp_path / name
        folder.mkdir()
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.new("RGB", (80, 100), colour).save(folder / "1.jpg", exif=exif)
        jobs.append(Job("coco", _coco(folder / f"{name}.json", ["1.jpg"]), out, name=name))
    build(_plan(out, *jobs), SILENT)
    rows = {str(row["id"]).split("/")[0]: row for row in _rows(out, "train")}
    for name, channel in (("red", 0), ("blue", 2)):
        path = re.findall(r"<img>(.*?)</img>", json.dumps(rows[name]))[0]
        with Image.open(path) as picture:
            assert picture.size == (100, 80)
            pixel = picture.convert("RGB").getpixel((50, 40))
        assert isinstance(pixel, tuple)
        assert pixel[channel] > 200
    again = build(_plan(out, *jobs), SILENT)
    assert len({each["path"] for each in again.manifest["files"]}) == len(again.manifest["files"])
