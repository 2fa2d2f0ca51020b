"""`mmdata annotate init`: the labels of real data sets, tasks without data, and files that are there already."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from mmdata.annotate.labelling import read_labelling
from mmdata.annotate.labelling_lint import flaws
from mmdata.annotate.project_file import read_project
from mmdata.cli import mmdata

Init = Callable[..., Result]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "cats.yaml"


@pytest.fixture
def init(out: Path) -> Init:
    return lambda *arguments: CliRunner().invoke(mmdata, ["annotate", "init", *map(str, arguments), "-o", str(out)])


def test_coco_gives_all_its_categories_in_their_order(init: Init, out: Path, shared: Path) -> None:
    labels = shared / "data/coco/instances_ccby/annotations/instances_train2017.json"
    assert init("coco", labels, "--task", "detect").exit_code == 0
    control = read_labelling(read_project(out).label_config).controls["box"]
    assert (len(control.labels), list(control.labels)[:2]) == (80, ["person", "bicycle"])
    assert control.labels["toothbrush"]["category"] == "79"


@pytest.mark.parametrize(
    ("source", "path", "task", "shown"),
    [
        ("voc", "voc", "9 labels", "<RectangleLabels"),
        ("vqa", "vqa/textvqa_val400_questions.json", "for vqa", 'value="$question"'),
        ("coco", "coco/instances_ccby/annotations/instances_train2017.json", "for detect", "<RectangleLabels"),
        ("coco", "coco/instances_ccby/annotations/captions_val2017.json", "caption with 0 labels", 'name="caption"'),
    ],
)
def test_what_a_set_holds_says_what_its_project_asks(
    source: str, path: str, task: str, shown: str, init: Init, out: Path, shared: Path
) -> None:
    result = init(source, shared / "data" / path)
    assert (result.exit_code, task in result.output) == (0, True), result.output
    project = read_project(out)
    assert (project.key, shown in project.label_config, flaws(project.label_config)) == ("cats", True, [])


@pytest.mark.parametrize("task", ["ocr", "vqa", "caption", "chat"])
def test_a_task_alone_needs_no_labels(task: str, init: Init, out: Path) -> None:
    assert init("--task", task).exit_code == 0
    assert flaws(read_project(out).label_config) == []


def test_key_points_stand_in_their_order(init: Init, out: Path) -> None:
    assert init("--task", "keypoints", "--labels", "person", "--points", "nose, left_eye ,right_eye").exit_code == 0
    points = read_labelling(read_project(out).label_config).controls["point"].labels
    assert {name: facts["model_index"] for name, facts in points.items()} == {
        "nose": "0",
        "left_eye": "1",
        "right_eye": "2",
    }


def test_a_file_that_is_there_is_kept_unless_it_is_to_grow(init: Init, out: Path) -> None:
    init("--task", "detect", "--labels", "cat,dog")
    before = out.read_bytes()
    refused = init("--task", "detect", "--labels", "bird")
    assert (refused.exit_code, out.read_bytes(), "--update" in refused.output) == (2, before, True)
    assert "1 new label" in init("--task", "detect", "--labels", "bird,cat", "--update").output
    assert list(read_labelling(read_project(out).label_config).controls["box"].labels) == ["cat", "dog", "bird"]
    grown = out.read_bytes()
    assert "0 new labels" in init("--task", "detect", "--labels", "bird", "--update").output
    assert out.read_bytes() == grown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "neither SOURCE and INPUT nor --task"),
        (["--task", "detect"], "--labels"),
        (["--task", "keypoints", "--labels", "a"], "--points"),
        (["cocoo", "x.json"], "Did you mean coco?"),
        (["coco"], "INPUT is missing"),
        (["coco", "nothing.json"], "nothing.json"),
        (["--task", "detect", "--labels", "a", "--key", "a b"], "--key"),
        (["--task", "detect", "--labels", "a", "--title", "x" * 51], "51 characters"),
    ],
)
def test_what_cannot_be_followed_is_said_and_nothing_is_written(
    arguments: list[str], words: str, init: Init, out: Path
) -> None:
    result = init(*arguments)
    assert (result.exit_code, words in result.output, out.exists()) == (2, True, False), result.output
