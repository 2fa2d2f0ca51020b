"""What was done before is not done again, unless anything that it hangs on has changed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdata.pipelines.build import build
from mmdata.pipelines.digest import digest
from mmdata.pipelines.job import Job, Limit
from mmdata.pipelines.plan import Output, Plan, plan_of
from mmdata.pipelines.progress import SILENT
from mmdata.pipelines.rehearse import rehearse
from mmdata.pipelines.store import Store
from mmdata.pipelines.work import Work
from mmdata.schemas.errors import ConfigError

from .test_engines import contents
from .test_parts import _coco

VALUES = st.recursive(
    st.none() | st.integers() | st.text() | st.binary() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES, VALUES)
def test_different_values_have_different_digests(one: object, other: object) -> None:
    assert (digest(one) == digest(other)) == (_kinds(one) == _kinds(other))


def _kinds(value: object) -> object:
    """The value with its kinds, since 1, 1.0 and True are equal to Python."""
    if isinstance(value, dict):
        return {key: _kinds(each) for key, each in value.items()}
    return [_kinds(each) for each in value] if isinstance(value, list) else (type(value), value)


def test_arrays_differ_by_type_and_shape() -> None:
    flat = np.arange(6)
    assert len({digest(flat), digest(flat.reshape(2, 3)), digest(flat.astype(np.int32)), digest(flat.tolist())}) == 4


@pytest.fixture
def job(root: Path, tmp_path: Path) -> Job:
    kitchen = tmp_path / "kitchen"
    shutil.copytree(root / "examples" / "kitchen", kitchen)
    split = (("train", 0.75), ("val", 0.25))
    return Job("coco", kitchen / "instances.json", tmp_path / "out", images=kitchen / "images", split=split)


def _made(job: Job, folder: Path) -> dict[str, int]:
    """How many parts of each stage were made, not found."""
    store = Store(folder)
    build(plan_of(job), SILENT, Work(store=store))
    return {stage: counts["made"] for stage, counts in store.counts.items()}


@pytest.mark.parametrize("target", ["qwen-vl", "webdataset", "huggingface"])
def test_the_second_time_nothing_is_made_and_all_is_the_same(job: Job, target: str, tmp_path: Path) -> None:
    job = replace(job, target=target)
    build(plan_of(job), SILENT)
    plain = contents(job.out)
    assert _made(job, tmp_path / "store")["read"] == 1
    assert contents(job.out) == plain
    again = _made(job, tmp_path / "store")
    assert contents(job.out) == plain
    assert again["read"] == again["write"] == 0


CLASHES = {"equal": "out", "inside": "out/cache", "around": ".", "link inside": "link/cache", "link": "link"}


@pytest.mark.parametrize("cache", CLASHES.values(), ids=CLASHES)
@pytest.mark.parametrize("make", [build, rehearse])
def test_a_store_in_out_or_around_it_is_refused_before_anything_is_done(job: Job, tmp_path, cache, make) -> None:
    """It would be in the data set, which later runs could not replace."""
    build(plan_of(job), SILENT)
    (tmp_path / "link").symlink_to(job.out)
    before = contents(tmp_path)
    with pytest.raises(ConfigError) as refused:
        make(plan_of(job), SILENT, Work(store=Store(tmp_path / cache)))
    assert refused.value.place.startswith("--cache ")
    assert str(job.out) in refused.value.fact
    assert contents(tmp_path) == before


def test_pictures_inside_the_labels_are_not_looked_for_where_they_were_unpacked(job: Job, tmp_path: Path) -> None:
    build(plan_of(replace(job, target="huggingface")), SILENT)
    inside = Job("huggingface", job.out, tmp_path / "again")
    assert _made(inside, tmp_path / "store")["read"] == 1
    plain = contents(inside.out)
    assert _made(inside, tmp_path / "store") == {"read": 0, "render": 0, "write": 0}
    assert contents(inside.out) == plain


def _a_picture(job: Job) -> Path:
    assert job.images is not None
    return sorted(job.images.iterdir())[0]


def _grown(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


def test_whatever_it_hangs_on_makes_it_anew(job: Job, tmp_path: Path) -> None:
    store = tmp_path / "store"
    _made(job, store)
    _grown(job.input)
    assert _made(job, store)["read"] == 1
    assert _made(job, store)["read"] == 0
    os.utime(_a_picture(job), ns=(1, 1))
    assert _made(job, store)["read"] == 1
    assert _made(replace(job, seed=1), store)["render"] == 1
    assert _made(replace(job, tasks=("count",)), store)["write"] == 2
    assert _made(job, store) == {"read": 0, "render": 0, "write": 0}


def test_a_picture_that_was_missing_is_looked_for_again(job: Job, tmp_path: Path) -> None:
    picture = _a_picture(job)
    content = picture.read_bytes()
    picture.unlink()
    job = replace(job, max_rejected=Limit(share=1.0))
    assert _made(job, tmp_path / "store")["read"] == 1
    assert _made(job, tmp_path / "store")["read"] == 0
    picture.write_bytes(content)
    assert _made(job, tmp_path / "store")["read"] == 1


@pytest.mark.parametrize("damage", ["cut", "flip", "gone"])
def test_an_entry_that_is_not_what_it_was_is_no_entry(job: Job, damage: str, tmp_path: Path) -> None:
    _made(job, tmp_path / "store")
    plain = contents(job.out)
    for file in [path for path in (tmp_path / "store").rglob("*") if path.is_file()]:
        held = file.read_bytes()
        file.unlink()  # it may be a link to what is in OUT
        if damage == "cut":
            file.write_bytes(held[:-1])
        elif damage == "flip":
            file.write_bytes(bytes([*held[:-1], held[-1] ^ 1]) if held else b"x")
    assert _made(job, tmp_path / "store")["read"] == 1
    assert contents(job.out) == plain


def test_a_change_of_one_source_in_a_hundred_makes_one_part_anew(tmp_path: Path) -> None:
    out, store = tmp_path / "out", tmp_path / "store"
    jobs: list[Job] = []
    for at in range(100):
        labels = _coco(tmp_path / f"part{at}.json", [f"{at}-{row}.jpg" for row in range(3)])
        jobs.append(Job("coco", labels, out, name=f"p{at}", check_images=False, split=(("train", 0.9), ("val", 0.1))))
    plan = Plan(out, (Output("", tuple(jobs)),))
    build(plan, SILENT, Work(store=Store(store)))
    _coco(tmp_path / "part50.json", ["50-0.jpg", "50-1.jpg", "50-2.jpg", "50-3.jpg"])
    second = Store(store)
    build(plan, SILENT, Work(store=second))
    assert second.counts["read"] == {"found": 99, "made": 1}
    assert second.counts["render"] == {"found": 99, "made": 1}


PROGRAM = """
import os, sys
from mmdata.pipelines import remember
from mmdata.cli import main
after = int(os.environ["KILL_AFTER"])
keep = remember.Store.keep
def counted(self, key, kept):
    global after
    keep(self, key, kept)
    after -= 1
    if after == 0:
        os.kill(os.getpid(), 9)
remember.Store.keep = counted
main()
"""


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_killed_run_goes_on_where_it_was(job: Job, after: int, tmp_path: Path) -> None:
    words = ["convert", "coco", str(job.input), "--images", str(job.images), "-o", str(job.out)]
    words += ["--split", "train=0.75,val=0.25", "--max-shard-samples", "4", "--quiet"]
    command = [sys.executable, "-c", PROGRAM, *words, "--resume"]
    killed = subprocess.run(command, env={**os.environ, "KILL_AFTER": str(after)}, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    kept = job.out.parent / ".out.resume"
    assert len(list(kept.glob("*/*/receipt"))) == after
    assert not job.out.exists()
    before = {path: path.stat().st_mtime_ns for path in kept.glob("*/*/receipt")}
    time.sleep(0.01)
    finished = subprocess.run(command, env={**os.environ, "KILL_AFTER": "-1"}, capture_output=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert len(before) == after
    resumed = contents(job.out)
    assert sorted(path.name for path in job.out.parent.iterdir()) == ["kitchen", "out"]
    shutil.rmtree(job.out)
    subprocess.run([sys.executable, "-m", "mmdata", *words], check=True)
    assert contents(job.out) == resumed


def test_without_resume_what_was_kept_is_swept(job: Job) -> None:
    kept = job.out.parent / ".out.resume"
    (kept / "ab").mkdir(parents=True)
    build(plan_of(job), SILENT)
    assert not kept.exists()
