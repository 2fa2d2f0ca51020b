"""The drawn example, through the command line: three formats say the same boxes, and every box lies on its paint."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mmdata.converters.targets import load_target
from PIL import Image, ImageChops, ImageOps

TABLES = [f"table-{number}" for number in range(1, 5)]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mmdata", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.fixture(scope="module")
def kitchen(root: Path) -> Path:
    return root / "examples" / "kitchen"


def boxes(out: Path) -> Iterator[tuple[str, str, list[float], tuple[int, int]]]:
    """Picture, label, box in pixels and the picture's size, decoded from every row of the split `train`."""
    rows: list[dict[str, Any]] = json.loads((out / "train" / "train.json").read_text(encoding="utf-8"))
    for row in rows:
        (name,) = load_target("qwen-vl").pictures(row)
        with Image.open(name) as picture:
            size = ImageOps.exif_transpose(picture).size
        for box in load_target("qwen-vl").decode(row, [size]):
            yield Path(name).name[:7], box.label or "", list(box.box), size


def convert(out: Path, *arguments: str | Path) -> Path:
    done = run("convert", *arguments, "-o", out)
    assert done.returncode == 0, done.stderr
    return out


def test_three_formats_say_the_same_boxes(kitchen: Path, tmp_path: Path) -> None:
    images = kitchen / "images"
    coco = sorted(boxes(convert(tmp_path / "coco", "coco", kitchen / "instances.json", "--images", images)))
    voc = sorted(boxes(convert(tmp_path / "voc", "voc", kitchen / "voc", "--images", images)))
    assert [each for each in coco if each[0] in TABLES] == voc

    studio = boxes(convert(tmp_path / "ls", "label-studio", kitchen / "label_studio.json", "--images", kitchen))
    turned = {"spoon", "book"}  # drawn turned: their paint lies inside the rectangle that Label Studio has
    assert sorted(each for each in studio if each[1] not in turned) == [each for each in voc if each[1] not in turned]


def test_the_demo_s_command_accounts_for_every_box(kitchen: Path, tmp_path: Path) -> None:
    source, images = kitchen / "instances.json", kitchen / "images"
    tasks, shares = "detect,ground,count", "train=0.75,val=0.25"
    done = run("convert", "coco", source, "--images", images, "--task", tasks, "--split", shares, "-o", tmp_path / "o")
    assert done.returncode == 0, done.stderr
    accounting = json.loads((tmp_path / "o" / "manifest.json").read_text(encoding="utf-8"))["accounting"]
    drawn = len(json.loads(source.read_text(encoding="utf-8"))["annotations"])
    assert accounting["annotations"] == {"read": drawn, "written": drawn - 2, "rejected": {"AN016": 1, "GE001": 1}}
    page = run("report", tmp_path / "o", "-o", tmp_path / "page.html")
    assert page.returncode == 0, page.stderr
    assert (tmp_path / "page.html").read_text(encoding="utf-8").count("<svg viewBox") == 12


def test_the_drawing_still_gives_the_committed_labels_and_pictures(root: Path, kitchen: Path, tmp_path: Path) -> None:
    for script in (root / "examples").glob("*.py"):
        (tmp_path / script.name).write_bytes(script.read_bytes())
    subprocess.run([sys.executable, str(tmp_path / "draw.py")], check=True, env=os.environ | {"PYTHONHASHSEED": "1"})
    for drawn in sorted((tmp_path / "kitchen").rglob("*.*")):
        committed = kitchen / drawn.relative_to(tmp_path / "kitchen")
        if drawn.parent.name != "images":
            assert drawn.read_bytes() == committed.read_bytes()
            continue
        with Image.open(drawn) as one, Image.open(committed) as other:
            difference = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
            assert max(high for _, high in difference.getextrema()) < 40  # JPEG encoders differ by a little
