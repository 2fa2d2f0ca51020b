"""Pipes and devices among the files of a folder: nobody writes into them, and nothing may wait for it."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.recognise import candidates
from mmdata.converters.sources import SOURCES, load_source
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.errors import ConfigError, InputError
from PIL import Image

PIPES = (
    *("a.json", "a.jsonl", "a.csv", "a.tsv", "a.xml", "a.txt", "gt_img_1.txt", "a.parquet", "a.arrow", "a.jpg"),
    *("metadata.jsonl", "metadata.csv", "data.yaml", "obj.data", "classes.txt", "class_list.txt", "train.txt"),
    *("state.json", "dataset_dict.json", "instances.json", "refs(unc).json", "notes.json", "labels/a.txt"),
    *("Annotations/a.xml", "images/a.jpg", "annotation-class-descriptions.csv"),
)

LABELS = {
    "yolo": ("labels/b.txt", "0 0.5 0.5 0.2 0.2\n"),
    "ocr": ("gt_img_2.txt", "1,1,9,1,9,9,1,9,ICE\n"),
    "csv": ("b.csv", "filename,xmin,ymin,xmax,ymax,class\nb.jpg,1,2,3,4,cup\n"),
    "captions": ("b.csv", "image,caption\nb.jpg,a cup\n"),
    "voc": (
        "b.xml",
        "<annotation><filename>b.jpg</filename><object><name>cup</name><bndbox><xmin>1</xmin><ymin>1</ymin>"
        "<xmax>5</xmax><ymax>6</ymax></bndbox></object></annotation>",
    ),
    "labelme": (
        "b.json",
        '{"version": "5", "flags": {}, "imagePath": "b.jpg", "imageData": null, "imageHeight": 9, "imageWidth": 9,'
        ' "shapes": [{"label": "cup", "points": [[1, 1], [5, 6]], "shape_type": "rectangle", "flags": {}}]}',
    ),
    "label-studio": (
        "b.json",
        '[{"id": 1, "data": {"image": "b.jpg"}, "annotations": [{"id": 1, "result": [{"id": "x", "type":'
        ' "rectanglelabels", "from_name": "l", "to_name": "i", "original_width": 9, "original_height": 9, "value":'
        ' {"x": 1, "y": 1, "width": 50, "height": 50, "rotation": 0, "rectanglelabels": ["cup"]}}]}]}]',
    ),
}
"""A label file of one annotation for sources that read folders."""


def _waited(number: int, frame: FrameType | None) -> None:
    raise AssertionError("something waits for a pipe")


@pytest.fixture
def pipes(tmp_path: Path) -> Iterator[Path]:
    """A folder of pipes; where one is waited for, the test fails after a while."""
    if sys.platform == "win32":
        pytest.skip("no pipes with names here")
    for name in PIPES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        os.mkfifo(tmp_path / name)
    before = signal.signal(signal.SIGALRM, _waited)
    signal.alarm(60)
    yield tmp_path
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def read(name: str, path: Path) -> tuple[int, Accounting]:
    """How many annotations a source finds, and its accounting."""
    source, accounting = load_source(name), Accounting()
    found = list(source.read(path, source.Options(), Pictures(path, check=name == "yolo"), accounting))
    return sum(len(row["objects"] or row["captions"]) for batch in found for row in batch.to_pylist()), accounting


@pytest.mark.parametrize("name", SOURCES)
def test_a_folder_of_pipes_is_told(pipes: Path, name: str) -> None:
    try:
        assert load_source(name).sniff(pipes) is None
        annotations, accounting = read(name, pipes)
    except (InputError, ConfigError) as fault:
        assert fault.remedy
    else:
        assert annotations == 0
        assert accounting.rejected["images"] or accounting.examples


@pytest.mark.parametrize("name", LABELS)
def test_labels_among_pipes_are_read(pipes: Path, name: str) -> None:
    file, said = LABELS[name]
    (pipes / file).write_text(said, encoding="utf-8")
    Image.new("RGB", (9, 9)).save(pipes / "b.jpg")
    candidates(pipes)
    for pipe in ("data.yaml", "obj.data", "classes.txt", "notes.json"):
        (pipes / pipe).unlink()  # a description that is none is an error, of which the test above knows
    if name == "yolo":
        (pipes / "classes.txt").write_text("cup\n", encoding="utf-8")
    assert name in {each.source for each in candidates(pipes)}
    annotations, accounting = read(name, pipes)
    assert annotations == 1
    told = {code for kind in accounting.rejected.values() for code in kind} | set(accounting.remarks)
    assert told & {"AN001", "AN026", "AN027"} or name == "yolo"
