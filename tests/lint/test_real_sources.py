"""Rules of what sources say, on real data: what an independent checker counted is found, and no error besides."""

import json
from collections import Counter
from pathlib import Path

import pytest
from mmdata.pipelines.lint.run import Report, lint
from mmdata.pipelines.lint.settings import Settings

CLEAN = [
    "coco/instances_ccby",
    "voc/bccd",
    "voc/cards",
    "yolo/yolo_mark",
    "formats/retinanet_coco_voc_csv",
    "formats/same_boxes_in_8_formats",
    "ocr/mmocr",
    "ocr/sroie",
    "vqa",
    "chat",
]
"""Sets without a fault in what their sources say, whatever is wrong with their boxes or pictures."""


def said(path: Path) -> Report:
    return lint(path, Settings(select=("AN",), shown=None))


def expected(shared: Path, name: str) -> dict[str, int]:
    counts: dict[str, int] = json.loads((shared / "data" / "EXPECTED.json").read_text("utf-8"))[name]["counts"]
    return counts


@pytest.mark.parametrize("split", ["train2017", "val2017"])
def test_crowds_and_unused_categories_of_coco(split: str, shared: Path) -> None:
    counts = expected(shared, f"COCO coco/instances_ccby/instances_{split}")
    report = said(shared / f"data/coco/instances_ccby/annotations/instances_{split}.json")
    assert report.counts == Counter({"AN014": 1, "AN016": counts["iscrowd"]})
    unused = next(each for each in report.findings if each.code == "AN014")
    assert unused.message.startswith(f"{counts['unused cats']} of {counts['cats']} categories")


def test_ids_that_stand_twice_in_taco(shared: Path) -> None:
    counts = expected(shared, "COCO coco/taco_whole")
    report = said(shared / "data/coco/taco_whole/data/annotations.json")
    assert report.counts == Counter({"AN005": counts["dup ann id"], "AN014": 1})


def test_segments_of_a_panoptic_file_share_no_ids(shared: Path) -> None:
    """Sixteen of its entries bear one id, which is that of a picture and no fault."""
    files = [path for path in (shared / "data/coco/val_yolo_panoptic_ccby").rglob("*.json") if "panoptic" in path.name]
    assert files
    assert not {"AN005", "AN006"} & said(files[0]).counts.keys()


def test_difficult_objects(shared: Path) -> None:
    counts = expected(shared, "VOC formats/same_boxes_in_8_formats voc")
    folder = shared / "data/formats/same_boxes_in_8_formats"
    assert said(folder).counts["AN021"] == counts["difficult"]


@pytest.mark.parametrize("name", CLEAN)
def test_no_error_where_nothing_is_wrong(name: str, shared: Path) -> None:
    errors = [each for each in said(shared / "data" / name).findings if each.severity == "error"]
    assert not errors, [(each.code, each.file, each.at, each.message) for each in errors[:5]]
