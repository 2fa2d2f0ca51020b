"""Negatives: what may be said not to be there, and which pictures say so."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from mmdata.converters.records import Media, Object, Record
from mmdata.pipelines.job import Limit
from mmdata.schemas.box import Box
from PIL import Image

ALL = Limit(share=1.0)
KINDS = ("car", "bus", "tree", "dog")


BOX = Box(1, 1, 9, 9)


def record(name: str, *labels: str, crowd: bool = False, box: Box = BOX) -> Record:
    things = [Object(f"/{name}/{n}", label, box, crowd=crowd) for n, label in enumerate(labels)]
    return Record(name, "labels.json", f"/{name}", [Media(f"{name}.jpg", 100, 80)], things)


STREET = record("street", *KINDS)


def test_without_negatives_the_empty_picture_is_left_out_as_a_choice(make) -> None:
    made = make(STREET, record("empty"), max_rejected=Limit(share=None, count=0))
    assert made.manifest["accounting"]["images"] == {"read": 2, "written": 1, "rejected": {"AN015": 1}}


@pytest.mark.parametrize("task", ["detect", "ground", "count"])
def test_the_picture_without_objects_is_written_as_a_negative(make, task: str) -> None:
    made = make(STREET, record("empty"), tasks=(task,), negatives=2)
    assert made.manifest["accounting"]["images"] == {"read": 2, "written": 2, "rejected": {}}
    (row,) = [row for row in made.rows() if row["id"].startswith("empty")]
    answers = [turn["value"] for turn in row["conversations"][1::2]]
    assert len(answers) == 2
    assert not any("<box>" in answer for answer in answers)


@pytest.mark.parametrize("task", ["detect", "ground", "count"])
@pytest.mark.parametrize(
    "left_out",
    [
        record("r", "car", crowd=True),
        record("r", "car", box=Box(5, 5, 5, 9)),
        record("r", "car", box=Box(500, 5, 600, 9)),
        record("r", "car", box=Box(float("nan"), 5, 6, 9)),
    ],
    ids=["crowd", "empty box", "outside", "not finite"],
)
def test_nobody_says_that_what_was_left_out_is_not_there(make, task: str, left_out: Record) -> None:
    made = make(STREET, left_out, tasks=(task,), negatives=9, max_rejected=ALL)
    (row,) = [row for row in made.rows() if row["id"].startswith("r-")]
    text = json.dumps(row)
    assert "car" not in text
    assert all(label in text for label in ("bus", "tree", "dog"))


def test_difficult_objects_that_were_dropped_are_still_there(make) -> None:
    hard = record("r", "car")
    hard.objects[0].difficult = True
    made = make(STREET, hard, tasks=("ground",), negatives=9, difficult="drop")
    (row,) = [row for row in made.rows() if row["id"].startswith("r-")]
    assert "car" not in json.dumps(row)


def test_the_same_is_asked_in_vain_in_every_run(make) -> None:
    records = [STREET, *(record(f"e{n}") for n in range(9))]
    rows = make(*records, negatives=2).rows()
    other = {row["id"]: row for row in make(*records[::-1], negatives=2, rows=3).rows()}
    assert {row["id"]: row for row in rows} == other
    assert len({json.dumps(row["conversations"][1:]) for row in rows}) > 2, "not the same ones for every picture"


def task(number: int, annotations: list[dict]) -> dict:
    return {"id": number, "data": {"image": f"/data/upload/1/{number}.jpg"}, "annotations": annotations}


def region() -> dict:
    value = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0, "rectanglelabels": ["car"]}
    sizes = {"original_width": 100, "original_height": 80}
    return {"id": "a", "type": "rectanglelabels", "from_name": "b", "to_name": "image", "value": value, **sizes}


def test_label_studio_only_what_somebody_found_empty_is_a_negative(tmp_path: Path) -> None:
    tasks = [
        task(1, [{"id": 1, "result": [region()]}]),
        task(2, [{"id": 2, "result": []}]),  # submitted empty: nothing is there
        task(3, []),  # nobody has looked
        task(4, [{"id": 4, "result": [], "was_cancelled": True}]),  # skipped
        {**task(5, []), "predictions": [{"id": 5, "result": [region()]}]},
    ]
    for number in range(1, 6):
        Image.new("RGB", (100, 80)).save(tmp_path / f"{number}.jpg")
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    arguments = [str(tmp_path / "tasks.json"), "--negatives", "1", "--format", "json", "-o", str(tmp_path.parent / "o")]
    done = CliRunner().invoke(mmdata, ["convert", "label-studio", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    balance = json.loads(done.stdout)["accounting"]
    assert balance["images"] == {"read": 5, "written": 2, "rejected": {"AN017": 3}}
    rows = json.loads((tmp_path.parent / "o" / "train" / "train.json").read_bytes())
    assert len(rows) == 2
    addresses = done.stderr.split("annotations ")[0].splitlines()
    assert addresses[0] == "addresses of pictures:"
    assert "by the rule 'upload'" in addresses[1]
    assert len(addresses) <= 5 + 1


def test_voc_knows_where_its_pictures_stand(tmp_path: Path) -> None:
    """The input is the folder of annotations; the pictures stand beside it."""
    for folder in ("Annotations", "JPEGImages"):
        (tmp_path / "VOC" / folder).mkdir(parents=True)
    Image.new("RGB", (100, 80)).save(tmp_path / "VOC" / "JPEGImages" / "a.jpg")
    box = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>"
    size = "<size><width>100</width><height>80</height><depth>3</depth></size>"
    text = f"<annotation><filename>a.jpg</filename>{size}<object><name>car</name>{box}</object></annotation>"
    (tmp_path / "VOC" / "Annotations" / "a.xml").write_text(text)
    arguments = [str(tmp_path / "VOC" / "Annotations"), "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(mmdata, ["convert", "voc", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    assert f"{tmp_path}/VOC/JPEGImages/a.jpg" in (tmp_path / "out" / "train" / "train.json").read_text()
