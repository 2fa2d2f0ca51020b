"""An annotation's own `lint_ignore`: what it bids is passed over, what it bids in vain is said."""

import json
from pathlib import Path

from mmdata.pipelines.lint.run import lint
from mmdata.pipelines.lint.settings import Settings


def labels(place: Path, **more: object) -> Path:
    """Three boxes: one without an area, one inverted, one under an id that another has."""
    boxes = [[1, 2, 0, 5], [9, 9, -3, 5], [1, 1, 5, 5]]
    annotations = [
        {"id": at or 3, "image_id": 1, "category_id": 1, "bbox": box} for at, box in enumerate([*boxes[:2], boxes[2]])
    ]
    annotations[0] |= more
    whole = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "mug"}],
    }
    place.write_text(json.dumps(whole))
    return place


def codes(path: Path) -> dict[str, int]:
    found = lint(path, Settings(check_images=False, select=("GE001", "GE002", "LI001")))
    return {code: count for code, count in found.counts.items() if count}


def test_what_an_annotation_bids_is_passed_over(tmp_path):
    assert codes(labels(tmp_path / "a.json")) == {"GE001": 1, "GE002": 1}
    assert codes(labels(tmp_path / "b.json", lint_ignore=["GE001"])) == {"GE002": 1}
    assert codes(labels(tmp_path / "c.json", lint_ignore=["empty-box"])) == {"GE002": 1}


def test_what_is_bidden_in_vain_is_said(tmp_path):
    assert codes(labels(tmp_path / "a.json", lint_ignore=["GE001", "GE002"])) == {"GE002": 1, "LI001": 1}


def test_what_a_reader_says_can_be_passed_over(tmp_path):
    path = labels(tmp_path / "a.json")
    whole = json.loads(path.read_text())
    whole["annotations"][2] |= {"image_id": 99, "lint_ignore": ["AN009"]}
    path.write_text(json.dumps(whole))
    assert "AN009" not in lint(path, Settings(check_images=False)).counts
