"""Real sets of text in pictures and captions, counted against the raw files by other means than the readers'."""

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mmdata.converters.recognise import candidates
from mmdata.converters.sources import captions, ocr

SROIE = "ocr/sroie/data"
WILD = "ocr/mmocr/tests/data/kie_toy_dataset/wildreceipt"
DETECTION = "ocr/mmocr/tests/data/det_toy_dataset"
RECOGNITION = "ocr/mmocr/tests/data/rec_toy_dataset"
ICDAR = "formats/datumaro/tests/assets/icdar_dataset"


@pytest.fixture(scope="session")
def data(shared: Path) -> Path:
    return shared / "data"


def test_every_receipt_of_sroie(data: Path, reading: Callable[..., Any]) -> None:
    result = reading("ocr", data / SROIE)
    result.assert_balanced()
    assert len(result.rows) == 7
    for row in result.rows:
        lines = Path(row["file"]).read_text(encoding="utf-8").splitlines()
        for thing, line in zip(row["objects"], lines, strict=True):
            *numbers, text = line.split(",", 8)
            xs, ys = [float(x) for x in numbers[0::2]], [float(y) for y in numbers[1::2]]
            assert (thing["x1"], thing["y1"], thing["x2"], thing["y2"]) == (min(xs), min(ys), max(xs), max(ys))
            assert thing["text"] == text
        assert (data / SROIE / row["media"][0]["path"]).is_file()
    keys = [json.loads(file.read_text(encoding="utf-8")) for file in (data / SROIE / "key").iterdir()]
    assert Counter(found["code"] for found in result.rejected) == {"AN022": sum(map(len, keys))}


def test_one_picture_with_two_sets_of_words(data: Path, reading: Callable[..., Any]) -> None:
    """012.jpg is 015.jpg, byte for byte; the two were annotated apart."""
    rows = {row["id"]: row for row in reading("ocr", data / SROIE / "box").rows}
    assert [len(rows[name]["objects"]) for name in ("012", "015")] == [47, 44]
    assert rows["012"]["media"][0]["path"] == "img/012.jpg"
    pictures = [(data / SROIE / rows[name]["media"][0]["path"]).read_bytes() for name in ("012", "015")]
    assert pictures[0] == pictures[1]


def test_commas_in_a_text_are_kept(data: Path, reading: Callable[..., Any]) -> None:
    texts = [thing["text"] for thing in reading("ocr", data / SROIE / "box").objects()]
    assert "NO.53 55,57 & 59, JALAN SAGU 18," in texts
    lines = [line for file in (data / SROIE / "box").iterdir() for line in file.read_text(encoding="utf-8").split("\n")]
    assert sum(text.count(",") for text in texts) == sum(line.count(",") - 8 for line in lines if line)


def test_wildreceipt(data: Path, reading: Callable[..., Any]) -> None:
    result = reading("ocr", data / WILD)
    result.assert_balanced()
    raw = [json.loads(line) for line in (data / WILD / "data.txt").read_text(encoding="utf-8").splitlines()]
    classes = dict(line.split() for line in (data / WILD / "class_list.txt").read_text(encoding="utf-8").splitlines())
    wanted = [(word["text"] or None, classes[str(word["label"])]) for entry in raw for word in entry["annotations"]]
    assert [(thing["text"], thing["label"]) for thing in result.objects()] == wanted
    assert [(row["media"][0]["width"], row["media"][0]["height"]) for row in result.rows] == [
        (entry["width"], entry["height"]) for entry in raw
    ]
    assert not result.rejected
    assert not result.accounting.remarks


def test_mmocr_detection(data: Path, reading: Callable[..., Any]) -> None:
    result = reading("ocr", data / DETECTION)
    result.assert_balanced()
    raw = json.loads((data / DETECTION / "textdet_test.json").read_text(encoding="utf-8"))["data_list"]
    wanted = [
        (thing["polygon"], thing["bbox"], thing["ignore"], entry["img_path"])
        for entry in raw
        for thing in entry["instances"]
    ]
    found = [
        (thing["quad"], [thing[side] for side in ("x1", "y1", "x2", "y2")], thing["difficult"], row["media"][0]["path"])
        for row in result.rows
        for thing in row["objects"]
    ]
    assert len(found) == 82
    for (quad, *said), (polygon, *raw_said) in zip(found, wanted, strict=True):
        assert said == raw_said
        assert quad in (polygon, None)


@pytest.mark.parametrize("file", ["labels.json", "old_label.txt", "old_label.jsonl"])
def test_three_writings_of_one_recognition_set(data: Path, reading: Callable[..., Any], file: str) -> None:
    result = reading("ocr", data / RECOGNITION / file)
    result.assert_balanced()
    words = [line.split(" ", 1) for line in (data / RECOGNITION / "old_label.txt").read_text().splitlines()]
    assert [(row["media"][0]["path"], row["objects"][0]["text"]) for row in result.rows] == [
        (f"imgs/{name}", word) for name, word in words
    ]
    for row in result.rows:
        thing, media = row["objects"][0], row["media"][0]
        assert [thing[side] for side in ("x1", "y1", "x2", "y2")] == [0, 0, media["width"], media["height"]]


def test_datumaro_icdar(data: Path, reading: Callable[..., Any]) -> None:
    localization = reading("ocr", data / ICDAR / "text_localization")
    assert [thing["text"] for thing in localization.objects()] == ["FOOD", "RED", "LION"]
    assert [row["media"][0]["path"] for row in localization.rows] == [f"train/images/img_{n}.png" for n in (1, 2)]
    recognition = reading("ocr", data / ICDAR / "word_recognition")
    assert [thing["text"] for thing in recognition.objects()] == ["PROPER", "Canon"]


def test_captions_of_llava(data: Path, reading: Callable[..., Any]) -> None:
    path = data / "chat/llava/llava/eval/table/caps_boxes_coco2014_val_80.jsonl"
    result = reading("captions", path)
    result.assert_balanced()
    raw = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [caption["text"] for caption in result.captions()] == [
        caption.strip() for entry in raw for caption in entry["captions"]
    ]
    # the boxes beside them are another source's, and that is said
    assert result.accounting.remarks == {"AN022": sum("instances" in entry for entry in raw)}


def test_only_sets_of_text_are_claimed(data: Path) -> None:
    """Of all folders of real data, these alone look like text in pictures, and that of LLaVA like captions."""
    claimed = {
        (source.NAME, folder.relative_to(data).parts[0])
        for folder in sorted(data.rglob("*"))
        if folder.is_dir()
        for source in (ocr, captions)
        if source.sniff(folder) and "icdar_dataset" not in folder.parts
    }
    assert claimed == {("ocr", "ocr"), ("captions", "chat")}


def test_json_min_of_label_studio_is_no_list_of_captions(tmp_path: Path) -> None:
    """It may have a picture and a caption in every row, and says by its other keys whose it is."""
    row = {"id": 1, "image": "/data/upload/1/a.jpg", "caption": "A cat.", "annotator": 1, "annotation_id": 2}
    path = tmp_path / "project.json"
    path.write_text(json.dumps([{**row, "lead_time": 3.5}]), encoding="utf-8")
    assert [each.source for each in candidates(path)] == ["label-studio"]
    path.write_text(json.dumps([{"image": "a.jpg", "caption": "A cat."}]), encoding="utf-8")
    assert [each.source for each in candidates(path)] == ["captions"]


def test_what_python_writes_as_csv_is_read(tmp_path: Path, reading: Callable[..., Any]) -> None:
    """What Python's csv writes, the reader reads: quotes, commas, line breaks."""
    rows = [("a.jpg", 'one, "two"'), ("b.jpg", "three\nfour"), ("b.jpg", "五")]
    with (tmp_path / "captions.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("image", "caption"), *rows])
    result = reading("captions", tmp_path)
    assert [caption["text"] for caption in result.captions()] == [text for _, text in rows]
