"""Conversions with pictures inside, killed at every call to the file system: none torn, none silent, no litter."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("shards_program.py")
KITCHEN = Path(__file__).parents[2] / "examples" / "kitchen"


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("energon", "mds")]


@pytest.mark.parametrize("target", ["webdataset", *SLOW])
def test_killed_at_every_call(target, tmp_path):
    (tmp_path / "work").mkdir()
    given = [KITCHEN / "instances.json", KITCHEN / "images", tmp_path / "work" / "out", target]
    done = subprocess.run([sys.executable, PROGRAM, *given], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 50
