"""What the person who waits is told while labels are read."""

import json
from pathlib import Path

import pytest
from mmdata.converters.sources import coco
from mmdata.pipelines.convert import convert
from mmdata.pipelines.job import Job


class Heard:
    """A progress that remembers its stages: name, total, and how far each came."""

    def __init__(self) -> None:
        self.stages: list[list] = []

    def about(self, data_set: str) -> None:
        pass

    def start(self, stage: str, total: int | None) -> None:
        self.stages.append([stage, total, 0])

    def advance(self, count: int) -> None:
        self.stages[-1][2] += count

    def done(self) -> None:
        pass


def _coco(path: Path, images: int) -> Path:
    entries = [{"id": n, "file_name": f"{n}.jpg", "width": 100, "height": 100} for n in range(images)]
    boxes = [{"id": n, "image_id": n, "category_id": 1, "bbox": [1, 2, 30, 40]} for n in range(images)]
    path.write_text(json.dumps({"images": entries, "annotations": boxes, "categories": [{"id": 1, "name": "a"}]}))
    return path


def test_a_file_is_told_in_kilobytes_then_its_pictures_then_its_samples(tmp_path: Path) -> None:
    file, captions = _coco(tmp_path / "a.json", 500), _coco(tmp_path / "b.json", 500)
    heard = Heard()
    own = coco.Options(captions=captions)
    convert(Job("coco", file, tmp_path / "out", source_options=own, check_images=False), heard)
    whole = (file.stat().st_size + captions.stat().st_size) // 1024
    assert heard.stages == [
        ["reading labels, kB", whole, whole],
        ["checking pictures", 500, 500],
        ["rendering samples", 500, 500],
        ["writing samples", 500, 500],
    ]


def test_a_folder_is_told_in_files(tmp_path: Path) -> None:
    for name in "abc":
        box = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>"
        size = "<size><width>100</width><height>100</height></size>"
        text = f"<annotation><filename>{name}.jpg</filename>{size}<object><name>a</name>{box}</object></annotation>"
        (tmp_path / "voc" / f"{name}.xml").parent.mkdir(exist_ok=True)
        (tmp_path / "voc" / f"{name}.xml").write_text(text)
    heard = Heard()
    convert(Job("voc", tmp_path / "voc", tmp_path / "out", check_images=False), heard)
    assert heard.stages == [
        ["reading labels, files", 3, 3],
        ["rendering samples", 3, 3],
        ["writing samples", 3, 3],
    ]


@pytest.mark.parametrize("images", [1, 20_000])
def test_a_file_of_any_size_comes_to_its_end(tmp_path: Path, images: int) -> None:
    file, heard = _coco(tmp_path / "a.json", images), Heard()
    convert(Job("coco", file, tmp_path / "out", check_images=False), heard)
    assert all(total is None or total == far for _, total, far in heard.stages)
