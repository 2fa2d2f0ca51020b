"""The same drawn records in the form of any source: python benchmarks/source_data.py coco FOLDER --records 10000

Seeded, so always the same bytes. What is printed is the path to read and the source's own options, as JSON.

A record is a picture of 640x480 with one to thirteen boxes (seven on average), twenty labels, a word in each box, one
sentence and two questions. No picture is made: sizes stand in the labels, or in a table beside them.
"""

import argparse
import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

import numpy as np

WIDTH, HEIGHT = 640, 480
LABELS = [f"thing {number}" for number in range(20)]
WORDS = ["TOTAL", "9.00", "The Shop", "出口", 'No. "7", left', "CASH", "thank you", "12/04/2018"]


class Drawing(NamedTuple):
    """One box: its label's number, its corners in pixels to two decimals, and what is written in it."""

    label: int
    x1: float
    y1: float
    x2: float
    y2: float
    word: str


class Record(NamedTuple):
    """One picture: its name without an ending, its boxes, a sentence about it."""

    name: str
    boxes: list[Drawing]
    sentence: str


class Made(NamedTuple):
    """What a source is given: the file or folder, and its own options by name."""

    path: Path
    options: dict[str, str]


def draw(count: int, seed: int = 3) -> list[Record]:
    """That many records."""
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 14, count).tolist()
    return [Record(f"{number:06d}", _boxes(random, size), f"Picture {number}.") for number, size in enumerate(sizes)]


def _boxes(random: np.random.Generator, count: int) -> list[Drawing]:
    first = random.random((count, 2)) * [WIDTH - 10, HEIGHT - 10]
    last = first + 5 + random.random((count, 2)) * ([WIDTH - 5, HEIGHT - 5] - first)
    corners = np.round(np.concatenate([first, last], axis=1), 2)
    labels, words = random.integers(0, len(LABELS), count).tolist(), random.integers(0, len(WORDS), count).tolist()
    return [
        Drawing(label, x1, y1, x2, y2, WORDS[word])
        for label, (x1, y1, x2, y2), word in zip(labels, corners.tolist(), words, strict=True)
    ]


def _json(path: Path, value: Any) -> Made:
    path.write_text(json.dumps(value), encoding="utf-8")
    return Made(path, {})


def coco(records: list[Record], folder: Path) -> Made:
    """One JSON of instances."""
    entries = [(number, box) for number, record in enumerate(records) for box in record.boxes]
    return _json(
        folder / "instances.json",
        {
            "images": [
                {"id": number, "file_name": f"{record.name}.jpg", "width": WIDTH, "height": HEIGHT}
                for number, record in enumerate(records)
            ],
            "annotations": [
                {
                    "id": at,
                    "image_id": number,
                    "category_id": box.label,
                    "bbox": [box.x1, box.y1, round(box.x2 - box.x1, 2), round(box.y2 - box.y1, 2)],
                    "iscrowd": 0,
                }
                for at, (number, box) in enumerate(entries)
            ],
            "categories": [{"id": number, "name": name} for number, name in enumerate(LABELS)],
        },
    )


def voc(records: list[Record], folder: Path) -> Made:
    """A folder of XML, a file a picture."""
    for record in records:
        objects = "".join(
            f"<object><name>{LABELS[box.label]}</name><pose>Unspecified</pose><truncated>0</truncated>"
            f"<difficult>0</difficult><bndbox><xmin>{box.x1}</xmin><ymin>{box.y1}</ymin><xmax>{box.x2}</xmax>"
            f"<ymax>{box.y2}</ymax></bndbox></object>"
            for box in record.boxes
        )
        size = f"<size><width>{WIDTH}</width><height>{HEIGHT}</height><depth>3</depth></size>"
        text = f"<annotation><filename>{record.name}.jpg</filename>{size}{objects}</annotation>"
        (folder / f"{record.name}.xml").write_text(text, encoding="utf-8")
    return Made(folder, {})


def _sizes(records: list[Record], folder: Path) -> str:
    path = folder.parent / f"{folder.name}-sizes.csv"
    path.write_text("".join(f"{record.name}.jpg,{WIDTH},{HEIGHT}\n" for record in records), encoding="utf-8")
    return str(path)


def yolo(records: list[Record], folder: Path) -> Made:
    """A folder of text files, a file a picture, with classes.txt and a table of sizes."""
    for record in records:
        lines = [
            f"{box.label} {(box.x1 + box.x2) / 2 / WIDTH:.6f} {(box.y1 + box.y2) / 2 / HEIGHT:.6f} "
            f"{(box.x2 - box.x1) / WIDTH:.6f} {(box.y2 - box.y1) / HEIGHT:.6f}\n"
            for box in record.boxes
        ]
        (folder / f"{record.name}.txt").write_text("".join(lines), encoding="utf-8")
    (folder / "classes.txt").write_text("\n".join(LABELS) + "\n", encoding="utf-8")
    return Made(folder, {"sizes": _sizes(records, folder)})


def cvat(records: list[Record], folder: Path) -> Made:
    """One XML for images."""
    with (folder / "annotations.xml").open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version>')
        for number, record in enumerate(records):
            file.write(f'<image id="{number}" name="{record.name}.jpg" width="{WIDTH}" height="{HEIGHT}">')
            for box in record.boxes:
                corners = f'xtl="{box.x1}" ytl="{box.y1}" xbr="{box.x2}" ybr="{box.y2}"'
                file.write(f'<box label={quoteattr(LABELS[box.label])} occluded="0" {corners} z_order="0"></box>')
            file.write("</image>")
        file.write("</annotations>\n")
    return Made(folder / "annotations.xml", {})


def labelme(records: list[Record], folder: Path) -> Made:
    """A folder of JSON, a file a picture."""
    for record in records:
        shapes: list[dict[str, Any]] = [
            {
                "label": LABELS[box.label],
                "points": [[box.x1, box.y1], [box.x2, box.y2]],
                "group_id": None,
                "shape_type": "rectangle",
                "flags": {},
            }
            for box in record.boxes
        ]
        size = {"imagePath": f"{record.name}.jpg", "imageData": None, "imageHeight": HEIGHT, "imageWidth": WIDTH}
        _json(folder / f"{record.name}.json", {"version": "5.4.1", "flags": {}, "shapes": shapes, **size})
    return Made(folder, {})


def via(records: list[Record], folder: Path) -> Made:
    """One JSON of pictures by key, as VIA 2 exports it."""
    pictures = {}
    for record in records:
        regions = [
            {
                "shape_attributes": {
                    "name": "rect",
                    "x": box.x1,
                    "y": box.y1,
                    "width": round(box.x2 - box.x1, 2),
                    "height": round(box.y2 - box.y1, 2),
                },
                "region_attributes": {"label": LABELS[box.label]},
            }
            for box in record.boxes
        ]
        picture = {"filename": f"{record.name}.jpg", "size": 1, "regions": regions, "file_attributes": {}}
        pictures[f"{record.name}.jpg1"] = picture
    return _json(folder / "via.json", pictures)


def _table(path: Path, rows: list[list[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


def openimages(records: list[Record], folder: Path) -> Made:
    """One CSV of shares, with a table of sizes."""
    head = ["ImageID", "Source", "LabelName", "Confidence", "XMin", "XMax", "YMin", "YMax"]
    flags = ["IsOccluded", "IsTruncated", "IsGroupOf", "IsDepiction", "IsInside"]
    rows: list[list[Any]] = [
        [
            *(f"{record.name}.jpg", "xclick", LABELS[box.label], 1),
            *(f"{value:.6f}" for value in (box.x1 / WIDTH, box.x2 / WIDTH, box.y1 / HEIGHT, box.y2 / HEIGHT)),
            *[0] * len(flags),
        ]
        for record in records
        for box in record.boxes
    ]
    path = _table(folder / "boxes.csv", [[*head, *flags], *rows])
    return Made(path, {"sizes": _sizes(records, folder)})


def csv_boxes(records: list[Record], folder: Path) -> Made:
    """One CSV as TensorFlow's and Roboflow's tools write it."""
    rows: list[list[Any]] = [
        [f"{record.name}.jpg", WIDTH, HEIGHT, LABELS[box.label], box.x1, box.y1, box.x2, box.y2]
        for record in records
        for box in record.boxes
    ]
    head = ["filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax"]
    return Made(_table(folder / "boxes.csv", [head, *rows]), {})


def ocr(records: list[Record], folder: Path) -> Made:
    """A folder of text files as ICDAR 2015 has them, a file a picture."""
    for record in records:
        lines = [
            f"{box.x1:.0f},{box.y1:.0f},{box.x2:.0f},{box.y1 + 2:.0f},{box.x2:.0f},{box.y2:.0f},{box.x1:.0f},"
            f"{box.y2 - 1:.0f},{box.word}\n"
            for box in record.boxes
        ]
        (folder / f"gt_{record.name}.txt").write_text("".join(lines), encoding="utf-8")
    return Made(folder, {})


def captions(records: list[Record], folder: Path) -> Made:
    """One CSV of pictures and captions, five a picture."""
    rows = [[f"{record.name}.jpg", f"{record.sentence} Seen {n}, in short."] for record in records for n in range(5)]
    return Made(_table(folder / "captions.txt", [["image", "caption"], *rows]), {})


def vqa(records: list[Record], folder: Path) -> Made:
    """Questions and annotations in VQAv2's form, two questions a picture, ten answers each."""
    asked = [(2 * number + n, number) for number in range(len(records)) for n in range(2)]
    questions = [{"image_id": image, "question": f"What is {at}?", "question_id": at} for at, image in asked]
    answers = [
        {
            "question_id": at,
            "image_id": image,
            "multiple_choice_answer": WORDS[at % 8],
            "answers": [
                {"answer": WORDS[(at + n // 6) % 8], "answer_confidence": "yes", "answer_id": n + 1} for n in range(10)
            ],
        }
        for at, image in asked
    ]
    shared = {"data_type": "mscoco", "data_subtype": "val2014"}
    _json(folder / "v2_OpenEnded_mscoco_val2014_questions.json", {"questions": questions, **shared})
    _json(folder / "v2_mscoco_val2014_annotations.json", {"annotations": answers, **shared})
    return Made(folder, {})


def coco_captions(records: list[Record], folder: Path) -> Made:
    """One JSON of captions as COCO has them, five a picture."""
    said = [
        (number, f"{record.sentence} Seen {n}, in short.") for number, record in enumerate(records) for n in range(5)
    ]
    images = [
        {"id": number, "file_name": f"{record.name}.jpg", "width": WIDTH, "height": HEIGHT}
        for number, record in enumerate(records)
    ]
    captions_ = [{"id": at, "image_id": number, "caption": text} for at, (number, text) in enumerate(said)]
    return _json(folder / "captions.json", {"images": images, "annotations": captions_})


def refcoco(records: list[Record], folder: Path) -> Made:
    """One JSON list as refcocos has it, a phrase and its box an entry, one entry in seven without a target."""
    rows = [
        {
            "file_name": f"{record.name}.jpg",
            "image": f"{record.name}.jpg",
            "width": WIDTH,
            "height": HEIGHT,
            "normal_caption": f"the {LABELS[box.label]} number {at}",
            "solution": [] if at == 6 else [box.x1, box.y1, box.x2, box.y2],
            "categories": {"empty_case": at == 6},
        }
        for record in records
        for at, box in enumerate(record.boxes)
    ]
    return _json(folder / "refcocos.json", rows)


def chat(records: list[Record], folder: Path) -> Made:
    """One file of JSON Lines as LLaVA has them: a picture, a question, an answer; a line a picture."""
    with (folder / "chat.jsonl").open("w", encoding="utf-8") as file:
        for record in records:
            turns = [
                {"from": "human", "value": "<image>\nWhat is shown?"},
                {"from": "gpt", "value": f"{record.sentence} It has {len(record.boxes)} things."},
                {"from": "human", "value": "Name one of them."},
                {"from": "gpt", "value": LABELS[record.boxes[0].label]},
            ]
            row = {"id": record.name, "image": f"{record.name}.jpg", "conversations": turns}
            file.write(json.dumps(row) + "\n")
    return Made(folder / "chat.jsonl", {})


def label_studio(records: list[Record], folder: Path) -> Made:
    """One JSON export, a rectangle a box."""

    def region(number: int, box: Drawing) -> dict[str, Any]:
        value = {"x": box.x1 / WIDTH * 100, "y": box.y1 / HEIGHT * 100, "rotation": 0}
        value |= {"width": (box.x2 - box.x1) / WIDTH * 100, "height": (box.y2 - box.y1) / HEIGHT * 100}
        return {
            "id": f"r{number}",
            "type": "rectanglelabels",
            "from_name": "label",
            "to_name": "image",
            "original_width": WIDTH,
            "original_height": HEIGHT,
            "image_rotation": 0,
            "value": {**value, "rectanglelabels": [LABELS[box.label]]},
        }

    tasks = [
        {
            "id": number,
            "data": {"image": f"/data/upload/1/{record.name}.jpg"},
            "annotations": [{"id": number, "result": [region(at, box) for at, box in enumerate(record.boxes)]}],
            "predictions": [],
        }
        for number, record in enumerate(records)
    ]
    return _json(folder / "export.json", tasks)


FORMATS: dict[str, Callable[[list[Record], Path], Made]] = {
    "coco": coco,
    "voc": voc,
    "yolo": yolo,
    "cvat": cvat,
    "labelme": labelme,
    "via": via,
    "openimages": openimages,
    "csv": csv_boxes,
    "ocr": ocr,
    "captions": captions,
    "vqa": vqa,
    "label-studio": label_studio,
    "coco-captions": coco_captions,
    "refcoco": refcoco,
    "chat": chat,
}
"""How each source's files are made."""


def main() -> None:
    """Write the files that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", choices=FORMATS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=10_000)
    given = parser.parse_args()
    given.folder.mkdir()
    made = FORMATS[given.source](draw(given.records), given.folder)
    print(json.dumps([str(made.path), made.options]))


if __name__ == "__main__":
    main()
