"""Rows of qwen-vl-finetune through transformers' processors: lengths as counted, pictures and boxes as meant."""

import re
from pathlib import Path
from typing import Any

import processors
import pytest
import truth
from PIL import Image
from transformers import AutoProcessor

TRAINER = (28 * 28 * 16, 28 * 28 * 576)
PIXELS = {"qwen2-vl": TRAINER, "qwen2.5-vl": (3136, 1003520), "qwen3-vl": TRAINER}
SYSTEM = {"role": "system", "content": [{"type": "text", "text": "You are a helpful assistant."}]}
PLACE = re.compile(r"\((\d+), ?(\d+)\)(?:,\((\d+),(\d+)\))?|\[(\d+), (\d+)(?:, (\d+), (\d+))?\]")
"""A box or a point, in brackets of either kind."""


@pytest.fixture(scope="session", params=PIXELS)
def target(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def processor(target: str, tokenizer_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    name = target.replace("-", "_").replace(".", "_")
    folder = processors.qwen_folder(name, tokenizer_folder, tmp_path_factory.mktemp("models"), PIXELS[target])
    return AutoProcessor.from_pretrained(folder, use_fast=False)


def messages(row: dict[str, Any], target: str) -> list[dict[str, Any]]:
    """A row as qwen-vl-finetune takes it apart: `<image>` in questions, words around it stripped."""
    made = [] if target == "qwen3-vl" else [SYSTEM]
    for turn in row["conversations"]:
        pieces = [turn["value"]] if turn["from"] == "gpt" else re.split("(<image>)", turn["value"])
        texts = [piece if turn["from"] == "gpt" else piece.strip() for piece in pieces]
        content = [{"type": "image"} if text == "<image>" else {"type": "text", "text": text} for text in texts if text]
        made.append({"role": "user" if turn["from"] == "human" else "assistant", "content": content})
    return made


def encoded(processor: Any, row: dict[str, Any], target: str) -> Any:
    paths = row.get("image", [])
    pictures = [Image.open(path).convert("RGB") for path in ([paths] if isinstance(paths, str) else paths)]
    text = processor.apply_chat_template(messages(row, target), tokenize=False)
    return processor(text=[text], images=pictures or None, return_tensors="pt")


def test_lengths_are_those_counted_and_boxes_map_back(processor: Any, target: str, dataset: Any) -> None:
    if not dataset.out(target).is_dir():
        return  # a set of media of which this target carries nothing
    counted, factor = dataset.lengths(target), 2 * processors.QWEN[target.replace("-", "_").replace(".", "_")]["patch"]
    rows = dataset.rows(target)
    assert len(rows) == dataset.manifest(target)["accounting"]["samples"]["written"]
    for row in rows:
        sample, made = dataset.truth[row["id"]], encoded(processor, row, target)
        assert made["input_ids"].shape[1] == counted[row["id"]]
        shown = truth.media(sample)
        grids = made["image_grid_thw"].tolist() if shown else []
        assert len(grids) == len(shown)
        assert [turn["from"] for turn in row["conversations"]] == [
            {"user": "human", "assistant": "gpt"}[role] for role in truth.roles(sample)
        ]
        resized = {
            (each["width"], each["height"]): (across * factor // 2, down * factor // 2)
            for each, (_, down, across) in zip(shown, grids, strict=True)
        }
        said = "\n".join(turn["value"] for turn in row["conversations"])
        places = [[int(each) for each in found.groups() if each is not None] for found in PLACE.finditer(said)]
        meant = truth.boxes(sample)
        assert len(places) == len(meant)
        for place, (box, size) in zip(places, meant, strict=True):
            cells = resized[size] if target == "qwen2.5-vl" else (1000, 1000)
            step = (size[0] / cells[0], size[1] / cells[1])
            back = [number * step[at % 2] for at, number in enumerate(place)]
            # the last cell is the last there is: an edge of the picture lies one step further
            slack = (2 * step[0], 2 * step[1]) if target == "qwen2.5-vl" else step
            assert truth.near(back, box, slack), (place, box, size)
