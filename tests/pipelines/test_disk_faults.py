"""Conversions on disks that fail, run full or may not be written: OUT stays whole, and the words say what and where."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

PROGRAM = Path(__file__).with_name("disk_program.py")
FAULTS = ["EIO", "ENOSPC", "EMFILE", "short"]
OFTEN = [("webdataset", "EIO"), ("webdataset", "short"), ("qwen-vl", "ENOSPC"), ("mds", "EMFILE")]
RARE = [(target, fault) for target in ("qwen-vl", "swift", "huggingface", "webdataset", "mds") for fault in FAULTS]
CASES = [*OFTEN, *(pytest.param(*each, marks=pytest.mark.slow) for each in RARE if each not in OFTEN)]


def _run(*words: object, before: tuple[str, ...] = ()) -> dict:
    done = subprocess.run(
        [*before, sys.executable, PROGRAM, *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("target", "fault"), CASES)
def test_every_call_fails_once(target, fault, ram):
    found = _run("nth", ram / "work" / "out", target, fault)
    assert found["calls"] > 50
    if fault == "short":
        assert found["failed"] == 0, "a short write is no fault: the rest is written"
    else:
        assert found["failed"] > found["calls"] * 0.8 and f"({fault}" in found["said"]


def _may_mount() -> bool:
    unshare = shutil.which("unshare")
    if unshare is None or os.getuid() != 0:
        return False
    done = subprocess.run(
        [unshare, "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    )
    return done.returncode == 0


@pytest.mark.parametrize("size", [2, 4, 8])
def test_a_full_disk(size, tmp_path):
    """Filled to the last byte, then with 32 KiB more room each time until a conversion fits."""
    if not _may_mount():
        pytest.skip("no disk can be mounted here; test_commit_faults.py stands in for it with a limit on files")
    found = _run("full", tmp_path, size, before=("unshare", "--mount"))
    assert found["failed"] > 5
    assert "No space left on device (ENOSPC, " in found["said"] and "bytes free)" in found["said"]
    assert list(tmp_path.iterdir()) == [], "the disk was mounted for others too"


def test_who_may_not_write_or_read_is_told_first():
    with TemporaryDirectory(prefix="mmdata-") as folder:  # pytest's own folders are closed to others
        found = _run("refused", folder)
        assert found["out"].startswith(f"Error: {folder}/closed/out: Permission denied (EACCES, ")
        assert found["in"].startswith(f"Error: {folder}/labels.json: not readable: Permission denied")
        assert found["left"] == ""
