"""The vendor's own model takes every row: Vertex AI has no loader that runs elsewhere."""

import json
import re
from typing import Any

import truth
from vertexai._genai.types import GeminiExample


def rows(dataset: Any) -> list[dict[str, Any]]:
    return dataset.rows("gemini") if dataset.out("gemini").is_dir() else []


def boxes(text: str) -> list[list[int]]:
    """Every box of an answer, as x1, y1, x2, y2."""
    lists = re.findall(r"\[\s*\{.*?\}\s*\]", text, re.DOTALL)
    return [[item["box_2d"][at] for at in (1, 0, 3, 2)] for each in lists for item in json.loads(each)]


def test_the_vendor_s_model_takes_every_row(dataset: Any) -> None:
    read = rows(dataset)
    for row in read:
        example = GeminiExample.model_validate(row)
        assert len(example.contents) == len(row["contents"])
        files = [part.file_data for turn in example.contents for part in turn.parts if part.file_data]
        assert all(file.file_uri.startswith("gs://bucket/data/") for file in files)
        assert example.contents[-1].role == "model"
    if read:
        assert len(read) == dataset.manifest("gemini")["accounting"]["samples"]["written"]


def test_boxes_of_detections_map_back(dataset: Any) -> None:
    """Rows have no ids, so they are told by their place: those of a set that is carried whole are in its order."""
    read = rows(dataset)
    if dataset.name not in ("kitchen", "coco") or len(read) != len(dataset.truth):
        return
    for row, sample in zip(read, dataset.truth.values(), strict=True):
        answers = [part["text"] for turn in row["contents"] if turn["role"] == "model" for part in turn["parts"]]
        meant = [
            (part["box"], sample["media"][part["media"]])
            for role, part in truth.parts(sample)
            if role == "assistant" and part["kind"] in ("box", "quad")
        ]
        found = [box for answer in answers for box in boxes(answer)]
        assert len(found) == len(meant)
        for box, (corners, medium) in zip(found, meant, strict=True):
            steps = (medium["width"] / 1000, medium["height"] / 1000)
            back = [value * steps[at % 2] for at, value in enumerate(box)]
            assert truth.near(back, corners, steps)
