"""What reading holds does not grow with the file: annotations and names are on disk, some bytes an image are not."""

import json
import resource
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from mmdata.converters import json_window, rows_on_disk
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources import coco_images, coco_table
from mmdata.converters.sources.coco import Options, read
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.errors import OutputError

BOXES = 7


def drawn(path: Path, images: int, *, rising: bool) -> Path:
    """A file of that many images; where ids do not rise, annotations stand in an order that has none either."""
    count = images * BOXES
    order = [number if rising else number * 7919 % count for number in range(count)]
    document = {
        "images": [{"id": n, "file_name": f"{n:040}.jpg", "width": 640, "height": 480} for n in range(images)],
        "annotations": [
            {"id": n + 1, "image_id": n // BOXES, "category_id": 1, "bbox": [n % 600, n % 400, 20.5, 30.25]}
            for n in order
        ],
        "categories": [{"id": 1, "name": "cup"}],
    }
    path.write_text(json.dumps(document))
    return path


def peak(path: Path) -> int:
    """Bytes of Python's and numpy's that are held at most while the file is read and its batches are let go."""
    tracemalloc.start()
    try:
        for batch in read(path, Options(), Pictures(path.parent, check=False), Accounting()):
            assert batch.column("objects").null_count == 0
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("rising", [True, False])
def test_rows_held_do_not_grow_with_the_file(tmp_path: Path, monkeypatch: Any, rising: bool) -> None:
    """Blocks are made small, so that a small file has many; an image may cost what looking for its id takes."""
    for module, name, size in (
        (json_window, "BLOCK", 1 << 16),
        (rows_on_disk, "BLOCK", 1 << 10),
        (coco_images, "BLOCK", 1 << 10),
        (coco_table, "ROWS", 1 << 8),
        (coco_table, "BUCKET", 1 << 11),
    ):
        monkeypatch.setattr(module, name, size)
    peak(drawn(tmp_path / "first.json", 100, rising=rising))  # what is imported on the way
    few, many = (peak(drawn(tmp_path / f"{images}.json", images, rising=rising)) for images in (1_000, 4_000))
    ids = 0 if rising else 16 * BOXES  # those that do not rise are sorted, two million at a time
    assert many - few < 3_000 * (30 + ids)


def test_a_disk_that_takes_no_more_is_said_and_nothing_is_left_on_it(tmp_path: Path) -> None:
    labels, meanwhile = drawn(tmp_path / "labels.json", 500, rising=True), tmp_path / "meanwhile"
    meanwhile.mkdir()
    pictures = Pictures(tmp_path, check=False)
    pictures.meanwhile = meanwhile
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        with pytest.raises(OutputError, match="File too large, while what was read of the labels is put on the disk"):
            list(read(labels, Options(), pictures, Accounting()))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(meanwhile.iterdir())
