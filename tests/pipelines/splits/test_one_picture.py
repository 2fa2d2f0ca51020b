"""One picture is in one split, by whatever names and in however many rows it is shown; so is what is said twice."""

import json
import os
from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from PIL import Image

PICTURES = 24


def png(number: int) -> bytes:
    held = BytesIO()
    Image.new("RGB", (64, 48), (number, 3 * number, 99)).save(held, "PNG")
    return held.getvalue()


def splits(source: str, labels: Path, *more: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of every split."""
    out = labels.parent / "out"
    asked = ["convert", source, str(labels), "--split", "train=0.5,val=0.5", "-q", "--to", "qwen2-vl", *more]
    done = CliRunner().invoke(mmdata, [*asked, "-o", str(out)], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    manifest = json.loads((out / "manifest.json").read_text())
    held: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, split in manifest["splits"].items():
        for shard in split["shards"]:
            held[name] += map(json.loads, (out / shard["path"]).read_text().splitlines())
    return held


def bytes_of(rows: Sequence[dict[str, Any]]) -> list[str]:
    names = (row["image"] if isinstance(row["image"], str) else row["image"][0] for row in rows)
    return [sha256(Path(name).read_bytes()).hexdigest() for name in names]


@pytest.mark.parametrize("named", [False, True], ids=["bytes alone", "with a path"])
@pytest.mark.parametrize("more", [(), ("--max-side", "32")], ids=["as it is", "made smaller"])
def test_a_picture_in_several_rows_of_a_table_is_one(tmp_path: Path, named: bool, more: tuple[str, ...]) -> None:
    """The rows that show it are two thousand apart, so that they are settled in two batches, or one behind another."""
    (tmp_path / "hub").mkdir()
    shown = [*range(PICTURES), *range(PICTURES // 2), *([0] * 2048), *range(PICTURES)]
    rows = [
        {"image": {"bytes": png(n), "path": f"{n}.png" if named else None}, "text": f"Mug {at}."}
        for at, n in enumerate(shown)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "hub/train-00000-of-00001.parquet")
    held = splits("huggingface", tmp_path / "hub", *more)
    train, val = bytes_of(held["train"]), bytes_of(held["val"])
    assert len(train) + len(val) == len(rows)
    assert train and val and not set(train) & set(val)
    assert len(list((tmp_path / "out/images").iterdir())) == PICTURES
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    listed = [each["path"] for each in manifest["files"]]
    assert len(listed) == len(set(listed))


def test_a_picture_that_two_parts_have_inside_is_one(tmp_path: Path) -> None:
    for name, numbers in (("a", range(PICTURES)), ("b", range(5, PICTURES + 5))):
        (tmp_path / name).mkdir()
        rows = [{"image": {"bytes": png(n), "path": None}, "text": f"{name} {n}."} for n in numbers]
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / name / "train-00000-of-00001.parquet")
    recipe = tmp_path / "recipe.yaml"
    sources = [{"source": "huggingface", "input": name} for name in "ab"]
    asked = {"version": 1, "split": {"train": 0.5, "val": 0.5}, "sources": sources, "targets": [{"to": "qwen2-vl"}]}
    recipe.write_text(json.dumps(asked))
    done = CliRunner().invoke(mmdata, ["build", str(recipe), "-q", "-o", str(tmp_path / "out")], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    where: dict[str, set[str]] = defaultdict(set)
    for split in ("train", "val"):
        for file in (tmp_path / "out" / split).glob("*.jsonl"):
            for digest in bytes_of(list(map(json.loads, file.read_text().splitlines()))):
                where[digest].add(split)
    assert len(where) == PICTURES + 5
    assert all(len(each) == 1 for each in where.values())


def symlink(folder: Path, name: str) -> str:
    (folder / f"link-{name}").symlink_to(name)
    return f"link-{name}"


def linked_folder(folder: Path, name: str) -> str:
    if not (folder / "again").is_symlink():
        (folder / "again").symlink_to(".")
    return f"again/{name}"


def hard_link(folder: Path, name: str) -> str:
    os.link(folder / name, folder / f"hard-{name}")
    return f"hard-{name}"


@pytest.mark.parametrize("again", [symlink, linked_folder, hard_link])
def test_a_file_by_another_name_is_in_the_same_split(tmp_path: Path, again: Any) -> None:
    images: list[dict[str, Any]] = []
    for number in range(PICTURES):
        (tmp_path / f"{number}.png").write_bytes(png(number))
        for name in (f"{number}.png", again(tmp_path, f"{number}.png")):
            images.append({"id": len(images) + 1, "file_name": name, "width": 64, "height": 48})
    boxes = [{"id": n["id"], "image_id": n["id"], "category_id": 1, "bbox": [1, 2, 30, 20]} for n in images]
    held = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "mug"}]}
    (tmp_path / "a.json").write_text(json.dumps(held))
    found = splits("coco", tmp_path / "a.json")
    train, val = bytes_of(found["train"]), bytes_of(found["val"])
    assert len(train) == len(val) == PICTURES
    assert not set(train) & set(val)


def said(rows: Sequence[dict[str, Any]]) -> set[str]:
    return {json.dumps(row["conversations"]) for row in rows}


def test_rows_without_ids_stay_when_others_come_in_front_and_equal_ones_stay_together(tmp_path: Path) -> None:
    def write(numbers: Sequence[int]) -> Path:
        rows = (
            {
                "messages": [
                    {"role": "user", "content": f"What of {n}?"},
                    {"role": "assistant", "content": f"Much of {n}."},
                ]
            }
            for n in numbers
        )
        (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return tmp_path / "a.jsonl"

    before = {name: said(rows) for name, rows in splits("chat", write(range(40))).items()}
    after = {name: said(rows) for name, rows in splits("chat", write([50, 51, 52, *range(3, 40), *range(40)])).items()}
    assert not after["train"] & after["val"]
    assert all(before[name] <= after[name] for name in before)
    assert sum(map(len, after.values())) == 43
