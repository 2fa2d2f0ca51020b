"""`load_dataset` sees every sample of Parquet and ImageFolder, its pictures byte for byte, its boxes."""

from pathlib import Path
from typing import Any

import pytest
import truth
from datasets import Image, load_dataset

FORMS = ["trl", "huggingface", "imagefolder"]


def loaded(dataset: Any, target: str) -> Any:
    """The split as the library opens it: the whole folder, by the card that mmdata wrote into it."""
    return load_dataset(str(dataset.out(target)), split="train")


def written(dataset: Any, target: str) -> int:
    return int(dataset.manifest(target)["accounting"]["samples"]["written"])


def there(dataset: Any, target: str) -> bool:
    """Whether the target carries anything of this set."""
    return dataset.out(target).is_dir() and written(dataset, target) > 0


def meant(dataset: Any, name: str) -> dict[str, Any]:
    """The sample of a row; of a conversation with several answers every row has a part, behind a slash."""
    return dict(dataset.truth.get(name) or dataset.truth[name.rpartition("/")[0]])


@pytest.mark.parametrize("target", FORMS)
def test_every_sample_is_there_with_its_pictures(dataset: Any, target: str) -> None:
    if not there(dataset, target):
        return
    read = loaded(dataset, target)
    assert len(read) == written(dataset, target)
    assert isinstance(read.features["images"].feature, Image)
    sizes = [[picture.size for picture in row["images"]] for row in read]
    for row, held in zip(read, sizes, strict=True):
        media = truth.media(meant(dataset, row["id"]))
        assert held == [(medium["width"], medium["height"]) for medium in media][: len(held)], row["id"]
    inside = read.cast_column("images", [Image(decode=False)])
    for row in inside:
        paths = [Path(medium["path"]) for medium in truth.media(meant(dataset, row["id"]))]
        found = [each["bytes"] or Path(each["path"]).read_bytes() for each in row["images"]]
        assert found == [path.read_bytes() for path in paths][: len(found)], row["id"]


@pytest.mark.parametrize("target", ["huggingface", "imagefolder"])
def test_boxes_are_coco_s(dataset: Any, target: str) -> None:
    if not there(dataset, target):
        return
    for row in loaded(dataset, target).remove_columns("images"):
        boxes = [[x, y, x + width, y + height] for x, y, width, height in row["objects"]["bbox"]]
        said = [box for box, _ in truth.boxes(dataset.truth[row["id"]])]
        assert len(boxes) == len(said)
        assert all(truth.same(found, box) for found, box in zip(boxes, said, strict=True)), row["id"]
        assert len(row["objects"]["text"]) == len(row["objects"]["image"]) == len(said)


def test_categories_have_names(dataset: Any) -> None:
    if dataset.name not in ("kitchen", "coco"):
        return
    read = loaded(dataset, "huggingface").remove_columns("images")
    label = read.features["objects"]["category"].feature
    for row in read:
        named = [None if code is None else label.int2str(code) for code in row["objects"]["category"]]
        assert all(name in (None, text) for name, text in zip(named, row["objects"]["text"], strict=True))
    assert any(code is not None for row in read for code in row["objects"]["category"])
