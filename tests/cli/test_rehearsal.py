"""`mmdata build --dry-run` says what the build then does: the same numbers, and the same end with too much wrong."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from mmdata.cli import mmdata

COCO = {"source": "coco", "input": "kitchen/instances.json", "images": "kitchen/images"}
VOC = {"source": "voc", "input": "kitchen/voc", "images": "kitchen/images"}
STUDIO = {"source": "label-studio", "input": "kitchen/label_studio.json", "images": "kitchen"}
CAPTIONS = {**COCO, "name": "told", "options": {"captions": "kitchen/captions.json"}, "tasks": ["caption"]}
HALVES = {"split": {"train": 0.5, "val": 0.5}}
RECIPES: dict[str, dict[str, Any]] = {
    "pictures that are turned, twice": {"dedup": "exact", "sources": [COCO, VOC, STUDIO], **HALVES},
    "merged": {"dedup": "exact", "dedup_policy": "merge", "sources": [COCO, CAPTIONS, VOC], **HALVES},
    "emptied by a filter": {"sources": [{**COCO, "keep": {"labels": ["bus"]}}], **HALVES},
    "emptied, and asked about what is not there": {
        "sources": [{**COCO, "keep": {"labels": ["bus"]}, "negatives": 2}],
        **HALVES,
    },
    "weighed": {"sources": [{**COCO, "weight": 0.5}, {**VOC, "weight": 3}], **HALVES},
    "what its task does not ask about": {"sources": [{**COCO, "tasks": ["count"], "max_objects": 2}]},
    "for several targets": {
        "sources": [{**COCO, "keep": {"min_side": 400}}],
        "max_rejected": "10%",
        "targets": [{"to": "qwen3-vl"}, {"to": "openai"}, {"to": "qwen-vl", "name": "small", "max_side": 200}],
    },
}
FAILING: dict[str, dict[str, Any]] = {
    "wrong sizes": {"sources": [{**COCO, "input": "wrong.json"}]},
    "a slip in a label": {"sources": [{**COCO, "keep": {"labels": ["mugg"]}}]},
}


def run(*args: object) -> Result:
    return CliRunner().invoke(mmdata, ["build", *map(str, args)], catch_exceptions=False)


@pytest.fixture
def folder(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(root / "examples" / "kitchen", tmp_path / "kitchen")
    labels = json.loads((tmp_path / "kitchen" / "instances.json").read_text())
    for image in labels["images"][:4]:
        image["width"] = 17
    (tmp_path / "wrong.json").write_text(json.dumps(labels))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(said: dict[str, Any]) -> None:
    Path("recipe.yaml").write_text(yaml.safe_dump({"version": 1, **said}))


@pytest.mark.parametrize(
    ("said", "more"),
    [*((said, []) for said in RECIPES.values()), (RECIPES["merged"], ["--workers", "2"])],
    ids=[*RECIPES, "merged by workers"],
)
def test_the_numbers_are_those_of_the_build(said: dict[str, Any], more: list[str], folder: Path) -> None:
    written(said)
    done = run("recipe.yaml", "-o", "out", "--dry-run", "--format", "json", *more)
    assert done.exit_code == 0, done.stderr
    assert not (folder / "out").exists()
    one_each = not any(each.get("weight") or each.get("negatives") for each in said["sources"])
    rehearsed = {each["name"]: each for each in json.loads(done.stdout)["outputs"]}
    assert run("recipe.yaml", "-o", "out", "-q").exit_code == 0
    for name, told in rehearsed.items():
        manifest = json.loads((folder / "out" / name / "manifest.json").read_bytes())
        for part, whole in zip(told["parts"], manifest.get("parts", [manifest]), strict=True):
            for kind in ("annotations", "images"):
                assert part["read"][kind] == whole["accounting"][kind]["read"]
                assert part["kept"][kind] == whole["accounting"][kind]["written"]
                assert part["rejected"].get(kind, {}) == whole["accounting"][kind]["rejected"]
        records = {split: each["records"] for split, each in told["splits"].items()}
        assert sum(part["records"] for part in told["parts"]) == sum(records.values())
        if one_each:
            assert records == {split: each["samples"] for split, each in manifest["splits"].items()}


@pytest.mark.parametrize("said", FAILING.values(), ids=FAILING)
def test_a_build_that_would_fail_fails_in_rehearsal(said: dict[str, Any], folder: Path) -> None:
    written(said)
    rehearsed, built = run("recipe.yaml", "-o", "out", "--dry-run", "-q"), run("recipe.yaml", "-o", "out", "-q")
    assert rehearsed.exit_code == built.exit_code == 1
    assert rehearsed.stderr == built.stderr
    assert "annotations of" in rehearsed.stdout
    assert not (folder / "out").exists()


def test_what_may_still_be_too_long_is_said(folder: Path) -> None:
    written({"sources": [COCO], "targets": [{"to": "qwen-vl", "max_length": 2048}]})
    done = run("recipe.yaml", "-o", "out", "--dry-run")
    assert "There may be fewer records:\nwhat is longer than max_length is left out then." in done.stdout
