"""`mmdata convert auto`: what is recognised is said and read, two things it may be are named, nothing is counted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from mmdata.cli import mmdata
from mmdata.converters.recognise import candidates, endings, label_files
from mmdata.converters.sources import SOURCES

GTS = "data/formats/same_boxes_in_8_formats/data/database/gts"
ASSETS = "data/formats/datumaro/tests/assets"


def auto(*args: object) -> Result:
    return CliRunner().invoke(mmdata, ["convert", "auto", *map(str, args)], catch_exceptions=False)


def coco(folder: Path, name: str = "instances.json") -> Path:
    """A COCO file of one picture, in `folder`/annotations."""
    file = folder / "annotations" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}],
        "categories": [{"id": 1, "name": "dog"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20], "iscrowd": 0}],
    }
    file.write_text(json.dumps(content))
    return file


def voc(folder: Path) -> None:
    box = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>"
    size = "<size><width>100</width><height>80</height></size>"
    (folder / "a.xml").write_text(
        f"<annotation><filename>a.jpg</filename>{size}<object><name>dog</name>{box}</object></annotation>"
    )


def test_what_it_saw_and_why_is_said_and_then_it_is_read(tmp_path):
    coco(tmp_path / "ds")
    done = auto(tmp_path / "ds", "--no-check-images", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    saw = f"{tmp_path}/ds/annotations/instances.json is coco: a JSON object whose 'annotations' have an 'image_id'"
    assert done.stderr.splitlines()[0] == saw
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["options"]["source"] == "coco"
    # the pictures are looked for in the folder that was named
    assert manifest["options"]["images"] == str(tmp_path / "ds")


def test_a_file_is_recognised_with_the_same_bytes_as_by_its_name(tmp_path):
    file = coco(tmp_path)
    named = ["convert", "coco", str(file), "--no-check-images", "-o", str(tmp_path / "named")]
    assert CliRunner().invoke(mmdata, named).exit_code == 0
    assert auto(file, "--no-check-images", "-q", "-o", tmp_path / "auto").exit_code == 0
    first, second = (tmp_path / name / "train" / "train.json" for name in ("named", "auto"))
    assert first.read_bytes() == second.read_bytes()


def test_quiet_says_nothing(tmp_path):
    coco(tmp_path / "ds")
    assert auto(tmp_path / "ds", "--no-check-images", "-q", "-o", tmp_path / "out").stderr == ""


def test_several_are_named_with_their_commands(tmp_path):
    folder = tmp_path / "my data"
    file = coco(folder)
    voc(folder)
    done = auto(folder, "-o", tmp_path / "out")
    assert done.exit_code == 2
    first, *rest = done.stderr.splitlines()
    assert first == (
        f"Error: {folder}: this may be read in 2 ways: voc (my data/a.xml has the root <annotation>); "
        "coco (annotations/instances.json is a JSON object whose 'annotations' have an 'image_id')"
    )
    assert rest == [
        "  Choose.",
        f"  Run: mmdata convert voc '{folder}' -o {tmp_path}/out",
        f"  Run: mmdata convert coco '{file}' --images '{folder}' -o {tmp_path}/out",
    ]
    assert not (tmp_path / "out").exists()


def test_two_files_of_one_format_are_two_ways(tmp_path):
    coco(tmp_path, "instances_train.json")
    coco(tmp_path, "instances_val.json")
    done = auto(tmp_path, "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert done.stderr.count("Run: mmdata convert coco") == 2


def test_a_long_list_is_cut(tmp_path):
    for number in range(20):
        coco(tmp_path, f"{number:02}.json")
    done = auto(tmp_path, "-o", tmp_path / "out")
    assert "in 20 ways" in done.stderr
    assert "; and 12 more" in done.stderr
    assert done.stderr.count("Run: ") == 8


def test_nothing_is_told_with_what_is_there(tmp_path):
    for name in ("a.jpg", "b.jpg", "c.md", "LICENSE"):
        (tmp_path / name).write_bytes(b"x")
    done = auto(tmp_path, "-o", tmp_path.parent / "never")
    assert done.exit_code == 2
    first, second = done.stderr.splitlines()
    assert first == f"Error: {tmp_path}: no source knows it: a folder of 2 .jpg, 1 without an ending and 1 .md"
    assert "mmdata sources" in second


@pytest.mark.parametrize("content", [b"", b"{}", b"[[", b"\xff\xfe\0", b"<a/>", b"0 0 0", b"a,b\n1,2\n"])
@pytest.mark.parametrize("name", ["a.json", "a.xml", "a.csv", "a.txt", "data.yaml", "a"])
def test_rubbish_is_no_source_s(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    for path in (tmp_path, tmp_path / name):
        done = auto(path, "-o", tmp_path / "out")
        assert done.exit_code == 2, done.output
        assert done.stderr.startswith("Error: ")
        assert "Traceback" not in done.stderr


def test_an_empty_folder_and_a_missing_one(tmp_path):
    assert "a folder of nothing" in auto(tmp_path, "-o", tmp_path / "out").stderr
    assert "there is no such file or folder" in auto(tmp_path / "gone", "-o", tmp_path / "out").stderr


def test_the_look_is_bounded(tmp_path):
    coco(tmp_path / "one")
    assert [each.source for each in candidates(tmp_path)] == ["coco"]
    coco(tmp_path / "deep" / "down" / "below")
    assert len(candidates(tmp_path)) == 1
    for number in range(1100):
        (tmp_path / f"{number}.json").write_text("{}")
    assert len(list(label_files(tmp_path))) == 1000


def test_endings_are_counted():
    assert endings([]) == ""
    assert endings(["a.JPG", "b.jpg"]) == "2 .jpg"
    assert endings([f"{i}.{i}" for i in range(9)]) == "1 .0, 1 .1, 1 .2, 1 .3 and 5 others"


def test_it_stands_with_the_sources_in_help_and_lesson():
    for arguments in (["convert"], ["convert", "--help"]):
        assert "\n  auto " in CliRunner().invoke(mmdata, arguments).stdout
    assert "--images" in auto("--help").stdout
    assert "auto" not in SOURCES


# every folder of the real data that a source of ours reads


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("data/coco/taco_whole", {"coco": 1}),
        ("data/coco/instances_ccby", {"coco": 6}),
        ("data/coco/val_yolo_panoptic_ccby", {"yolo": 1, "coco": 2}),
        ("data/coco/val_yolo_panoptic_ccby/object_detection", {"yolo": 1}),
        ("data/voc/bccd", {"voc": 1}),
        ("data/yolo/yolo_mark", {"yolo": 1}),
        ("data/formats/retinanet_coco_voc_csv/pascal", {"voc": 1}),
        (f"{GTS}/coco_format_v1", {"coco": 1}),
        (f"{GTS}/coco_format_v2", {"coco": 1}),
        (f"{GTS}/cvat_format", {"cvat": 1}),
        (f"{GTS}/imagenet_format", {"voc": 1}),
        (f"{GTS}/labelme_format", {"labelme": 1}),
        (f"{GTS}/openimages_format", {"openimages": 1}),
        (f"{GTS}/pascalvoc_format", {"voc": 1}),
        (f"{GTS}/yolo_format", {"yolo": 1}),
        (f"{ASSETS}/voc_dataset", {"voc": 1}),
        (f"{ASSETS}/roboflow_dataset", {"voc": 1, "yolo": 1, "dota": 1, "coco": 2}),
        (f"{ASSETS}/yolo_dataset", {"yolo": 1}),
        (f"{ASSETS}/cvat_dataset", {"cvat": 1}),
        ("label-studio/exports/main/JSON.json", {"label-studio": 1}),
        ("label-studio/exports/main/VOC", {"voc": 1}),
        ("label-studio/exports/brush/COCO", {"coco": 1}),
        ("label-studio/exports/main/YOLO", {"yolo": 1}),
        ("label-studio/exports/main/YOLO_OBB_WITH_IMAGES", {"yolo": 1}),
        ("data/dup/perception", {}),
        ("data/bad", {}),
        ("data/exif", {}),
    ],
)
def test_real_data(shared, place, wanted):
    found = [each.source for each in candidates(shared / place)]
    assert {name: found.count(name) for name in found} == wanted


@pytest.mark.parametrize(
    "place", ["data/voc/bccd", f"{GTS}/coco_format_v1", "label-studio/exports/brush/YOLO_WITH_IMAGES"]
)
def test_real_data_is_converted(shared, tmp_path, place):
    check = "--check-images" if (shared / place).name != "coco_format_v1" else "--no-check-images"
    done = auto(shared / place, check, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr


@pytest.mark.parametrize("source", ["auto", "coco"])
def test_a_pipe_is_told_and_not_waited_for(source: str, tmp_path: Path) -> None:
    """`<(zcat labels.json.gz)` is one: nobody would write into it a second time. The command is a program of its own,
    so that waiting fails and hangs nothing."""
    os.mkfifo(tmp_path / "labels.json")
    command = [sys.executable, "-m", "mmdata", "convert", source, "labels.json", "-o", "out"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "labels.json: is a pipe or device" in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["labels.json"]
