"""Pictures that were turned or made smaller are kept by themselves, whatever becomes of the labels around them."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from mmdata.pipelines import rewritten
from mmdata.pipelines.build import build
from mmdata.pipelines.job import Job, Limit
from mmdata.pipelines.plan import plan_of
from mmdata.pipelines.progress import SILENT
from mmdata.pipelines.store import STALE, Store
from mmdata.pipelines.work import Work
from PIL import Image

from .test_engines import contents
from .test_parts import _coco

NAMES = [f"{number}.jpg" for number in range(8)]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Labels of eight turned pictures, each of another colour, to be made smaller."""
    (tmp_path / "photos").mkdir()
    turned = Image.Exif()
    turned[0x0112] = 6
    for number, name in enumerate(NAMES):
        Image.new("RGB", (80, 100), (30 * number, 90, 200)).save(tmp_path / "photos" / name, exif=turned)
    labels = _coco(tmp_path / "labels.json", NAMES)
    return Job("coco", labels, tmp_path / "out", images=tmp_path / "photos", max_side=30)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the pictures that were decoded and encoded."""
    names: list[str] = []
    write = rewritten.write_upright

    def counted(path: Path, *others: object) -> tuple[int, int]:
        names.append(path.name)
        return write(path, *others)

    monkeypatch.setattr(rewritten, "write_upright", counted)
    return names


def _run(job: Job, store: Path) -> dict[str, bytes]:
    build(plan_of(job), SILENT, Work(store=Store(store)))
    return contents(job.out)


def test_where_labels_change_no_picture_is_made_again(job: Job, decoded: list[str], tmp_path: Path) -> None:
    first = _run(job, tmp_path / "store")
    assert decoded == NAMES
    _coco(job.input, NAMES[1:])
    second = _run(job, tmp_path / "store")
    assert decoded == NAMES
    pictures = {name for name in first if name.startswith("images/")}
    assert {name for name in second if name.startswith("images/")} < pictures
    build(plan_of(job), SILENT)
    assert contents(job.out) == second


def test_another_picture_by_the_same_name_is_made(job: Job, decoded: list[str], tmp_path: Path) -> None:
    _run(job, tmp_path / "store")
    assert job.images is not None
    changed = job.images / NAMES[3]
    before = changed.stat()
    changed.write_bytes(changed.read_bytes()[:-2] + b"\x00\xff\xd9")
    os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns))
    _run(replace(job, seed=1), tmp_path / "store")
    assert decoded[len(NAMES) :] == [NAMES[3]]


def test_a_picture_that_changes_while_it_is_decoded_is_not_kept_as_what_it_was(
    job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Between its hash and its pixels somebody puts another there, and later the first again."""
    assert job.images is not None
    changing = job.images / NAMES[3]
    first, write = changing.read_bytes(), rewritten.write_upright

    def late(path: Path, *others: object) -> tuple[int, int]:
        if path == changing:
            shutil.copyfile(path.with_name(NAMES[4]), path)
        return write(path, *others)

    with monkeypatch.context() as patch:
        patch.setattr(rewritten, "write_upright", late)
        _run(job, tmp_path / "store")
    changing.write_bytes(first)
    again = _run(job, tmp_path / "store")
    build(plan_of(job), SILENT)
    assert contents(job.out) == again


@pytest.mark.parametrize("lost", ["gone", "replaced"])
def test_a_picture_that_goes_leaves_nothing_in_out(job: Job, lost: str, tmp_path: Path) -> None:
    """What was made of it before is in the store, and must not be put into OUT for that."""
    job = replace(job, max_side=None, max_rejected=Limit(1.0))
    _run(job, tmp_path / "store")
    assert job.images is not None
    (job.images / NAMES[3]).unlink()
    if lost == "replaced":
        Image.new("RGB", (80, 100)).save(job.images / NAMES[3])
    again = _run(job, tmp_path / "store")
    build(plan_of(job), SILENT)
    assert contents(job.out) == again
    assert sum(name.startswith("images/") for name in again) == len(NAMES) - 1


def test_another_size_is_another_picture(job: Job, decoded: list[str], tmp_path: Path) -> None:
    _run(job, tmp_path / "store")
    smaller = _run(replace(job, max_side=20), tmp_path / "store")
    assert decoded == NAMES * 2
    build(plan_of(replace(job, max_side=20)), SILENT)
    assert contents(job.out) == smaller


@pytest.mark.parametrize("damage", ["flip", "gone"])
def test_a_kept_picture_that_is_not_what_it_was_is_made(
    job: Job, decoded: list[str], damage: str, tmp_path: Path
) -> None:
    first = _run(job, tmp_path / "store")
    for file in (tmp_path / "store").glob("*/*/0"):
        held = file.read_bytes()
        file.unlink()  # it may be a link to what is in OUT
        if damage == "flip" and held:
            file.write_bytes(bytes([held[0] ^ 1]) + held[1:])
    assert _run(job, tmp_path / "store") == first
    assert decoded == NAMES * 2


def test_what_a_killed_run_left_half_made_goes_once_it_is_old(job: Job, tmp_path: Path) -> None:
    old, young = (tmp_path / "store" / f".making-{name}" for name in ("old", "young"))
    for each in (old, young):
        each.mkdir(parents=True)
    os.utime(old, (old.stat().st_mtime - STALE - 60,) * 2)
    _run(job, tmp_path / "store")
    assert not old.exists()
    assert young.exists()


def test_without_a_store_nothing_is_kept(job: Job, decoded: list[str], tmp_path: Path) -> None:
    build(plan_of(job), SILENT)
    shutil.rmtree(job.out)
    build(plan_of(job), SILENT)
    assert decoded == NAMES * 2
    assert {path.name for path in tmp_path.iterdir()} == {"labels.json", "out", "photos"}
