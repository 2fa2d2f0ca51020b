"""What the split knows records by does not hang on where they stand: rows come in front, go, move to other files."""

import csv
import json
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.converters.sources import SOURCES, load_source
from mmdata.pipelines.commit.staging import StagingFolder
from mmdata.pipelines.job import Job
from mmdata.pipelines.progress import Silent
from mmdata.pipelines.stages.read import ReadPart, read
from PIL import Image

Write = Callable[[Path, Sequence[int]], Path]
"""Writes the rows of some things into a folder, in that order, and returns what is to be read."""

WIDTH, HEIGHT = 64, 48
A_FILE_A_PICTURE = {"voc", "yolo", "dota", "labelme"}
"""Sources in which nothing stands in front of anything."""


def picture(number: int) -> bytes:
    held = BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), (number, 7 * number % 256, 99)).save(held, "PNG")
    return held.getvalue()


def lines(path: Path, rows: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def whole(path: Path, rows: Any) -> Path:
    path.write_text(json.dumps(rows))
    return path


def table(path: Path, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def parquet(place: Path, rows: Sequence[dict[str, Any]], files: int = 1) -> Path:
    """The rows in so many files, one behind the other."""
    (place / "hub").mkdir()
    for number in range(files):
        mine = rows[number * len(rows) // files : (number + 1) * len(rows) // files]
        if mine:
            name = f"train-{number:05}-of-{files:05}.parquet"
            pq.write_table(pa.Table.from_pylist(list(mine)), place / "hub" / name)
    return place / "hub"


def said(number: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"What of {number}?"}, {"role": "assistant", "content": f"Much of {number}."}]


def coco(place: Path, things: Sequence[int]) -> Path:
    """Numbered by where they stand, as tools do that number anew with every export."""
    images = [{"id": at, "file_name": f"{n}.png", "width": WIDTH, "height": HEIGHT} for at, n in enumerate(things, 1)]
    boxes = [{"id": at, "image_id": at, "category_id": 1, "bbox": [1, 2, 30, 20]} for at in range(1, len(things) + 1)]
    return whole(place / "a.json", {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "mug"}]})


def cvat(place: Path, things: Sequence[int]) -> Path:
    box = '<box label="mug" xtl="1" ytl="2" xbr="30" ybr="20" occluded="0"/>'
    images = (
        f'<image id="{at}" name="{n}.png" width="{WIDTH}" height="{HEIGHT}">{box}</image>'
        for at, n in enumerate(things)
    )
    (place / "a.xml").write_text(f"<annotations><version>1.1</version>{''.join(images)}</annotations>")
    return place / "a.xml"


def via(place: Path, things: Sequence[int]) -> Path:
    shape = {"name": "rect", "x": 1, "y": 2, "width": 20, "height": 10}
    regions = [{"shape_attributes": shape, "region_attributes": {"name": "mug"}}]
    held = {
        f"{n}.png{n}": {"filename": f"{n}.png", "size": n, "regions": regions, "file_attributes": {}} for n in things
    }
    return whole(place / "a.json", held)


def openimages(place: Path, things: Sequence[int]) -> Path:
    (place / "class-descriptions.csv").write_text("/m/01,Mug\n")
    head = ("ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax")
    return table(place / "boxes.csv", head, [(n, "/m/01", 0.1, 0.5, 0.1, 0.5) for n in things])


def boxes(place: Path, things: Sequence[int]) -> Path:
    head = ("filename", "xmin", "ymin", "xmax", "ymax", "label")
    return table(place / "a.csv", head, [(f"{n}.png", 1, 2, 30, 20, "mug") for n in things])


def paddle(place: Path, things: Sequence[int]) -> Path:
    word = [{"transcription": "MUG", "points": [[1, 1], [30, 1], [30, 20], [1, 20]]}]
    (place / "Label.txt").write_text("".join(f"{n}.png\t{json.dumps(word)}\n" for n in things))
    return place / "Label.txt"


def captions(place: Path, things: Sequence[int]) -> Path:
    return table(place / "a.csv", ("image", "caption"), [(f"{n}.png", f"A mug {n}.") for n in things])


def questions(place: Path, things: Sequence[int]) -> Path:
    return lines(place / "a.jsonl", [{"image": f"{n}.png", "question": "What?", "answer": "A mug."} for n in things])


def expressions(place: Path, things: Sequence[int]) -> Path:
    rows = [
        {"image": f"{n}.png", "normal_caption": "the mug", "solution": [1, 2, 30, 20], "width": WIDTH, "height": HEIGHT}
        for n in things
    ]
    return lines(place / "a.jsonl", rows)


def chat(place: Path, things: Sequence[int]) -> Path:
    return lines(place / "a.jsonl", [{"messages": said(n)} for n in things])


def chat_list(place: Path, things: Sequence[int]) -> Path:
    return whole(place / "a.json", [{"instruction": f"What of {n}?", "output": f"Much of {n}."} for n in things])


def chat_with_ids(place: Path, things: Sequence[int]) -> Path:
    return lines(place / "a.jsonl", [{"id": f"own-{n}", "messages": said(n)} for n in things])


def chat_about_pictures(place: Path, things: Sequence[int]) -> Path:
    return lines(place / "a.jsonl", [{"messages": said(n), "images": [f"{n}.png"]} for n in things])


def documents(place: Path, things: Sequence[int]) -> Path:
    return lines(place / "a.jsonl", [{"texts": [f"Much is to be said of {n}."], "images": [None]} for n in things])


def documents_with_pictures(place: Path, things: Sequence[int]) -> Path:
    images = [{"bytes": picture(n), "path": None} for n in things]
    return parquet(place, [{"images": [image, None], "texts": [None, "It is a mug."]} for image in images])


def hub(place: Path, things: Sequence[int]) -> Path:
    return parquet(place, [{"image": {"bytes": picture(n), "path": None}, "text": "A mug."} for n in things])


def hub_of_named_pictures(place: Path, things: Sequence[int]) -> Path:
    rows = [{"image": {"bytes": picture(n), "path": f"{n}.png"}, "text": "A mug."} for n in things]
    return parquet(place, rows, files=1 + len(things) // 3)


def hub_of_chats(place: Path, things: Sequence[int]) -> Path:
    return parquet(place, [{"messages": said(n)} for n in things], files=1 + len(things) // 3)


def rectangle(**more: Any) -> dict[str, Any]:
    return {"x": 5, "y": 5, "width": 20, "height": 20, "rotation": 0, "rectanglelabels": ["mug"], **more}


def tasks(place: Path, things: Sequence[int]) -> Path:
    about = {"from_name": "box", "to_name": "image", "original_width": WIDTH, "original_height": HEIGHT}
    result = [{"id": "r", "type": "rectanglelabels", **about, "value": rectangle()}]
    return whole(
        place / "a.json", [{"data": {"image": f"{n}.png"}, "annotations": [{"result": result}]} for n in things]
    )


def tasks_without_pictures(place: Path, things: Sequence[int]) -> Path:
    return whole(place / "a.json", [{"data": {"chat": said(n)}, "annotations": [{"result": []}]} for n in things])


def minimal(place: Path, things: Sequence[int]) -> Path:
    box = [rectangle(original_width=WIDTH, original_height=HEIGHT)]
    rows = [{"image": f"{n}.png", "box": box, "annotator": 1, "annotation_id": 1, "lead_time": 2.5} for n in things]
    return whole(place / "a.json", rows)


def minimal_table(place: Path, things: Sequence[int]) -> Path:
    box = json.dumps([rectangle(original_width=WIDTH, original_height=HEIGHT)])
    head = ("annotation_id", "annotator", "box", "image", "lead_time")
    return table(place / "a.csv", head, [(1, 1, box, f"{n}.png", 2.5) for n in things])


FORMS: dict[str, tuple[str, Write, dict[str, Any]]] = {
    "coco": ("coco", coco, {}),
    "cvat": ("cvat", cvat, {}),
    "via": ("via", via, {}),
    "openimages": ("openimages", openimages, {}),
    "csv": ("csv", boxes, {}),
    "ocr": ("ocr", paddle, {}),
    "captions": ("captions", captions, {}),
    "vqa": ("vqa", questions, {}),
    "refcoco": ("refcoco", expressions, {}),
    "chat": ("chat", chat, {}),
    "chat, folded": ("chat", chat, {"system": "fold"}),
    "chat, a list": ("chat", chat_list, {}),
    "chat with ids": ("chat", chat_with_ids, {}),
    "chat about pictures": ("chat", chat_about_pictures, {}),
    "interleaved": ("interleaved", documents, {}),
    "interleaved with pictures": ("interleaved", documents_with_pictures, {}),
    "huggingface": ("huggingface", hub, {}),
    "huggingface, named": ("huggingface", hub_of_named_pictures, {}),
    "huggingface, chats": ("huggingface", hub_of_chats, {}),
    "label-studio": ("label-studio", tasks, {}),
    "label-studio, all annotators": ("label-studio", tasks, {"annotators": "all"}),
    "label-studio, dialogues": ("label-studio", tasks_without_pictures, {}),
    "label-studio, all dialogues": ("label-studio", tasks_without_pictures, {"annotators": "all"}),
    "label-studio, minimal": ("label-studio", minimal, {}),
    "label-studio, table": ("label-studio", minimal_table, {}),
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(20):
        (folder / f"{number}.png").write_bytes(picture(number))
    return folder


def names(form: str, things: Sequence[int], images: Path) -> set[int]:
    """What the records of these things are known by."""
    source, write, options = FORMS[form]
    with TemporaryDirectory() as folder:
        place = Path(folder, "labels")
        place.mkdir()
        out = Path(folder, "out")
        out.mkdir()
        own = load_source(source).Options(**options)
        job = Job(
            source, write(place, things), out, images=images, source_options=own, split=(("train", 0.5), ("val", 0.5))
        )
        part = read(ReadPart(job, StagingFolder(out, out, out), Path(folder, "work")), Silent())
        assert part.keys.records == len(things), Path(part.rejected).read_text()
        return set(part.keys.names().hash.tolist())


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_rows_are_known_by_the_same_names_wherever_they_stand(form: str, data: st.DataObject, pictures: Path) -> None:
    things = data.draw(st.permutations(range(10)))
    front = data.draw(st.integers(1, 9))
    new, old = things[:front], things[front:]
    together = names(form, things, pictures)
    assert together == names(form, new, pictures) | names(form, old, pictures)
    assert len(together) == len(things)


def test_all_sources_of_rows_are_held_to_it() -> None:
    assert {source for source, _, _ in FORMS.values()} | A_FILE_A_PICTURE == set(SOURCES) - {"tiny"}
