"""Records of which a filter leaves nothing take no place in a split, and stand for no other record."""

from pathlib import Path
from typing import Any

from mmdata.pipelines.build import Built, build
from mmdata.pipelines.filter.criteria import Keep
from mmdata.pipelines.job import Job
from mmdata.pipelines.plan import Output, Plan
from mmdata.pipelines.progress import SILENT


def _built(*jobs: Job) -> Built:
    return build(Plan(jobs[0].out, (Output("", jobs),)), SILENT)


def _coco(kitchen: Path, out: Path, **more: Any) -> Job:
    halves = (("train", 0.5), ("val", 0.5))
    fields: dict[str, Any] = {"split": halves, "images": kitchen / "images", **more}
    return Job("coco", kitchen / "instances.json", out, **fields)


def test_the_shares_are_of_what_is_left(root: Path, tmp_path: Path) -> None:
    job = _coco(root / "examples" / "kitchen", tmp_path / "out", keep=Keep(labels=("bus",)))
    splits = _built(job).manifest["splits"]
    assert {name: (each["records"], each["samples"]) for name, each in splits.items()} == {
        "train": (2, 2),
        "val": (2, 2),
    }


def test_a_record_without_anything_is_kept_instead_of_no_other(root: Path, tmp_path: Path) -> None:
    kitchen = root / "examples" / "kitchen"
    first = _coco(kitchen, tmp_path / "out", name="first", keep=Keep(labels=("nothing",)), dedup="exact")
    second = _coco(kitchen, tmp_path / "out", name="second", dedup="exact")
    built = _built(first, second)
    assert sum(each["samples"] for each in built.manifest["splits"].values()) == 12
    assert built.manifest["accounting"]["images"]["rejected"] == {"AN015": 12}


def test_with_negatives_it_is_asked_about_what_is_not_there(root: Path, tmp_path: Path) -> None:
    job = _coco(root / "examples" / "kitchen", tmp_path / "out", keep=Keep(labels=("bus",)), negatives=1)
    assert _built(job).manifest["accounting"]["images"]["rejected"].get("AN015", 0) < 8
