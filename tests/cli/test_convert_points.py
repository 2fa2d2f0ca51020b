"""Points that were drawn by themselves, as the labelling tools write them: `--task keypoints` asks for them."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from PIL import Image

CVAT = """<annotations><version>1.1</version><image id="0" name="r.png" width="10" height="10">
<points label="tip" points="3,4"/><box label="leaf" xtl="1" ytl="1" xbr="9" ybr="9"/></image></annotations>"""
LABELME: dict[str, Any] = {
    "shapes": [
        {"label": "tip", "points": [[3, 4]], "shape_type": "point"},
        {"label": "leaf", "points": [[1, 1], [9, 9]], "shape_type": "rectangle"},
    ],
    "imagePath": "r.png",
    "imageWidth": 10,
    "imageHeight": 10,
}
VIA = [
    {"shape_attributes": {"name": "point", "cx": 3, "cy": 4}, "region_attributes": {"name": "tip"}},
    {
        "shape_attributes": {"name": "rect", "x": 1, "y": 1, "width": 8, "height": 8},
        "region_attributes": {"name": "leaf"},
    },
]
LABELS = {
    "cvat": CVAT,
    "labelme": json.dumps(LABELME),
    "via": json.dumps({"r.png1": {"filename": "r.png", "size": 1, "regions": VIA}}),
}
"""A point at 3, 4 and a box in a picture of 10x10, as each tool writes them."""


@pytest.mark.parametrize("source", LABELS)
def test_keypoints_asks_for_points_and_other_tasks_leave_them_out_by_choice(source: str, tmp_path: Path) -> None:
    labels = tmp_path / ("a.xml" if source == "cvat" else "a.json")
    labels.write_text(LABELS[source], encoding="utf-8")
    Image.new("RGB", (10, 10)).save(tmp_path / "r.png")
    for task, answer, why in (
        ("keypoints", "<ref>tip</ref>(300,400)", "no sample of the tasks keypoints speaks of it"),
        ("detect", "<ref>leaf</ref><box>(100,100),(900,900)</box>", "only --task keypoints by itself asks for them"),
    ):
        out = tmp_path / task
        done = CliRunner().invoke(mmdata, ["convert", source, str(labels), "--task", task, "-o", str(out)])
        assert done.exit_code == 0, done.output
        (sample,) = json.loads((out / "train/train.json").read_text(encoding="utf-8"))
        assert sample["conversations"][1]["value"] == answer
        (rejected,) = map(json.loads, (out / "rejected.jsonl").read_text(encoding="utf-8").splitlines())
        assert rejected["code"] == "AN022" and why in rejected["message"]


def test_nothing_but_points_and_no_task_is_told_by_what_became_of_them(tmp_path: Path) -> None:
    """That their picture has no annotation left only follows from it."""
    alone = LABELME | {"shapes": LABELME["shapes"][:1]}
    (tmp_path / "a.json").write_text(json.dumps(alone), encoding="utf-8")
    Image.new("RGB", (10, 10)).save(tmp_path / "r.png")
    done = CliRunner().invoke(mmdata, ["convert", "labelme", str(tmp_path / "a.json"), "-o", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert "Look first at AN022 unused-annotation (1 annotation)" in done.output and "--task keypoints" in done.output
