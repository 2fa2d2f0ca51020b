"""Real sets: what is clean gives no error, and what their makers got wrong is found, in those numbers.

Numbers are those of the independent look at the same files in EXPECTED.json, or are told beside.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from mmdata.converters.pictures.header import PICTURE_SUFFIXES
from mmdata.pipelines.lint.run import Report, lint
from mmdata.pipelines.lint.settings import Settings


@dataclass(frozen=True)
class RealSet:
    """A set: its path below `data`, its pictures', its error-level findings, and others that must be among the rest."""

    path: str
    images: str = ""
    errors: dict[str, int] = field(default_factory=dict)
    also: dict[str, int] = field(default_factory=dict)
    deep: bool = False


LANDSCAPES = "coco/instances_ccby"
SETS = [
    RealSet(f"{LANDSCAPES}/annotations/instances_val2017.json", f"{LANDSCAPES}/val2017", also={"AN016": 2}),
    RealSet(f"{LANDSCAPES}/annotations/instances_train2017.json", f"{LANDSCAPES}/train2017", also={"AN016": 3}),
    RealSet(f"{LANDSCAPES}/annotations/captions_val2017.json", f"{LANDSCAPES}/val2017"),
    RealSet(f"{LANDSCAPES}/annotations/person_keypoints_val2017.json", f"{LANDSCAPES}/val2017"),
    RealSet(
        "coco/val_yolo_panoptic_ccby/object_detection",
        "coco/val_yolo_panoptic_ccby",
        errors={"AN027": 1},  # images/train2017, which its description names, is not there
    ),
    RealSet("coco/taco_whole", errors={"AN005": 2}, also={"GE004": 7}),
    RealSet("voc/bccd", errors={"GE001": 2}),
    RealSet("voc/cards"),
    RealSet("yolo/yolo_mark", errors={"IM001": 2}),  # bird4, which has a label, and air7, which is listed
    RealSet("formats/same_boxes_in_8_formats/data/database/gts/pascalvoc_format", also={"IM001": 1}),
    RealSet("formats/retinanet_coco_voc_csv/pascal"),
    RealSet("formats/retinanet_coco_voc_csv/csv"),
    RealSet(
        "formats/retinanet_coco_voc_csv/coco/annotations/instances_train2017.json",
        "formats/retinanet_coco_voc_csv/coco/images/train2017",
        errors={"IM001": 1},  # 000000391895.jpg, left out on purpose
    ),
    RealSet("ocr/mmocr"),
    RealSet("ocr/sroie", also={"DU005": 1}),  # 012 and 015 are one file, with 47 and 44 boxes
    RealSet("ref"),
    RealSet("vqa"),
    RealSet("chat/llamafactory", also={"DU004": 18}),  # 24 rows of 6
    RealSet("chat/qwen3vl"),
    RealSet("chat/llava"),
    RealSet("zh/visualglm", also={"DU004": 76}),  # 80 rows of 4
]


@pytest.mark.parametrize("each", SETS, ids=lambda each: each.path)
def test_a_real_set_has_the_errors_that_it_has_and_no_others(each: RealSet, shared: Path) -> None:
    data = shared / "data"
    report = lint(data / each.path, Settings(images=data / each.images if each.images else None, shown=None))
    errors = Counter(found.code for found in report.findings if found.severity == "error")
    assert errors == each.errors, [found for found in report.findings if found.severity == "error"][:5]
    assert {code: report.counts[code] for code in each.also} == each.also


def test_boxes_of_missing_pictures_are_not_called_empty(shared: Path) -> None:
    report = lint(shared / "data" / "formats" / "same_boxes_in_8_formats", Settings(shown=None))
    assert {found.code for found in report.findings if found.severity == "error"} == {"IM001"}


def pictures(folder: Path, tmp_path: Path, **settings: Any) -> Report:
    """All picture files of a folder, labelled in a table, by the rules about pictures."""
    endings = {*PICTURE_SUFFIXES, ".svg"}  # of which one is a JPEG
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix.lower() in endings)
    table = tmp_path / "labels.csv"
    table.write_text("".join(f"{name},1,1,9,9,thing\n" for name in names))
    return lint(table, Settings(images=folder, shown=None, select=("IM", "DU", "SP"), **settings))


def groups(report: Report, code: str) -> set[str]:
    """The pictures that a rule named."""
    return {Path(str(found.value)).name for found in report.findings if found.code == code}


@pytest.mark.parametrize("folder", ["dup/datajuicer", "dup/imagededup"])
def test_copies_are_those_of_the_independent_look(folder: str, shared: Path, tmp_path: Path) -> None:
    wanted = json.loads((shared / "data" / "EXPECTED.json").read_text())["EXACT_DUPLICATE_GROUPS"]
    report = pictures(shared / "data" / folder, tmp_path)
    mine = [group for group in wanted if group[0].startswith(f"{folder}/") and "corrupt" not in group[0]]
    assert report.counts["DU001"] == sum(len(group) - 1 for group in mine)


def test_one_photo_and_its_nine_edits_are_nine_near_duplicates(shared: Path, tmp_path: Path) -> None:
    report = pictures(shared / "data" / "dup" / "pdq_bridge", tmp_path, deep=True)
    assert report.counts["DU003"] == 9
    assert "aaa-orig.jpg" not in groups(report, "DU003")


def test_ten_distinct_photos_are_ten(shared: Path, tmp_path: Path) -> None:
    assert not pictures(shared / "data" / "dup" / "perception", tmp_path, deep=True).counts


def test_resized_and_grey_copies_are_near_and_turned_ones_are_not(shared: Path, tmp_path: Path) -> None:
    found = groups(pictures(shared / "data" / "dup" / "imagededup", tmp_path, deep=True), "DU003")
    assert {"ukbench00120_resize.jpg", "ukbench00120_gray.jpg", "ukbench09380.webp"} <= found
    assert not {name for name in found if "hflip" in name or "rotation" in name}


def test_one_photo_in_every_orientation_is_one_photo(shared: Path, tmp_path: Path) -> None:
    report = pictures(shared / "data" / "exif" / "landscape", tmp_path, deep=True)
    assert report.counts["IM004"] == 7
    assert report.counts["DU003"] == 8


def test_an_empty_file_is_no_picture(shared: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("zero_byte.jpg,1,1,9,9,thing\n")
    report = lint(tmp_path / "labels.csv", Settings(images=shared / "data" / "bad"))
    assert {found.code for found in report.findings if found.severity == "error"} <= {"IM002", "IM014"}
    assert report.counts.total()


def test_what_pillow_cannot_open_or_load_is_an_error(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data" / "bad" / "pillow"
    said: dict[str, str] = json.loads((folder.parent / "pillow_outcomes.json").read_text())
    report = pictures(folder, tmp_path, deep=True)
    names = [line.split(",")[0] for line in (tmp_path / "labels.csv").read_text().splitlines()]
    wrong = {names[int(each.at.split(":")[0]) - 1] for each in report.findings if each.severity == "error"}
    broken = {name for name, outcome in said.items() if outcome.startswith(("open ", "load "))}
    broken -= {"pillow.ico"}  # an icon in an odd shape, which Pillow loads by now or not, by its version
    assert len(broken & set(names)) > 20
    assert broken & set(names) <= wrong
