"""A set grows by sources, files, targets and turned pictures, and nothing that was in it moves."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from mmdata.pipelines.build import build
from mmdata.pipelines.job import Job
from mmdata.pipelines.plan import Output, Plan
from mmdata.pipelines.progress import SILENT
from mmdata.pipelines.splits.ledger import Ledger, hash_of, read_ledger
from mmdata.schemas.errors import InputError
from PIL import Image

HALVES = (("train", 0.5), ("val", 0.5))
EXIF_ORIENTATION = 0x0112


def _coco(path: Path, first: int, count: int) -> Path:
    """Labels of pictures `N.jpg` from `first` on."""
    path.parent.mkdir(exist_ok=True)
    images = [{"id": at, "file_name": f"{at}.jpg", "width": 100, "height": 80} for at in range(first, first + count)]
    boxes = [{"id": each["id"], "image_id": each["id"], "category_id": 1, "bbox": [1, 2, 30, 40]} for each in images]
    path.write_text(json.dumps({"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "mug"}]}))
    return path


def _chat(path: Path, first: int, count: int) -> Path:
    turns = [{"from": "human", "value": "How many?"}, {"from": "gpt", "value": "Two."}]
    rows = [{"id": f"{at}", "conversations": turns} for at in range(first, first + count)]
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(rows))
    return path


def _places(out: Path) -> dict[str, str]:
    """The split of each picture; of a record without one, that of what its name ends with."""
    found: dict[str, str] = {}
    for split in ("train", "val"):
        for row in json.loads((out / split / f"{split}.json").read_bytes()):
            said = row["conversations"][0]["value"]
            name = said.split("<img>")[1].split("</img>")[0] if "<img>" in said else row["id"].rpartition("/")[2]
            assert found.setdefault(name, split) == split
    return found


def _build(out: Path, *jobs: Job, names: tuple[str, ...] = ("",)) -> dict[str, str]:
    outputs = [Output(name, tuple(replace(job, out=out / name, split=HALVES) for job in jobs)) for name in names]
    build(Plan(out, tuple(outputs)), SILENT)
    places = [_places(out / name) for name in names]
    assert all(each == places[0] for each in places)
    return places[0]


def _stays(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    assert {name: after[name] for name in before} == before
    assert len(after) > len(before)


def _part(kind: Callable[[Path, int, int], Path], path: Path, first: int, count: int, name: str) -> Job:
    source = "coco" if kind is _coco else "chat"
    return Job(source, kind(path, first, count), Path(), name=name, check_images=False)


@pytest.mark.parametrize("kind", [_coco, _chat])
@pytest.mark.parametrize("folders", [("a", "b"), ("b", "b")], ids=["another folder", "the same folder"])
def test_a_source_that_comes_before_the_others_moves_nothing(tmp_path: Path, kind, folders: tuple[str, str]) -> None:
    new, known = (tmp_path / each / f"{number}.json" for number, each in enumerate(folders))
    out = tmp_path / "out"
    alone = _part(kind, known, 0, 60, "")
    one = _build(out, alone)
    first = 100 if kind is _chat or folders[0] == folders[1] else 0  # pictures of one name in two folders
    two = _build(out, _part(kind, new, first, 40, "new"), replace(alone, name="known"))
    if kind is _coco or first:
        _stays(one, two)
    more = _part(kind, tmp_path / "c" / "2.json", 200, 10, "known")
    _stays(two, _build(out, more, replace(alone, name="renamed"), _part(kind, new, first, 40, "new")))


def test_a_folder_that_was_moved_is_known_by_its_part(tmp_path: Path) -> None:
    jobs = [_part(_coco, tmp_path / each / "x.json", 0, 60, each) for each in ("a", "b")]
    before = _build(tmp_path / "out", *jobs)
    (tmp_path / "b").rename(tmp_path / "moved")
    after = _build(tmp_path / "out", jobs[0], replace(jobs[1], input=tmp_path / "moved/x.json"))
    assert after == {name.replace(f"{tmp_path}/b/", f"{tmp_path}/moved/"): place for name, place in before.items()}


def test_targets_come_and_go_and_nothing_moves(tmp_path: Path) -> None:
    out = tmp_path / "out"
    places: list[dict[str, str]] = []
    for count, names in ((60, ("",)), (70, ("new", "old")), (80, ("other", "second")), (90, ("",))):
        places.append(_build(out, _part(_coco, tmp_path / "in/x.json", 0, count, ""), names=names))
    for before, after in pairwise(places):
        _stays(before, after)


def _turned_job(folder: Path) -> Job:
    """Pictures in folders of two each, of which one is turned by EXIF."""
    images = []
    for at in range(40):
        path = folder / f"film{at // 2}" / f"{at}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        exif = Image.Exif()
        exif[EXIF_ORIENTATION] = 6 if at % 2 else 1
        Image.new("RGB", (40, 30), (at, 0, 0)).save(path, exif=exif)
        images.append({"id": at, "file_name": f"film{at // 2}/{at}.jpg"})
    boxes = [{"id": at, "image_id": at, "category_id": 1, "bbox": [1, 2, 9, 9]} for at in range(40)]
    labels = folder / "labels.json"
    labels.write_text(json.dumps({"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "mug"}]}))
    return Job("coco", labels, Path(), split=HALVES)


def test_a_turned_picture_is_grouped_by_the_name_it_came_under(tmp_path: Path) -> None:
    job = replace(_turned_job(tmp_path / "in"), group_by=r"^film\d+/")
    other = replace(_part(_coco, tmp_path / "b/x.json", 0, 20, "other"), group_by=job.group_by)
    for number, jobs in enumerate([[job], [replace(job, name="film"), other]]):
        _build(tmp_path / f"out{number}", *jobs)
        rows = {split: (tmp_path / f"out{number}/{split}/{split}.json").read_text() for split in ("train", "val")}
        place = {
            at: split for split, said in rows.items() for at in range(40) if f"/{at}-" in said or f"{at}.jpg" in said
        }
        assert len(place) == 40


def test_targets_that_turn_pictures_and_that_do_not_have_one_split(tmp_path: Path) -> None:
    job, out = _turned_job(tmp_path / "in"), tmp_path / "out"
    outputs = [Output(name, (replace(job, out=out / name, upright=name == "up"),)) for name in ("up", "as-stored")]
    build(Plan(out, tuple(outputs)), SILENT)
    ids = [
        {
            split: [row["id"] for row in json.loads((out / name / split / f"{split}.json").read_bytes())]
            for split in ("train", "val")
        }
        for name in ("up", "as-stored")
    ]
    assert ids[0] == ids[1]


def test_what_is_no_ledger_is_told(tmp_path: Path) -> None:
    """Names of folders of another shape than ours are as bad as hashes out of order."""
    path = tmp_path / "splits.arrow"
    path.write_bytes(Ledger(("a",), called=(("pictures", hash_of("/x"), "x"),)).content())
    assert read_ledger(path).called == (("pictures", hash_of("/x"), "x"),)
    for wrong in ([1], ["ab"], {"a": 1}, None):
        path.write_bytes(Ledger(("a",), called=wrong).content())  # type: ignore[arg-type]
        with pytest.raises(InputError, match="is no ledger of splits"):
            read_ledger(path)
