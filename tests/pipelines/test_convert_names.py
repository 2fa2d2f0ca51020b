"""Names that are not UTF-8: what can be read is read, what cannot be written is refused in words."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from mmdata.converters.sources import coco
from mmdata.pipelines.convert import convert
from mmdata.pipelines.job import Job
from mmdata.pipelines.progress import Silent
from mmdata.schemas.errors import MmdataError
from PIL import Image

LABELS = {
    "images": [{"id": 1, "file_name": "1.png", "width": 100, "height": 80}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 10, 10]}],
    "categories": [{"id": 1, "name": "mug"}],
}


@pytest.mark.parametrize("which", ["input", "out", "captions", "root"])
def test_a_name_that_is_no_utf8_is_refused_in_words(tmp_path: Path, which: str) -> None:
    """Folders named in GBK stand on many a disk; those of pictures are read, and their pictures are copied to OUT."""
    odd = tmp_path / os.fsdecode(b"\xd6\xd0")
    (odd / "photos").mkdir(parents=True)
    Image.new("RGB", (100, 80)).save(odd / "photos" / "1.png")
    for folder in (tmp_path, odd):
        (folder / "labels.json").write_text(json.dumps(LABELS))
    sound: dict[str, Any] = {"input": tmp_path / "labels.json", "images": odd / "photos", "out": tmp_path / "out"}
    wrong: dict[str, dict[str, Any]] = {
        "input": {"input": odd / "labels.json"},
        "out": {"out": odd / "out"},
        "captions": {"source_options": coco.Options(captions=odd / "labels.json")},
        "root": {"image_root": odd},
    }
    with pytest.raises(MmdataError, match="not UTF-8"):
        convert(Job("coco", **sound | wrong[which]), Silent())
    summary = convert(Job("coco", **sound), Silent())
    assert str(tmp_path / "out" / "images") in (summary.out / "train/train.json").read_text()
