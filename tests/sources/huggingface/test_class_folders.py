"""ImageFolder without metadata: a folder a class."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from mmdata.converters.sources import load_source
from mmdata.schemas.errors import InputError
from PIL import Image


def folder(top: Path, *names: str) -> Path:
    for name in names:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".jpg"):
            Image.new("RGB", (8, 8)).save(top / name)
        else:
            (top / name).write_text("a note", encoding="utf-8")
    return top


PETS = ("train/cat/1.jpg", "train/dog/1.jpg", "test/cat/1.jpg", "train/0.jpg", "README.md", ".hidden/x/1.jpg")


def test_the_class_is_the_name_of_the_folder(tmp_path: Path, reading: Callable[..., Any]) -> None:
    result = reading("huggingface", folder(tmp_path, *PETS), class_question="Cat or dog?")
    assert result.accounting.read_counts == {"images": 4, "annotations": 3}
    assert {row["id"]: [q["answers"][0]["text"] for q in row["questions"]] for row in result.rows} == {
        "test/cat/1": ["cat"],
        "train/0": [],
        "train/cat/1": ["cat"],
        "train/dog/1": ["dog"],
    }
    assert result.accounting.remarks == {"AN026": 1}
    chosen = reading("huggingface", tmp_path, class_question="Cat or dog?", hub_split="test")
    assert [row["id"] for row in chosen.rows] == ["test/cat/1"]


def test_without_a_question_the_remedy_is_said(tmp_path: Path, reading: Callable[..., Any]) -> None:
    folder(tmp_path, "cat/1.jpg", "dog/1.jpg")
    assert load_source("huggingface").sniff(tmp_path) == "nothing but pictures in folders named like classes: cat, dog"
    with pytest.raises(InputError, match="--class-question"):
        reading("huggingface", tmp_path)
    with pytest.raises(InputError, match="'val'"):
        reading("huggingface", tmp_path, class_question="What?", hub_split="val")


@pytest.mark.parametrize(
    "names",
    [
        ("1.jpg", "2.jpg"),
        ("cat/1.jpg",),
        ("images/1.jpg", "labels/1.jpg"),
        ("cat/1.jpg", "dog/1.jpg", "a.json"),
        ("cat/1.jpg", "dog/1.jpg", "0.jpg"),
        ("train/1.jpg", "val/1.jpg"),
    ],
)
def test_other_folders_are_not_claimed(tmp_path: Path, names: tuple[str, ...]) -> None:
    assert load_source("huggingface").sniff(folder(tmp_path, *names)) is None


def test_a_pipe_is_a_picture_that_is_none(tmp_path: Path) -> None:
    folder(tmp_path / "in", "cat/1.jpg", "dog/1.jpg")
    os.mkfifo(tmp_path / "in/cat/2.jpg")
    out = tmp_path / "out"
    given = ["convert", "auto", str(tmp_path / "in"), "--max-rejected", "1", "-o", str(out)]
    assert "--class-question" in CliRunner().invoke(mmdata, given).output
    given[1:2] = ["convert", "huggingface"][1:]
    done = CliRunner().invoke(mmdata, [*given, "--class-question", "Cat or dog?", "--to", "qwen-vl"])
    assert done.exit_code in (0, 1), done.output
    rows = json.loads((out / "train/train.json").read_text(encoding="utf-8"))
    assert [row["conversations"][1]["value"] for row in rows] == ["cat", "dog"]
