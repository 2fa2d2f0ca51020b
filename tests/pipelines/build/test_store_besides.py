"""A source reads more than it was given: what has changed of that makes a result of the store no result either."""

import json
from pathlib import Path

import pytest
from mmdata.pipelines.build import build
from mmdata.pipelines.job import Job
from mmdata.pipelines.plan import plan_of
from mmdata.pipelines.progress import SILENT
from mmdata.pipelines.store import Store
from mmdata.pipelines.work import Work
from PIL import Image

from .test_engines import contents


def _vqa(folder: Path) -> Job:
    questions = [{"image_id": 1, "question_id": 1, "question": "What is it?"}]
    answers = [{"image_id": 1, "question_id": 1, "answers": [{"answer": "a mug"}], "multiple_choice_answer": "a mug"}]
    (folder / "v_questions.json").write_text(json.dumps({"questions": questions}))
    (folder / "v_annotations.json").write_text(json.dumps({"annotations": answers}))
    return Job("vqa", folder / "v_annotations.json", folder / "out", check_images=False)


def _yolo(folder: Path) -> Job:
    (folder / "img").mkdir()
    for name in ("1", "2"):
        Image.new("RGB", (40, 30)).save(folder / f"img/{name}.jpg")
    (folder / "img/1.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (folder / "obj.names").write_text("mug\nbook\n")
    (folder / "train.txt").write_text("img/1.jpg\nimg/2.jpg\n")
    (folder / "obj.data").write_text("classes = 2\ntrain = train.txt\nnames = obj.names\n")
    return Job("yolo", folder / "obj.data", folder / "out")


@pytest.mark.parametrize(
    ("made", "name", "content"),
    [
        (_vqa, "v_questions.json", '{"questions": [{"image_id": 1, "question_id": 1, "question": "What was it?"}]}'),
        (_yolo, "img/1.txt", "1 0.5 0.5 0.2 0.2\n"),
        (_yolo, "img/2.txt", "0 0.5 0.5 0.2 0.2\n"),
        (_yolo, "train.txt", "img/1.jpg\n"),
        (_yolo, "obj.names", "cup\nbook\n"),
    ],
    ids=["the questions beside the answers", "labels of a list", "labels that come", "a list", "names"],
)
def test_files_that_nobody_named_count_as_well(tmp_path: Path, made, name: str, content: str) -> None:
    (tmp_path / "in").mkdir()
    job = made(tmp_path / "in")
    job = Job(job.source, job.input, tmp_path / "out", check_images=job.check_images)
    stores = [Store(tmp_path / "store") for _ in range(3)]
    build(plan_of(job), SILENT, Work(store=stores[0]))
    build(plan_of(job), SILENT, Work(store=stores[1]))
    assert stores[1].counts["read"]["made"] == 0
    before = contents(job.out)
    (tmp_path / "in" / name).write_text(content)
    build(plan_of(job), SILENT, Work(store=stores[2]))
    kept = contents(job.out)
    assert kept != before
    build(plan_of(job), SILENT)
    assert contents(job.out) == kept
