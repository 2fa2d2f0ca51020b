"""Hugging Face data sets read back: tables made here as `datasets` writes them, whole conversions, round trips, damage.

`datasets` itself is asked by `tests/loaders`; here its schema metadata is written by hand.
"""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources import huggingface, load_source
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.annotation import ANNOTATIONS
from mmdata.schemas.errors import InputError
from PIL import Image

RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
CORNERS = ("x1", "y1", "x2", "y2")
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
BOXES = pa.list_(pa.list_(pa.float32(), 4))
NAMES = {"_type": "ClassLabel", "names": ["mug", "pot"]}


class Result:
    """What one read gave: rows, rejections as objects, and the accounting."""

    def __init__(self, path: Path, pictures: Pictures | None = None, **options: Any) -> None:
        lines: list[bytes] = []
        self.accounting = Accounting(sink=lines.append)
        pictures = pictures or Pictures(path if path.is_dir() else path.parent, check=False)
        self.rows: list[dict[str, Any]] = []
        for batch in huggingface.read(path, huggingface.Options(**options), pictures, self.accounting):
            assert batch.schema == ANNOTATIONS
            self.rows += batch.to_pylist()
        self.rejected = [json.loads(line) for line in lines]
        counts = self.accounting.balance()
        lists = ("objects", "captions", "questions", "phrases", "conversations")
        kept = {
            "images": sum(len(row["media"]) for row in self.rows),
            "annotations": sum(len(row[name]) for row in self.rows for name in lists),
        }
        for kind, number in kept.items():
            assert counts[kind]["read"] == number + sum(counts[kind]["rejected"].values())

    def boxes(self) -> list[tuple[str, str, list[float]]]:
        """(record, label, corners) of every object."""
        return [
            (row["id"], each["label"], [each[side] for side in CORNERS]) for row in self.rows for each in row["objects"]
        ]

    def faults(self) -> list[list[Any]]:
        return [[each["code"], each["at"], each["value"]] for each in self.rejected]


def jpeg(width: int, height: int, colour: str = "red", orientation: int = 1) -> bytes:
    from io import BytesIO

    exif = Image.Exif()
    exif[0x0112] = orientation
    out = BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "JPEG", exif=exif if orientation != 1 else b"")
    return out.getvalue()


def featured(columns: dict[str, pa.Array], features: dict[str, Any]) -> pa.Table:
    """A table with the metadata that `datasets` writes."""
    said = json.dumps({"info": {"features": features}}).encode()
    return pa.table(columns).replace_schema_metadata({b"huggingface": said})


def detection(rows: list[tuple[Any, dict[str, Any] | None]], **more: list[Any]) -> pa.Table:
    objects = pa.struct([("bbox", BOXES), ("category", pa.list_(pa.int64())), ("area", pa.list_(pa.int64()))])
    features = {
        "image": {"_type": "Image"},
        "objects": {"feature": {"bbox": {}, "category": {"feature": NAMES, "_type": "Sequence"}}, "_type": "Sequence"},
    }
    columns = {
        "image": pa.array([image for image, _ in rows], IMAGE),
        "objects": pa.array([each for _, each in rows], objects),
    }
    return featured(columns | {name: pa.array(values) for name, values in more.items()}, features)


TWO = {"bbox": [[1, 2, 10, 20], [0, 0, 5, 5]], "category": [0, 1], "area": [200, 25]}


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """A repository of two splits, as the Hub has it."""
    (tmp_path / "hub/data").mkdir(parents=True)
    rows = [({"bytes": jpeg(40, 30), "path": "a.jpg"}, TWO), ({"bytes": jpeg(8, 6), "path": None}, None)]
    pq.write_table(detection(rows, image_id=[7, 8]), tmp_path / "hub/data/train-00000-of-00001.parquet")
    turned = [({"bytes": jpeg(40, 30, "blue", 6), "path": "/other/machine/b.png"}, {**TWO, "category": [1, -1]})]
    pq.write_table(detection(turned), tmp_path / "hub/data/test-00000-of-00001-abcdef.parquet")
    return tmp_path / "hub"


def test_boxes_are_coco_s_and_classes_bear_their_names(hub: Path) -> None:
    result = Result(hub, hub_split="train")
    assert result.boxes() == [("7", "mug", [1, 2, 11, 22]), ("7", "pot", [0, 0, 5, 5])]
    assert not result.rejected
    assert len(result.rows) == 2


def test_a_class_that_has_no_name_is_left_out(hub: Path) -> None:
    assert Result(hub, hub_split="test").faults() == [["AN010", "/0/objects/1", -1]]


def test_a_split_that_is_not_there_is_told_with_those_that_are(hub: Path) -> None:
    with pytest.raises(InputError, match=r"no split 'validation' here; there are test, train"):
        Result(hub, hub_split="validation")


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, [4, 6, 14, 36]),
        ({"box_corners": "xyxy"}, [4, 6, 10, 30]),
        ({"box_corners": "cxcywh"}, [-1, -9, 9, 21]),
        ({"box_shares": True}, [4 * 40, 6 * 20, 14 * 40, 36 * 20]),
    ],
)
def test_the_four_numbers_are_what_the_user_says(tmp_path: Path, options: dict[str, Any], wanted: list[float]) -> None:
    row = ({"bytes": jpeg(40, 20), "path": None}, {"bbox": [[4, 6, 10, 30]], "category": [0], "area": [1]})
    pq.write_table(detection([row]), tmp_path / "x.parquet")
    result = Result(tmp_path / "x.parquet", Pictures(tmp_path), **options)
    assert [box for _, _, box in result.boxes()] == [wanted]


def test_shares_are_of_the_picture_as_it_is_seen(tmp_path: Path) -> None:
    objects = {"bbox": [[0, 0, 1, 0.5]], "category": [0], "area": [1]}
    pq.write_table(detection([({"bytes": jpeg(40, 20, orientation=6), "path": None}, objects)]), tmp_path / "x.parquet")
    result = Result(tmp_path / "x.parquet", Pictures(tmp_path), box_shares=True)
    assert [box for _, _, box in result.boxes()] == [[0, 0, 20, 20]]


def size_of(path: str) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def test_a_whole_conversion_writes_the_pictures_upright_and_nothing_else(hub: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ["convert", "huggingface", str(hub), "--to", "swift", "--task", "detect", "--max-rejected", "9"]
    subprocess.run([sys.executable, "-m", "mmdata", *asked, "-o", str(out)], check=True, capture_output=True)
    manifest = json.loads((out / "manifest.json").read_text())
    rows = [json.loads(line) for line in (out / "train/train.jsonl").read_text().splitlines()]
    sizes = [size_of(row["images"][0]) for row in rows]
    assert sorted(sizes) == [(30, 40), (40, 30)]
    assert all(Path(row["images"][0]).parent == out / "images" for row in rows)
    listed = {each["path"] for each in manifest["files"]}
    assert {f"images/{path.name}" for path in (out / "images").iterdir()} <= listed
    assert not [path for path in out.iterdir() if path.name.startswith(".")]
    assert manifest["accounting"]["images"]["read"] == 3


def test_save_to_disk_is_read_in_the_order_of_its_state(tmp_path: Path) -> None:
    for split, colours in (("train", ["red", "blue"]), ("test", ["green"])):
        (tmp_path / split).mkdir()
        names = []
        for number, colour in enumerate(colours):
            name = f"data-{number:05}-of-{len(colours):05}.arrow"
            table = detection([({"bytes": jpeg(8, 8, colour), "path": colour}, TWO)], id=[f"{split}-{colour}"])
            with pa.ipc.new_stream(str(tmp_path / split / name), table.schema) as stream:
                stream.write_table(table)
            names.append({"filename": name})
        (tmp_path / split / "cache-123.arrow").write_bytes(b"not ours")
        (tmp_path / split / "state.json").write_text(json.dumps({"_data_files": names[::-1]}))
        (tmp_path / split / "dataset_info.json").write_text("{}")
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    assert [row["id"] for row in Result(tmp_path).rows] == ["train-blue", "train-red", "test-green"]
    assert [row["id"] for row in Result(tmp_path / "train").rows] == ["train-blue", "train-red"]
    assert [row["id"] for row in Result(tmp_path, hub_split="test").rows] == ["test-green"]
    assert huggingface.sniff(tmp_path)


@pytest.mark.parametrize(
    ("state", "fact"),
    [
        ('{"_data_files": [{"filename": "../../secret.arrow"}]}', "names no files beside it"),
        ('{"_data_files": []}', "names no files beside it"),
        (
            '{"_indices_files": [{"filename": "i.arrow"}], "_data_files": [{"filename": "a.arrow"}]}',
            "index beside them",
        ),
        ("[", "no JSON"),
    ],
)
def test_a_state_that_cannot_be_followed_is_told(tmp_path: Path, state: str, fact: str) -> None:
    (tmp_path / "state.json").write_text(state)
    with pytest.raises(InputError, match=fact):
        Result(tmp_path)


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_an_image_folder_s_pictures_stand_beside_its_metadata(tmp_path: Path, form: str) -> None:
    folder = tmp_path / "set/train"
    folder.mkdir(parents=True)
    (folder / "a.jpg").write_bytes(jpeg(9, 9))
    row = {"file_name": "a.jpg", "text": "A mug, red."}
    if form == "csv":
        with (folder / "metadata.csv").open("w", newline="") as file:
            csv.writer(file).writerows([row.keys(), row.values()])
    elif form == "jsonl":
        row |= {"objects": {"bbox": [[1, 2, 3, 4]], "categories": ["mug"]}}
        (folder / "metadata.jsonl").write_text(json.dumps(row) + "\n")
    else:
        pq.write_table(pa.Table.from_pylist([row]), folder / "metadata.parquet")
    pictures = Pictures(tmp_path / "set")
    result = Result(tmp_path / "set", pictures)
    (record,) = result.rows
    assert record["id"] == "a.jpg"
    assert pictures.find(record["media"][0]["path"]) == folder / "a.jpg"
    assert [each["text"] for each in record["captions"]] == ["A mug, red."]
    assert result.boxes() == ([("a.jpg", "mug", [1, 2, 4, 6])] if form == "jsonl" else [])
    assert huggingface.sniff(tmp_path / "set")


def test_objects_may_be_a_list_of_objects_and_columns_of_their_own(tmp_path: Path) -> None:
    rows = [
        {"file_name": "a.jpg", "objects": [{"bbox": [1, 1, 2, 2], "label": "mug", "iscrowd": 1, "pose": "left"}]},
        {"file_name": "b.jpg", "objects": [{"bbox": [1, 1, 2], "label": "mug"}, {"bbox": [0, 0, 1, 1]}, 5]},
        {"file_name": "c.jpg", "objects": 5},
    ]
    (tmp_path / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = Result(tmp_path)
    assert (
        result.rows[0]["objects"][0] | {"crowd": True, "attributes": '{"pose":"left"}'} == result.rows[0]["objects"][0]
    )
    assert [fault[:2] for fault in result.faults()] == [
        ["AN004", "2:1/objects/0"],
        ["AN023", "2:1/objects/1"],
        ["AN004", "2:1/objects/2"],
        ["AN004", "3:1/objects"],
    ]
    assert Result(tmp_path, box_label="thing").boxes()[1] == ("b.jpg", "thing", [0, 0, 1, 1])
    side = pa.table({"image": ["d.jpg"], "bboxes": pa.array([[[1, 1, 2, 2]]], BOXES), "labels": [["pot"]]})
    pq.write_table(side, tmp_path / "side.parquet")
    assert Result(tmp_path / "side.parquet").boxes() == [("side-0", "pot", [1, 1, 3, 3])]


def test_sentences_and_questions(tmp_path: Path) -> None:
    rows = [
        {"image": "a.jpg", "caption": ["One.", "Two."], "question": "What?", "answers": ["a", "b", "a"]},
        {"image": "b.jpg", "caption": ["Three."], "question": "How many?", "answers": ["4"]},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "x.parquet")
    result = Result(tmp_path)
    assert [each["text"] for row in result.rows for each in row["captions"]] == ["One.", "Two.", "Three."]
    first = result.rows[0]["questions"][0]
    assert first["question"] == "What?"
    assert [(each["text"], each["votes"]) for each in first["answers"]] == [("a", 2), ("b", 1)]


def classified(path: Path, classes: list[Any], feature: dict[str, Any] | None) -> None:
    table = pa.table({"image": [f"{number}.jpg" for number in range(len(classes))], "label": classes})
    told = json.dumps({"info": {"features": {"label": feature}}})
    pq.write_table(table.replace_schema_metadata({"huggingface": told}) if feature else table, path)


def test_the_class_of_a_whole_picture_answers_the_user_s_question(tmp_path: Path) -> None:
    classified(tmp_path / "x.parquet", [0, 1, None, -1, 2], NAMES)
    with pytest.raises(InputError) as caught:
        Result(tmp_path)
    assert "--class-question" in caught.value.remedy
    result = Result(tmp_path, class_question="Mug or pot?")
    assert [(q["question"], q["answers"][0]["text"]) for row in result.rows for q in row["questions"]] == [
        ("Mug or pot?", "mug"), ("Mug or pot?", "pot"),
    ]  # fmt: skip
    assert result.faults() == [["AN010", "/3/label", -1], ["AN010", "/4/label", 2]]


def test_classes_may_be_text_and_several_and_a_box_s_label_is_none(tmp_path: Path) -> None:
    classified(tmp_path / "x.parquet", [["mug", " pot "], [""], ["cup"]], None)
    rows = Result(tmp_path, class_question="What?").rows
    assert [[q["answers"][0]["text"] for q in row["questions"]] for row in rows] == [["mug, pot"], [], ["cup"]]
    boxed = pa.table({"image": ["a.jpg"], "bbox": pa.array([[1.0, 1, 2, 2]]), "label": ["mug"]})
    pq.write_table(boxed, tmp_path / "x.parquet")
    (row,) = Result(tmp_path, class_question="What?").rows
    assert [each["label"] for each in row["objects"]] == ["mug"] and not row["questions"]


@pytest.mark.parametrize(
    "said",
    [
        {"messages": [{"role": "user", "content": "<image>What?"}, {"role": "assistant", "content": "A mug."}]},
        {"texts": [{"user": "What?", "assistant": "A mug.", "source": "s"}]},
        {
            "prompt": [
                {"role": "user", "content": [{"type": "image", "text": None}, {"type": "text", "text": "What?"}]}
            ],
            "completion": [{"role": "assistant", "content": [{"type": "text", "text": "A mug."}]}],
        },
    ],
    ids=["messages", "texts", "prompt-completion"],
)
def test_conversations_are_read_with_the_pictures_of_their_row(tmp_path: Path, said: dict[str, Any]) -> None:
    table = pa.Table.from_pylist([said])
    images = pa.array([[{"bytes": jpeg(5, 4), "path": None}]], pa.list_(IMAGE))
    pq.write_table(table.append_column("images", images), tmp_path / "x.parquet")
    pictures = Pictures(tmp_path)
    (record,) = Result(tmp_path, pictures).rows
    assert pictures.facts(pictures.find(record["media"][0]["path"])).width == 5
    turns = record["conversations"][0]["turns"]
    said_ = [[part["text"] or part["kind"] for part in turn["parts"]] for turn in turns]
    assert said_ == [["image", "What?"], ["A mug."]]


def test_a_table_of_nothing_that_can_be_asked_names_its_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table({"image": pa.array([None], IMAGE), "score": [1.0]}), tmp_path / "x.parquet")
    assert huggingface.sniff(tmp_path) is None
    with pytest.raises(InputError, match="the columns are image, score"):
        Result(tmp_path)


def test_what_is_said_of_no_picture_is_left_out(tmp_path: Path) -> None:
    rows = [(None, TWO), ({"bytes": None, "path": None}, TWO), ({"bytes": b"", "path": "e.jpg"}, TWO)]
    pq.write_table(detection(rows), tmp_path / "x.parquet")
    result = Result(tmp_path)
    assert not result.boxes()
    assert [code for code, _, _ in result.faults()] == ["AN023"] * 2 + ["AN004", *["AN023"] * 2] + [
        "IM002",
        *["AN023"] * 2,
    ]


def test_registry_leads_here() -> None:
    assert load_source("huggingface").NAME == huggingface.NAME == "huggingface"


# properties

SIDES = st.floats(0, 1000, width=32)
THINGS = st.lists(st.tuples(st.tuples(SIDES, SIDES, SIDES, SIDES), st.integers(0, 1)), max_size=4)


@RELAXED
@given(st.lists(THINGS, min_size=1, max_size=5), st.booleans())
def test_boxes_come_back_from_either_file(tmp_path: Path, rows: list[list[tuple[Any, int]]], stream: bool) -> None:
    said = [{"bbox": [box for box, _ in row], "category": [code for _, code in row], "area": []} for row in rows]
    table = detection([({"bytes": b"x", "path": "a.jpg"}, each) for each in said])
    path = tmp_path / ("x.arrow" if stream else "x.parquet")
    if stream:
        with pa.ipc.new_stream(str(path), table.schema) as writer:
            writer.write_table(table)
    else:
        pq.write_table(table, path)
    wanted = [
        (f"x-{number}", NAMES["names"][code], [x, y, x + width, y + height])
        for number, row in enumerate(rows)
        for (x, y, width, height), code in row
    ]
    assert Result(path).boxes() == wanted


KEYS = ["file_name", "objects", "bbox", "category", "text", "question", "answers", "messages", "role", "content"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=20,
)


@RELAXED
@given(st.lists(st.dictionaries(st.sampled_from(KEYS), JSON) | JSON, max_size=5))
def test_well_formed_nonsense_is_records_rejections_or_an_input_error(tmp_path: Path, rows: list[Any]) -> None:
    (tmp_path / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    huggingface.sniff(tmp_path)
    try:
        Result(tmp_path)
    except InputError as error:
        assert error.remedy


@RELAXED
@given(st.data())
def test_damage_is_records_rejections_or_an_input_error(tmp_path: Path, data: st.DataObject) -> None:
    table = detection([({"bytes": b"x", "path": "a.jpg"}, TWO)] * 3)
    ending = data.draw(st.sampled_from(["parquet", "arrow"]))
    path = tmp_path / f"x.{ending}"
    if ending == "parquet":
        pq.write_table(table, path)
    else:
        with pa.ipc.new_stream(str(path), table.schema) as writer:
            writer.write_table(table)
    whole = path.read_bytes()
    torn = bytearray(whole[: data.draw(st.integers(1, len(whole)))])
    for _ in range(data.draw(st.integers(0, 4))):
        torn[data.draw(st.integers(0, len(torn) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(torn))
    huggingface.sniff(path)
    try:
        Result(path)
    except InputError as error:
        assert error.remedy
