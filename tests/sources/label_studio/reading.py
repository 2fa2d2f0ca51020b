"""Reading for these tests: one read with all that it gave, rows as cases write them, and a writer of tasks."""

import json
import math
from pathlib import Path
from typing import Any

from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources.label_studio import Options, read
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.annotation import ANNOTATIONS, ITEMS
from mmdata.schemas.box import Box

SAID_OF_OBJECTS = ("quad", "polygons", "keypoints", "keypoint_names", "mask", "start", "end", "text")


class Result:
    """What one read gave: rows, rejections as objects, and the accounting."""

    def __init__(self, path: Path, images: Path | None = None, **options: Any) -> None:
        lines: list[bytes] = []
        self.accounting = Accounting(sink=lines.append)
        self.rows: list[dict[str, Any]] = []
        pictures = Pictures(images or path.parent, check=images is not None)
        for batch in read(path, Options(**options), pictures, self.accounting):
            assert batch.schema == ANNOTATIONS
            self.rows += batch.to_pylist()
        self.rejected = [json.loads(line) for line in lines]

    def objects(self) -> list[dict[str, Any]]:
        return [each for row in self.rows for each in row["objects"]]

    def assert_balanced(self) -> None:
        counts = self.accounting.balance()
        kept = {
            "images": sum(len(row["media"]) for row in self.rows),
            "annotations": sum(len(row[column]) for row in self.rows for column in ITEMS),
        }
        for kind, number in kept.items():
            assert counts[kind]["read"] == number + sum(counts[kind]["rejected"].values()), kind


def box_of(thing: dict[str, Any]) -> Box:
    return Box(*(thing[side] for side in ("x1", "y1", "x2", "y2")))


def said(row: dict[str, Any]) -> dict[str, Any]:
    """A row as a case writes it."""

    def thing(given: dict[str, Any]) -> dict[str, Any]:
        kept = {"at": given["at"], "label": given["label"], "box": list(box_of(given))}
        kept |= {key: given[key] for key in SAID_OF_OBJECTS if given[key] is not None}
        kept |= {"attributes": json.loads(given["attributes"])} if given["attributes"] else {}
        return kept | ({"media": given["media"]} if given["media"] else {})

    return {
        "id": row["id"],
        "at": row["at"],
        **({"group": row["group"]} if row["group"] else {}),
        "media": [
            [medium["path"], medium["width"], medium["height"]]
            + ([medium["kind"], medium["duration"]] if medium["kind"] != "image" else [])
            for medium in row["media"]
        ],
        "objects": [thing(each) for each in row["objects"]],
        "captions": [each["text"] for each in row["captions"]],
        **({"questions": [asked(each) for each in row["questions"]]} if row["questions"] else {}),
        **({"phrases": [[each["text"], each["objects"]] for each in row["phrases"]]} if row["phrases"] else {}),
        **({"conversations": [turns(each) for each in row["conversations"]]} if row["conversations"] else {}),
    }


def asked(question: dict[str, Any]) -> list[Any]:
    """The question, then each answer with its votes."""
    return [question["question"], *([answer["text"], answer["votes"]] for answer in question["answers"])]


def turns(conversation: dict[str, Any]) -> list[Any]:
    """Role and words of each turn, its media in angle brackets."""
    return [
        [turn["role"], "".join(part["text"] or f"<{part['kind']}>" for part in turn["parts"])]
        for turn in conversation["turns"]
    ]


def same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return (
            isinstance(found, dict) and found.keys() == wanted.keys() and all(same(found[k], wanted[k]) for k in wanted)
        )
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(same, found, wanted))
    if wanted == "nan":
        return isinstance(found, float) and math.isnan(found)
    if isinstance(wanted, (int, float)) and isinstance(found, (int, float)):
        return math.isclose(found, wanted, rel_tol=1e-12, abs_tol=1e-9)
    return bool(found == wanted)


def write(folder: Path, tasks: Any) -> Path:
    path = folder / "tasks.json"
    path.write_text(json.dumps(tasks))
    return path


def region(value: dict[str, Any], size: tuple[int, int] | None, kind: str = "rectanglelabels") -> dict[str, Any]:
    sizes = {"original_width": size[0], "original_height": size[1]} if size else {}
    return {"type": kind, "from_name": "box", "to_name": "image", "value": value, **sizes}


def task(result: list[dict[str, Any]], address: str = "imgs/a.jpg") -> dict[str, Any]:
    return {"data": {"image": address}, "annotations": [{"id": 1, "result": result}]}
