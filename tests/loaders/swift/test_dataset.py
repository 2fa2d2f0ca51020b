"""ms-swift reads every row that mmdata wrote: as many as were written, unchanged, with the media and boxes meant."""

import json
from pathlib import Path
from typing import Any

import truth
from swift.dataset import load_dataset


def read(dataset: Any) -> list[dict[str, Any]]:
    (file,) = dataset.files("swift")
    train, _ = load_dataset(str(file), strict=True, load_from_cache_file=False)
    return list(train)


def paths(media: Any) -> list[str]:
    return [each if isinstance(each, str) else each["path"] for each in media or []]


def test_every_row_comes_through_unchanged(dataset: Any) -> None:
    written, rows = dataset.rows("swift"), read(dataset)
    assert len(rows) == len(written) == dataset.manifest("swift")["accounting"]["samples"]["written"]
    for row, meant in zip(rows, written, strict=True):
        assert row["messages"] == meant["messages"]
        for media in ("images", "videos", "audios"):
            assert paths(row.get(media)) == meant.get(media, [])
        objects = {name: value for name, value in (row.get("objects") or {}).items() if value is not None}
        boxes, written_boxes = objects.pop("bbox", []), meant.get("objects", {}).pop("bbox", [])
        assert objects == meant.get("objects", {})
        assert all(map(truth.same, boxes, written_boxes)) and len(boxes) == len(written_boxes)


def test_columns_that_come_after_ten_megabytes_are_there(data: Path) -> None:
    file = data / "late" / "swift" / "train" / "train.jsonl"
    assert file.stat().st_size > 11 * 1024 * 1024
    written = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    train, _ = load_dataset(str(file), strict=True, load_from_cache_file=False)
    assert len(train) == len(written)
    for row, meant in zip(train, written, strict=True):
        for media in ("images", "audios"):
            assert paths(row.get(media)) == meant.get(media, [])
        assert len((row["objects"] or {}).get("bbox") or []) == len(meant.get("objects", {}).get("bbox", []))
    assert {media for row in written for media in ("images", "audios", "objects") if row.get(media)} == {
        "images",
        "audios",
        "objects",
    }


def test_turns_media_and_boxes_are_those_of_the_annotations(dataset: Any) -> None:
    written = dataset.rows("swift")
    for row, sample in zip(read(dataset), [dataset.truth[each["id"]] for each in written], strict=True):
        assert [message["role"] for message in row["messages"]] == truth.roles(sample)
        for kind in ("image", "video", "audio"):
            assert [truth.name(path) for path in paths(row.get(f"{kind}s"))] == truth.shown(sample, kind)
        boxes, meant = (row.get("objects") or {}).get("bbox") or [], truth.boxes(sample)
        assert len(boxes) == len(meant)
        assert all(truth.same(box, other) for box, (other, _) in zip(boxes, meant, strict=True))
