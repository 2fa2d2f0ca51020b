"""Filters speak of the upright pictures that were read, however small a target wants them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mmdata.pipelines.build import build
from mmdata.pipelines.filter.criteria import Keep
from mmdata.pipelines.job import Job, Limit
from mmdata.pipelines.plan import Output, Plan
from mmdata.pipelines.progress import SILENT
from PIL import Image

EXIF = 0x0112


def _labels(folder: Path, orientation: int) -> Path:
    """A picture that is 640x480 upright and 60 boxes of growing areas in it."""
    exif = Image.Exif()
    exif[EXIF] = orientation
    Image.new("RGB", (480, 640) if orientation > 4 else (640, 480)).save(folder / "1.jpg", exif=exif)
    boxes: Iterator[dict[str, Any]] = (
        {"id": at, "image_id": 1, "category_id": 1, "bbox": [at * 1.7, at, 13.1 + at, 7], "area": 7 * (13.1 + at)}
        for at in range(1, 61)
    )
    held = {
        "images": [{"id": 1, "file_name": "1.jpg", "width": 640, "height": 480}],
        "annotations": list(boxes),
        "categories": [{"id": 1, "name": "mug"}],
    }
    (folder / "a.json").write_text(json.dumps(held))
    return folder / "a.json"


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(
    "keep",
    [
        Keep(min_side=480),
        Keep(max_side=640, min_pixels=640 * 480),
        Keep(min_area=7 * (13.1 + 30)),
        Keep(max_area=7 * (13.1 + 30)),
        Keep(min_area_share=0.001),
    ],
    ids=["side", "sides and pixels", "area", "most area", "share"],
)
def test_a_source_is_filtered_alike_whatever_a_target_wants(keep: Keep, orientation: int, tmp_path: Path) -> None:
    labels = _labels(tmp_path, orientation)
    out = tmp_path / "out"
    sides = {"whole": None, "small": 300, "odd": 173}
    common = Job("coco", labels, out, keep=keep, exif_boxes="upright", max_rejected=Limit(share=1))
    outputs = [Output(name, (replace(common, out=out / name, max_side=side),)) for name, side in sides.items()]
    build(Plan(out, tuple(outputs)), SILENT)
    left_out = [_chosen(out / name / "rejected.jsonl") for name in sides]
    assert left_out[1:] == left_out[:1] * 2
    assert (len(left_out[0]) > 0) == (keep.min_side is None and keep.max_side is None)


def _chosen(path: Path) -> list[tuple[str, object]]:
    """What filters left out: where it stood and its size."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    return [(line["at"], line["value"]) for line in lines if line["code"] in ("AN034", "AN035")]
