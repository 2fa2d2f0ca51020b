"""Real data, every target: the target changes the text and never the boxes."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from mmdata.converters.targets import TARGETS, load_target
from mmdata.converters.targets.protocol import Decoded, RenderOptions
from mmdata.pipelines.report.out import read_manifest, rows
from PIL import Image

WITH_BOXES = [name for name in TARGETS if getattr(load_target(name), "CARRIES_BOXES", True)]
SETS = {
    "taco": ["coco", "coco/taco_whole/data/annotations.json", "--no-check-images"],
    "coco": ["coco", "coco/instances_ccby/annotations/instances_train2017.json", "--no-check-images"],
    "bccd": ["voc", "voc/bccd/BCCD"],
}


LAST_CELL_SHORT = {"qwen-vl", "vary-toy", "cogvlm", "cogvlm2", "glm-4v", "glm-4.5v", "visualglm"}
"""Those whose largest number is 999 of 1000."""


def sizes_of(place: Path) -> dict[str, tuple[int, int]]:
    """Width and height of the pictures of a COCO file by their whole name; the file's own words, not mmdata's."""
    data = json.loads(place.read_text(encoding="utf-8"))
    return {str(place.parent / image["file_name"]): (image["width"], image["height"]) for image in data["images"]}


NEEDED = {"gemini": ["--bucket", "gs://bucket/photos"]}
"""What a target must be told."""

ANONYMOUS = {"gemini", "openai", "imagefolder"}


def converted(name: str, target: str, data: Path, out: Path) -> Path:
    source, place, *more = SETS[name]
    if name == "coco" and needs_pictures(target):
        more = ["--images", str(data / "coco" / "instances_ccby" / "train2017")]
    more = [*more, *NEEDED.get(target, [])]
    asked = ["convert", source, str(data / place), *more, "--to", target, "--task", "detect", "--max-rejected", "100%"]
    done = CliRunner().invoke(mmdata, [*asked, "-q", "-o", str(out)], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return out


def holds_pictures(target: str) -> bool:
    """Whether the pictures lie in the files that are written: then those of a set must be there."""
    return hasattr(load_target(target), "embedded")


def needs_pictures(target: str) -> bool:
    """Whether the pictures are copied, into the files or beside them."""
    return holds_pictures(target) or load_target(target).FORM in ("folder", "imagefolder")


def size_inside(picture: bytes) -> tuple[int, int]:
    with Image.open(BytesIO(picture)) as opened:
        return opened.size


Boxes = dict[str, tuple[tuple[int, int], list[Decoded]]]


def decoded(out: Path, sizes: Any, exact: Boxes | None = None) -> Boxes:
    """The boxes of every sample, with the size of its picture.

    Rows of `ANONYMOUS` targets have no ids, or no names that lead back: they are those of `exact` in order.
    """
    manifest = read_manifest(out)
    target = manifest.target()
    found: Boxes = {}
    if exact is not None and manifest.options["target"] in ANONYMOUS:
        for (name, (size, _)), row in zip(exact.items(), rows(out, manifest, "train"), strict=True):
            found[name] = size, target.decode(row, [size], manifest.render_options())
        return found
    for row in rows(out, manifest, "train"):
        (picture,) = target.pictures(row)
        size = size_inside(*target.embedded(row)) if holds_pictures(manifest.options["target"]) else sizes(picture)
        said = row.get("json", row)
        found[said["id"]] = size, target.decode(row, [size], manifest.render_options())
    return found


def bounds(target: str, size: tuple[int, int]) -> tuple[float, float]:
    """The error in pixels across and down."""
    if target in ("swift", "webdataset", "energon", "mds", "huggingface", "imagefolder"):
        return 0.0, 0.0
    if target in ("llava", "yi-vl"):
        return (max(size) / (200 if target == "llava" else 1998),) * 2
    if target == "minigpt-v2":
        return size[0] / 200, size[1] / 200
    if target == "qwen2.5-vl":
        from mmdata.converters.targets.qwen2_5_vl import FACTOR, PIXELS
        from mmdata.converters.targets.smart_resize import smart_resize
        from numpy import array

        new = smart_resize(array([size], float), FACTOR, PIXELS)[0].tolist()
        return size[0] / new[0], size[1] / new[1]
    step = 1000 if target in LAST_CELL_SHORT else 2000
    return size[0] / step, size[1] / step


@pytest.mark.parametrize("name", SETS)
def test_all_targets_decode_to_the_same_boxes(name, shared, tmp_path):
    data = shared / "data"
    if name == "bccd":

        def size(picture):
            with Image.open(picture) as opened:
                return opened.size
    else:
        labels = data / SETS[name][1]
        known = sizes_of(labels)

        def size(picture):  # with --images it stands in another folder than the labels
            return known.get(picture) or known[str(labels.parent / Path(picture).name)]

    exact = decoded(converted(name, "swift", data, tmp_path / "swift"), size)
    assert sum(len(boxes) for _, boxes in exact.values()) > 100
    for target in WITH_BOXES:
        if name == "taco" and needs_pictures(target):  # its pictures are not there
            continue
        found = decoded(converted(name, target, data, tmp_path / target), size, exact)
        assert found.keys() == exact.keys(), target
        for sample, (picture, boxes) in found.items():
            most = bounds(target, picture)
            ours = exact[sample][1]
            assert [box.label for box in boxes] == [box.label for box in ours], (target, sample)
            for box, true in zip(boxes, ours, strict=True):
                for at, (back, value) in enumerate(zip(box.box, true.box, strict=True)):
                    inside = min(max(value, 0.0), float(picture[at % 2]))
                    assert abs(back - inside) <= most[at % 2] * (1 + 1e-9) + 1e-9, (target, sample, box, true)


@pytest.mark.parametrize("target", WITH_BOXES)
def test_the_accounting_is_the_same_whatever_the_target(target, shared, tmp_path):
    manifest = read_manifest(converted("coco", target, shared / "data", tmp_path / "out"))
    balance = manifest.accounting["annotations"]
    assert (balance.read, balance.written, sum(balance.rejected.values())) == (139, 136, 3)


def test_turned_boxes_are_counted_where_a_target_has_no_four_corners(tmp_path, root):
    labels = str(root / "examples" / "kitchen" / "label_studio.json")
    for target, lost in (("qwen-vl", 0), ("qwen2-vl", 0), ("qwen3-vl", 1)):
        out = tmp_path / target
        asked = ["convert", "label-studio", labels, "--images", str(root / "examples" / "kitchen"), "--to", target]
        done = CliRunner().invoke(mmdata, [*asked, "--rotated", "quad", "-q", "-o", str(out)], catch_exceptions=False)
        assert done.exit_code == 0, done.stderr
        counts = json.loads((out / "lint.json").read_text())["counts"]
        assert bool(counts.get("GE014", 0)) is bool(lost)
        quads = [box for row in rows(out, read_manifest(out), "train") for box in
                 load_target(target).decode(row, [(1, 1)] * len(load_target(target).pictures(row)), RenderOptions())
                 if box.quad]  # fmt: skip
        assert bool(quads) is not bool(lost)


def test_only_targets_that_resize_take_a_number_of_pixels(tmp_path, root):
    labels = str(root / "examples" / "kitchen" / "instances.json")
    images = str(root / "examples" / "kitchen" / "images")
    for target in TARGETS:
        out = tmp_path / target
        asked = ["convert", "coco", labels, "--images", images, "--to", target, "--max-pixels", "401408"]
        done = CliRunner().invoke(mmdata, [*asked, *NEEDED.get(target, []), "-q", "-o", str(out)])
        takes = getattr(load_target(target), "PIXELS", None) is not None
        assert (done.exit_code, out.exists()) == ((0, True) if takes else (2, False)), target
        if takes:
            assert json.loads((out / "manifest.json").read_text())["options"]["max_pixels"] == 401408
        else:
            assert "--max-pixels" in str(done.exception) + done.output


def test_files_beside_the_data_are_in_the_manifest(tmp_path, root):
    labels = str(root / "examples" / "kitchen" / "instances.json")
    for target, name in (("llama-factory", "dataset_info.json"), ("qwen2.5-vl", "qwen_vl_finetune_data.py")):
        out = tmp_path / target
        asked = ["convert", "coco", labels, "--no-check-images", "--to", target, "--split", "train=0.75,val=0.25"]
        done = CliRunner().invoke(mmdata, [*asked, "-q", "-o", str(out)], catch_exceptions=False)
        assert done.exit_code == 0, done.stderr
        manifest = json.loads((out / "manifest.json").read_text())
        assert name in [each["path"] for each in manifest["files"]]
        assert "val/val.jsonl" in (out / name).read_text()
        for split in manifest["splits"].values():
            for shard in split["shards"]:
                lines = (out / shard["path"]).read_text().splitlines()
                assert len([json.loads(line) for line in lines]) == shard["samples"]
