"""Push of real data: questions, receipts with quads and texts, photos that EXIF turns; what comes back is the same."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from mmdata.annotate.labelling_make import Labels, make_labelling
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources import load_source
from mmdata.schemas.accounting import Accounting

from ..sources.label_studio.reading import Result
from .pushing import run, serve
from .server import LabelStudio, Project


def pushed(server: LabelStudio, config: str, source: str, labels: Path, images: Path) -> tuple[Project, Any]:
    """A project of that config with the labels, its pictures below documents/real."""
    folder = server.documents / "real"
    shutil.copytree(images, folder, dirs_exist_ok=True)
    made = server.make_project(config)
    serve(made, "real")
    where = ("--project", made.key, "--images", folder, "--document-root", server.documents)
    report, _ = run(server, "push", source, labels, *where, "--format", "json", "-q")
    return made, report


def back(project: Project, folder: Path, config: str) -> Result:
    """The export of the project, as it is read."""
    (folder / "export.json").write_text(json.dumps(project.export()), encoding="utf-8")
    (folder / "config.xml").write_text(config, encoding="utf-8")
    return Result(folder / "export.json", project.server.documents / "real", config=folder / "config.xml")


def read(source: str, labels: Path, images: Path) -> list[dict[str, Any]]:
    """The rows that a source gives."""
    module = load_source(source)
    batches = module.read(labels, module.Options(), Pictures(images), Accounting())
    return [row for batch in batches for row in batch.to_pylist()]


def test_questions_with_their_answers(
    label_studio: LabelStudio, project: Project, shared: Path, tmp_path: Path
) -> None:
    folder = shared / "data" / "vqa" / "easy_vqa"
    config = make_labelling("vqa", Labels())
    made, report = pushed(label_studio, config, "vqa", folder / "questions.json", folder / "images")
    rows = read("vqa", folder / "questions.json", folder / "images")
    asked = sorted((each["question"], each["answers"][0]["text"]) for row in rows for each in row["questions"])
    assert report["tasks"]["created"] == len(asked)
    found = [each for row in back(made, tmp_path, config).rows for each in row["questions"]]
    assert sorted((each["question"], each["answers"][0]["text"]) for each in found) == asked


def test_receipts_with_corners_and_texts(
    label_studio: LabelStudio, project: Project, shared: Path, tmp_path: Path
) -> None:
    folder = shared / "data" / "ocr" / "sroie"
    config = make_labelling("ocr", Labels(("text",)))
    made, report = pushed(label_studio, config, "ocr", folder, folder)
    before = [each for row in read("ocr", folder, folder) for each in row["objects"]]
    after = back(made, tmp_path, config).objects()
    assert report["accounting"]["annotations"]["written"] == len(before) == len(after) > 300
    sides = ("x1", "y1", "x2", "y2")
    one, other = (
        sorted([each["text"], *(each[side] for side in sides)] for each in those) for those in (before, after)
    )
    for left, right in zip(one, other, strict=True):
        assert left[0] == right[0]
        assert left[1:] == pytest.approx(right[1:], rel=1e-6)
