"""The gaps of the commit protocol: a run is stopped in each, and the table of docs/commit.md says what is so."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
GAPS = tomllib.loads((HERE / "gaps" / "gaps.toml").read_text(encoding="utf-8"))["gap"]
CASES = [(gap, start) for gap in GAPS for start in gap["start"]]
BEFORE = {"none": None, "old": 1, "plain": 1, "dead": 1, "moved": 1, "kept": 1}
NEW = 2


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What one process found that stopped a run in every gap."""
    command = [sys.executable, HERE / "gaps_program.py", tmp_path_factory.mktemp("gaps")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("gap", "start"), CASES, ids=[f"{gap['name']}/{start}" for gap, start in CASES])
def test_a_run_that_is_stopped_there(found, gap, start):
    seen = found["looked"][f"{gap['name']}/{start}"]
    assert seen["stopped"], "the run does not come by there"
    assert seen["beside"] == gap["beside"]
    there = {"as before": BEFORE[start], "the new version": NEW, "nothing": None}[gap["reader"]]
    assert seen["reader"] == there
    assert seen["next"] == seen["last"] == 0
    assert seen["recovered"] == (BEFORE[start] if gap["reader"] == "nothing" else there)
    assert seen["left"] == ([] if seen["recovered"] is None else ["out"])
    assert (seen["rebuilt"], seen["litter"]) == (3, ["out"])


def test_no_call_of_a_run_is_without_its_gap(found):
    known = {gap["before"] for gap in GAPS}
    assert {start: [call for call in calls if call not in known] for start, calls in found["traced"].items()} == {
        start: [] for start in found["traced"]
    }


def test_every_gap_has_a_name_of_its_own():
    names = [gap["name"] for gap in GAPS]
    assert len(set(names)) == len(names)


def test_the_table_of_the_docs_is_what_is_tested(root):
    text = (root / "docs" / "commit.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and " | `" in line]
    assert "\n".join(rows) == "\n".join(map(row, GAPS))


def row(gap: dict) -> str:
    """A gap as a line of the table."""
    beside = ", ".join(f"`{name}`" for name in gap["beside"]) or "nothing"
    start = ", ".join(gap["start"])
    return f"| {gap['name']} | `{gap['before']}` | {start} | {beside} | {gap['reader']} | {gap['next']} |"
