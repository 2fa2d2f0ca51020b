"""Few-shot sets: nested, the same each time, never a query's own answer; asked of a data set that is no such thing."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mmdata.pipelines.few_shot import few_shot
from mmdata.schemas.errors import InputError
from PIL import Image


def converted(folder: Path, out: Path, *more: str) -> Path:
    asked = ["convert", "captions", str(folder), "--to", "openflamingo", "--split", "train=0.8,val=0.2", *more]
    done = subprocess.run(
        [sys.executable, "-m", "mmdata", *asked, "-o", str(out)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def captioned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    for number in range(60):
        Image.new("RGB", (8, 8), (number * 4, 0, 0)).save(folder / f"p{number}.png")
        (folder / f"p{number}.txt").write_text(f"Caption {number}.")
    return converted(folder, tmp_path_factory.mktemp("out") / "out")


def test_examples_are_nested_of_another_split_and_the_same_each_time(captioned: Path) -> None:
    sets = {shots: list(few_shot(captioned, "val", "train", shots)) for shots in (0, 4, 8, 16, 32)}
    assert sets[8] == list(few_shot(captioned, "val", "train", 8))
    assert sets[8] != list(few_shot(captioned, "val", "train", 8, seed=7))
    for rows in zip(*sets.values(), strict=True):
        ids = {row["id"] for row in rows}
        assert len(ids) == 1
        for row in rows:
            assert len(row["images"]) == row["shots"] + 1 == row["prompt"].count("<image>")
            assert row["images"][-1].endswith(row["id"]) and row["images"][-1].startswith("val/")
            assert all(each.startswith("train/") for each in row["images"][:-1])
            assert row["prompt"].endswith("<image>Output:") and row["answer"] not in row["prompt"]
            assert row["prompt"].count("<|endofchunk|>") == (row["shots"] or 2)
    assert all(set(a["images"]) <= set(b["images"]) for a, b in zip(sets[4], sets[32], strict=True))


def test_the_command_writes_a_query_a_line(captioned: Path) -> None:
    asked = [sys.executable, "-m", "mmdata", "few-shot", str(captioned), "--shots", "4"]
    done = subprocess.run(asked, check=True, capture_output=True, text=True)
    rows: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows == list(few_shot(captioned, "val", "train", 4))


@pytest.mark.parametrize(("queries", "examples"), [("test", "train"), ("val", "all")])
def test_a_split_that_is_not_there_is_told(captioned: Path, queries: str, examples: str) -> None:
    with pytest.raises(InputError, match="there are train, val"):
        list(few_shot(captioned, queries, examples, 4))


def test_too_few_examples_and_no_data_set_are_told(captioned: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="32 are needed"):
        list(few_shot(captioned, "train", "val", 32))
    with pytest.raises(InputError, match="no data set"):
        list(few_shot(tmp_path, "val", "train", 4))
