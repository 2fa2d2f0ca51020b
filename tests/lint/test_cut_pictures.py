"""Two hundred JPEGs that are cut somewhere: all are found in the default mode, by their ends alone."""

import json
import random
from pathlib import Path

from mmdata.pipelines.lint.run import lint
from mmdata.pipelines.lint.settings import Settings

from .conftest import draw


def found(folder: Path, names: list[str]) -> int:
    """How many of the pictures of a folder lint finds cut, and that it says nothing else of them."""
    images = [{"id": number, "file_name": name} for number, name in enumerate(names, 1)]
    labels = {"images": images, "annotations": [], "categories": [{"id": 1, "name": "mug"}]}
    (folder / "labels.json").write_text(json.dumps(labels))
    counts = lint(folder / "labels.json", Settings(source="coco", select=("IM",))).counts
    assert set(counts) <= {"IM002"}, counts
    return counts["IM002"]


def cut(contents: list[bytes], folder: Path) -> list[str]:
    """Two hundred files, each a picture up to a random place."""
    names = []
    places = random.Random(7)  # noqa: S311
    for number in range(200):
        whole = contents[number % len(contents)]
        (folder / f"{number}.jpg").write_bytes(whole[: places.randrange(0, len(whole))])
        names.append(f"{number}.jpg")
    return names


def test_drawn_ones(tmp_path: Path) -> None:
    for number, size in enumerate(("640x480 NOISE", "64x48 NOISE", "320x200", "480x640 NOISE L", "200x200 NOISE")):
        draw(tmp_path / "whole" / f"{number}.jpg", size)
    whole = sorted((tmp_path / "whole").iterdir())
    assert found(tmp_path / "whole", [path.name for path in whole]) == 0
    assert found(tmp_path, cut([path.read_bytes() for path in whole], tmp_path)) == 200


def test_real_ones(shared: Path, tmp_path: Path) -> None:
    whole = sorted((shared / "data" / "coco" / "instances_ccby").rglob("*.jpg"))
    contents = [path.read_bytes() for path in whole]
    assert len(contents) > 20
    for path, content in zip(whole, contents, strict=True):
        (tmp_path / path.name).write_bytes(content)
    assert found(tmp_path, [path.name for path in whole]) == 0
    assert found(tmp_path, cut(contents, tmp_path)) == 200
