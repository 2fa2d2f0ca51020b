"""Conversions of every writer, killed by kill -9 at random times and at random calls: 0 torn, 0 silent, 0 left over."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("kills_program.py")
WRITERS = {"json": "qwen-vl", "jsonl": "swift", "parquet": "huggingface", "webdataset": "webdataset", "mds": "mds"}


def _kill(target: str, out: Path, count: int) -> None:
    command = [sys.executable, PROGRAM, target, out, str(count), "7"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["time"] + found["call"] == count
    assert min(found["time"], found["call"]) > count // 4
    assert min(found["old"], found["absent"], found["new"]) > 0
    assert found["calls"] > 60


@pytest.mark.parametrize("writer", WRITERS)
def test_200_kills(writer, ram):
    _kill(WRITERS[writer], ram / "work" / "out", 200)


@pytest.mark.slow
@pytest.mark.parametrize("writer", WRITERS)
def test_5000_kills(writer, ram):
    _kill(WRITERS[writer], ram / "work" / "out", 5000)
