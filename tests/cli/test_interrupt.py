"""^C at any moment from the start: the exit code 130, no traceback, nothing left.

What Python itself does before it runs the first line of ours is not ours: until it has a handler the signal kills it
(-2), and while it imports its own modules for the start it says so in its own way.
"""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

MOMENTS = [0.02 + 0.03 * number for number in range(20)]
OURS = "mmdata/"
"""What stands in every traceback through a module of ours, or through one that ours import."""


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many that the last moment is not after the end."""
    path = tmp_path_factory.mktemp("labels") / "labels.json"
    images = [{"id": at, "file_name": f"{at}.jpg", "width": 9, "height": 9} for at in range(100_000)]
    boxes = [{"id": at, "image_id": at, "category_id": 1, "bbox": [1, 1, 5, 5]} for at in range(100_000)]
    cups = [{"id": 1, "name": "cup"}]
    path.write_text(json.dumps({"images": images, "annotations": boxes, "categories": cups}))
    return path


def test_an_interrupt_is_no_traceback_whenever_it_comes(labels: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mmdata", "convert", "coco", str(labels), "--no-check-images", "-o", "out"]
    heard = 0
    for moment in MOMENTS:
        run = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(moment)
        run.send_signal(signal.SIGINT)
        said, told = run.communicate(timeout=60)
        heard += run.returncode == 130
        if run.returncode == 130:
            assert told == "", f"after {moment} s"
        else:  # Python's own start
            assert run.returncode in (-signal.SIGINT, 1), told
            assert OURS not in told, f"after {moment} s"
        assert (said, list(tmp_path.iterdir())) == ("", [])
    assert heard > 1


def test_an_interrupt_while_modules_are_loaded_late_is_heard_when_they_are(tmp_path: Path) -> None:
    """What is raised during an import may be dropped by who imports."""
    (tmp_path / "late.py").write_text("import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\nDONE = True\n")
    program = """
import time
from click.exceptions import Exit
from mmdata.cli.guard import guarded, leave_on_interrupt
leave_on_interrupt()
try:
    with guarded():
        try:
            import late
        except KeyboardInterrupt:
            print("dropped")
        time.sleep(60)
except Exit as left:
    print(left.exit_code, late.DONE)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert (ran.stdout, ran.stderr) == ("130 True\n", "")


def test_who_lets_nobody_interrupt_us_is_obeyed() -> None:
    """Such as nohup, or a script that began us with &."""
    ignoring = 'trap \'\' INT; exec "$0" -c "$1"'
    program = """
import os, signal
from mmdata.cli.guard import leave_on_interrupt
leave_on_interrupt()
os.kill(os.getpid(), signal.SIGINT)
print("on")
"""
    ran = subprocess.run(["sh", "-c", ignoring, sys.executable, program], capture_output=True, text=True, check=True)
    assert ran.stdout == "on\n", ran.stderr
