"""What lint finds is left out: the annotation it points at, or its record, or the record of a picture it names."""

import json
from pathlib import Path
from typing import Any

import pytest
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources import load_source
from mmdata.pipelines.filter.criteria import Keep
from mmdata.pipelines.filter.lint_findings import check_codes, faulty_places
from mmdata.pipelines.job import Job
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.errors import ConfigError
from mmdata.schemas.finding import Finding
from PIL import Image

from .both_halves import keep

BOXES = [(1, [1, 2, 9, 9]), (1, [1, 2, 9, 9]), (1, [20, 2, 9, 9]), (2, [0, 0, 64, 48]), (2, [3, 3, 5, 5])]
COCO = {
    "images": [{"id": n, "file_name": f"{n}.png", "width": 64, "height": 48} for n in (1, 2, 3)],
    "annotations": [
        {"id": n, "image_id": image, "category_id": 1, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
        for n, (image, box) in enumerate(BOXES, 1)
    ],
    "categories": [{"id": 1, "name": "mug"}],
}
VOC = """<annotation><filename>{0}.png</filename><size><width>64</width><height>48</height><depth>3</depth></size>
<object><name>mug</name><difficult>{1}</difficult><bndbox><xmin>5</xmin><ymin>5</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>
<object><name>mug</name><bndbox><xmin>15</xmin><ymin>5</ymin><xmax>30</xmax><ymax>19</ymax></bndbox></object></annotation>
"""


def kept(path: Path, source: str, *codes: str, **given: Any) -> tuple[list[str], list[Finding]]:
    """What is left of an input when some codes are not wanted, by place; and what was said of the rest."""
    job = Job(source, path, path.parent / "out", **given)
    found: list[Finding] = []
    accounting = Accounting(told=found.append)
    module = load_source(source)
    places = faulty_places(job, codes)
    left: list[str] = []
    for batch in module.read(path, module.Options(), Pictures(path.parent, check=False), Accounting()):
        for row in keep(batch, Keep(lint=codes), accounting, places).to_pylist():
            left.append(f"{Path(row['file']).name} {row['at']}")
            left += [each["at"] or f"{row['list']}/{each['index']}" for each in row["objects"]]
    return left, found


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    for n in (1, 2, 3):
        Image.new("RGB", (64, 48), (n * 50, 9, 9)).save(tmp_path / f"{n}.png")
    (tmp_path / "instances.json").write_text(json.dumps(COCO))
    return tmp_path / "instances.json"


def test_an_annotation_that_a_finding_points_at(coco: Path) -> None:
    left, found = kept(coco, "coco", "GE018")
    assert [each.at for each in found] == ["/annotations/1"]
    assert found[0].code == "AN038"
    assert found[0].message.startswith("lint says GE018 duplicate-box: ")
    assert "/annotations/0" in left
    assert "/annotations/1" not in left


def test_a_picture_that_is_broken_takes_its_record_along(coco: Path) -> None:
    whole = (coco.parent / "1.png").read_bytes()
    (coco.parent / "1.png").write_bytes(whole[: len(whole) // 2])
    left, found = kept(coco, "coco", "IM002")
    assert left == ["instances.json /images/1", "/annotations/3", "/annotations/4", "instances.json /images/2"]
    assert {each.kind for each in found} == {"images", "annotations"}


def test_a_record_without_annotations(coco: Path) -> None:
    left, found = kept(coco, "coco", "AN015", check_images=False)
    assert "instances.json /images/2" not in left
    assert [each.kind for each in found] == ["images"]


def test_a_finding_inside_an_annotation(coco: Path) -> None:
    said = json.loads(coco.read_text())
    said["annotations"][2]["caption"] = "a red mug"
    coco.write_text(json.dumps(said))
    left, found = kept(coco, "coco", "AN022")
    assert [each.at for each in found] == ["/annotations/2"]
    assert "/annotations/2" not in left


def test_codes_that_find_nothing_leave_nothing_out(coco: Path) -> None:
    left, found = kept(coco, "coco", "GE002")
    assert len(left) == 3 + len(BOXES)
    assert not found


def test_a_folder_of_files_that_lint_names_by_another_path(tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    for n in (1, 2):
        (folder / f"{n}.xml").write_text(VOC.format(n, int(n == 2)))
    left, found = kept(folder, "voc", "AN021", check_images=False)
    assert left[-2:] == ["2.xml /annotation", "/annotation/object[2]"]
    assert len(left) == 5
    assert [each.at for each in found] == ["/annotation/object[1]"]


@pytest.mark.parametrize(
    ("code", "fact"), [("GE999", "there is no rule"), ("SH001", "never about labels"), ("", "no rule")]
)
def test_a_code_that_can_leave_nothing_out_is_refused(code: str, fact: str) -> None:
    with pytest.raises(ConfigError, match=fact):
        check_codes([code])


@pytest.mark.parametrize("code", ["GE018", "GE", "duplicate-box", "AN003", "AN015", "IM002", "DU001", "AN005"])
def test_codes_about_labels_are_taken(code: str) -> None:
    check_codes([code])
