"""The oracle of the same boxes in eight formats, and other tools' own fixtures, counted apart from the readers."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mmdata.converters.sources import SOURCES, load_source

GTS = "data/formats/same_boxes_in_8_formats/data/database/gts"
SIZES = "data/formats/same_boxes_in_8_formats/sizes.csv"
ASSETS = "data/formats/datumaro/tests/assets"
Reading = Callable[..., Any]
Found = tuple[str, int, int, str, float, float, float, float]


def wanted(shared: Path) -> list[Found]:
    """The boxes of the COCO file, which is plain JSON: picture, its size, label, corners."""
    coco = json.loads((shared / GTS / "coco_format_v1/instances_default.json").read_text())
    names = {each["id"]: each["name"] for each in coco["categories"]}
    images = {each["id"]: (each["file_name"], each["width"], each["height"]) for each in coco["images"]}
    return sorted(
        (*images[each["image_id"]], names[each["category_id"]], x, y, x + width, y + height)
        for each in coco["annotations"]
        for x, y, width, height in [each["bbox"]]
    )


def found(result: Any) -> list[Found]:
    return sorted(
        (
            Path(medium["path"]).name,
            medium["width"],
            medium["height"],
            thing["label"],
            *(thing[side] for side in ("x1", "y1", "x2", "y2")),
        )
        for row in result.rows
        for medium in row["media"]
        for thing in row["objects"]
    )


def assert_equal(ours: list[Found], theirs: list[Found]) -> None:
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one[:4] == other[:4]
        assert one[4:] == pytest.approx(other[4:], abs=0.001)


@pytest.mark.parametrize(
    ("source", "place", "images", "boxes"),
    [
        ("cvat", "cvat_format", 100, 273),
        ("cvat", "cvat_format/annotations.xml", 100, 273),
        ("openimages", "openimages_format/all_bounding_boxes.csv", 100, 273),
        ("labelme", "labelme_format", 4, 9),
    ],
)
def test_the_same_boxes(shared: Path, reading: Reading, source: str, place: str, images: int, boxes: int) -> None:
    options = {"sizes": shared / SIZES} if source == "openimages" else {}
    result = reading(source, shared / GTS / place, check=False, **options)
    result.assert_balanced()
    assert not result.rejected
    names = {Path(row["media"][0]["path"]).name for row in result.rows}
    theirs = [each for each in wanted(shared) if each[0] in names]
    assert (len(result.rows), len(theirs)) == (images, boxes)
    assert_equal(found(result), theirs)


def test_the_same_boxes_as_via_and_as_tables(shared: Path, reading: Reading, tmp_path: Path) -> None:
    """The set has no VIA file and no free table: both are written here, plainly, from the COCO file."""
    boxes = wanted(shared)
    regions: dict[str, Any] = {}
    for name, _, _, label, x1, y1, x2, y2 in boxes:
        picture = regions.setdefault(f"{name}-1", {"filename": name, "size": -1, "file_attributes": {}, "regions": []})
        shape = {"name": "rect", "x": x1, "y": y1, "width": x2 - x1, "height": y2 - y1}
        picture["regions"].append({"shape_attributes": shape, "region_attributes": {"class": label}})
    (tmp_path / "via.json").write_text(json.dumps(regions))
    with (tmp_path / "t.tsv").open("w", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax"])
        writer.writerows(boxes[::2] + boxes[1::2])  # rows of one picture scattered
    assert_equal(found(reading("csv", tmp_path / "t.tsv", check=False)), boxes)
    unsized = [(each[0], 0, 0, *each[3:]) for each in boxes]
    assert_equal(found(reading("via", tmp_path / "via.json", check=False)), unsized)


@pytest.mark.parametrize(
    ("source", "place", "images", "objects", "rejected"),
    [
        ("cvat", f"{ASSETS}/cvat_dataset/for_images/export_project", 6, 12, {}),
        ("cvat", f"{ASSETS}/cvat_dataset/for_images/export_task", 2, 2, {"AN012": 2}),
        ("cvat", f"{ASSETS}/cvat_dataset/for_video", 3, 3, {}),
        ("openimages", f"{ASSETS}/open_images_dataset/v6", 2, 2, {}),
        ("csv", f"{ASSETS}/vott_csv_dataset/dataset", 4, 5, {}),
        ("csv", f"{ASSETS}/vott_csv_dataset/dataset_with_meta_file", 2, 2, {}),
        ("csv", "data/formats/retinanet_coco_voc_csv/csv", 1, 1, {}),
    ],
)
def test_other_tools_fixtures(
    shared: Path, reading: Reading, source: str, place: str, images: int, objects: int, rejected: dict[str, int]
) -> None:
    result = reading(source, shared / place)
    result.assert_balanced()
    assert (len(result.rows), len(result.objects())) == (images, objects)
    assert result.accounting.balance()["annotations"]["rejected"] == rejected
    for row in result.rows:
        assert (shared / place / row["media"][0]["path"]).is_file()


def test_a_film_as_cvat_shows_it(shared: Path, reading: Reading) -> None:
    rows = reading("cvat", shared / ASSETS / "cvat_dataset/for_video").rows
    assert [[thing["label"] for thing in row["objects"]] for row in rows] == [["II", "klhg"], ["II"], []]
    assert {row["group"] for row in rows} == {"t.mp4"}


PLACES = {
    "cvat": [f"{GTS}/cvat_format", f"{ASSETS}/cvat_dataset/for_video/annotations.xml"],
    "labelme": [f"{GTS}/labelme_format", f"{GTS}/labelme_format/2007_000027.json"],
    "openimages": [f"{GTS}/openimages_format", f"{ASSETS}/open_images_dataset"],
    "csv": [f"{ASSETS}/vott_csv_dataset/dataset", "data/formats/retinanet_coco_voc_csv/csv/annotations.csv"],
    "coco": [f"{GTS}/coco_format_v1/instances_default.json"],
    "voc": [f"{GTS}/pascalvoc_format"],
    "": ["data/bad", "data/nothing_here", "data/chat/llava", f"{ASSETS}/labelme_dataset/Images", SIZES],
}


@pytest.mark.parametrize("source", ["cvat", "labelme", "via", "openimages", "csv"])
def test_sniff_knows_its_own_and_no_other(shared: Path, source: str) -> None:
    module = load_source(source)
    assert SOURCES[source] == module.__name__  # type: ignore[attr-defined]
    assert source == module.NAME
    for name, places in PLACES.items():
        for place in places:
            assert (module.sniff(shared / place) is not None) == (name == source), place


def test_sniff_via(tmp_path: Path) -> None:
    via = load_source("via")
    for name, text in {
        "project.json": '{"_via_settings": {}, "_via_img_metadata": {}}',
        "export.json": '{"a.jpg12": {"filename": "a.jpg", "size": 12, "regions": [], "file_attributes": {}}}',
        "export.csv": "#filename,file_size,region_id,region_shape_attributes,region_attributes\n",
    }.items():
        (tmp_path / name).write_text(text)
        assert via.sniff(tmp_path / name)
        assert not load_source("csv").sniff(tmp_path / name)
