"""What is named to be written over and is no file of ours stays as it is: it was named once too often, or mistyped."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from mmdata.cli import mmdata

RECIPE = """
version: 1
sources: [{source: coco, input: kitchen/instances.json, images: kitchen/images}]
targets: [{to: qwen-vl}]
"""
BY_RECIPE = ["build", "recipe.yaml", "-o", "out", "-q", "--log-json"]
BY_WORDS = ["convert", "coco", "kitchen/instances.json", "--images", "kitchen/images", "-o", "out", "--log-json"]
DEDUP = ["dedup", "kitchen/images", "--no-cache"]
LINT = ["lint", "kitchen/instances.json", "--no-check-images"]


def _run(words: list[str], *more: str) -> Result:
    return CliRunner().invoke(mmdata, [*words, *more], catch_exceptions=False)


@pytest.fixture
def home(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, in which we are, with a recipe, labels, pictures and a note."""
    shutil.copytree(root / "examples" / "kitchen", tmp_path / "kitchen")
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    (tmp_path / "note.txt").write_text("mine\n")
    (tmp_path / "events.jsonl").write_text('{"event": "party", "guests": 9}\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _all(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "words",
    [
        [*BY_RECIPE, "recipe.yaml"],
        [*BY_RECIPE, "kitchen/instances.json"],
        [*BY_RECIPE, "kitchen/images/log.jsonl"],
        [*BY_RECIPE, "events.jsonl"],
        [*BY_WORDS, "kitchen/instances.json"],
        [*BY_WORDS, "kitchen/images/log.jsonl"],
        [*BY_WORDS, "note.txt"],
        [*DEDUP, "--log-json", "kitchen/images/table-1.jpg"],
        [*DEDUP, "--log-json", "kitchen/images/log.jsonl"],
        [*DEDUP, "--write-hashes", "kitchen/images/table-1.jpg"],
        [*DEDUP, "--write-hashes", "note.txt"],
        [*LINT, "--log-json", "kitchen/instances.json"],
        [*LINT, "--write-baseline", "kitchen/instances.json"],
        [*LINT, "--write-baseline", "note.txt"],
    ],
    ids=lambda words: f"{words[0]} {words[-2]} {words[-1]}",
)
def test_what_is_not_ours_stays_as_it_is(home: Path, words: list[str]) -> None:
    before = _all(home)
    done = _run(words)
    assert done.exit_code == 2, done.output
    assert words[-1] in done.stderr
    assert _all(home) == before


def test_a_page_is_not_written_over_what_is_none(home: Path) -> None:
    assert _run([*BY_WORDS, "log.jsonl"]).exit_code == 0
    before = _all(home)
    assert _run(["report", "out", "-o", "note.txt"]).exit_code == 2
    shard = next((home / "out" / "train").iterdir())
    assert _run(["report", "out", "-o", str(shard)]).exit_code == 2
    assert _all(home) == before


def test_what_is_ours_is_written_over(home: Path) -> None:
    (home / "page.html").touch()
    for _ in range(2):
        assert _run([*BY_WORDS, "log.jsonl"]).exit_code == 0
        assert _run([*BY_RECIPE, "log.jsonl"]).exit_code == 0
        assert _run(DEDUP, "--write-hashes", "hashes", "--log-json", "log.jsonl").exit_code in (0, 1)
        assert _run(LINT, "--write-baseline", "baseline.json", "--log-json", "log.jsonl").exit_code == 0
        assert _run(["report", "out", "-o", "page.html"]).exit_code == 0
    told = [json.loads(line)["event"] for line in (home / "log.jsonl").read_text().splitlines()]
    assert told.count("result") == 1, "one log, not one behind another"


def test_a_log_of_ours_that_is_an_input_stays_as_it_is(home: Path) -> None:
    """Which files are inputs is known only once the recipe is read."""
    assert _run([*BY_WORDS, "log.jsonl"]).exit_code == 0
    (home / "recipe.yaml").write_text(RECIPE.replace("kitchen/instances.json", "log.jsonl"))
    before = _all(home)
    assert _run([*BY_RECIPE, "log.jsonl"]).exit_code == 2
    assert _all(home) == before
