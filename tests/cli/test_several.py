"""OUT of several data sets: what looks at one says which there are; verify looks at all, diff at those of one name."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from mmdata.cli import mmdata

RECIPE = """
version: 1
sources: [{source: coco, input: LABELS, check_images: false}]
targets: [{to: qwen-vl, name: one}, {to: qwen3-vl}]
"""


def _run(*said: object) -> Result:
    return CliRunner().invoke(mmdata, [str(each) for each in said], catch_exceptions=False)


@pytest.fixture
def out(root: Path, tmp_path: Path) -> Path:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE.replace("LABELS", str(root / "examples/kitchen/instances.json")))
    assert _run("build", recipe, "-q", "-o", tmp_path / "out").exit_code == 0
    return tmp_path / "out"


@pytest.mark.parametrize(
    "command", ["lint OUT", "lint OUT/one --against OUT", "report OUT", "dedup OUT", "few-shot OUT", "diff OUT OUT/one"]
)
def test_what_looks_at_one_data_set_names_those_that_there_are(out: Path, command: str) -> None:
    done = _run(*command.replace("OUT", str(out)).split())
    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        f"Error: {out}: holds 2 data sets, of the same samples: one, qwen3-vl",
        f"  Name one of them, such as {out}/one.",
    ]


def test_verify_looks_at_all_of_them(out: Path) -> None:
    assert _run("verify", out).exit_code == 0
    path = out / "qwen3-vl/train/train.jsonl"
    path.write_bytes(path.read_bytes().replace(b"mug", b"jug"))
    assert _run("verify", out).exit_code == 1


def test_diff_compares_those_of_one_name(out: Path) -> None:
    new = out.with_name("new")
    shutil.copytree(out, new)
    assert _run("diff", out, new).exit_code == 0
    path = new / "qwen3-vl/train/train.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    done = _run("diff", out, new, "--format", "json")
    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert {name: each["removed"] for name, each in told["sets"].items()} == {"one": 0, "qwen3-vl": 1}
    assert "qwen3-vl:\n" in _run("diff", out, new).stdout


def test_diff_says_which_data_set_only_one_of_the_two_holds(out: Path) -> None:
    new, whole = out.with_name("new"), json.loads((out / "manifest.json").read_bytes())
    shutil.copytree(out, new)
    outputs = whole["options"]["outputs"]
    outputs["other"] = outputs.pop("one")
    (new / "manifest.json").write_text(json.dumps(whole))
    done = _run("diff", out, new)
    assert done.exit_code == 1
    assert f"one: in {out} alone" in done.stdout and f"other: in {new} alone" in done.stdout
