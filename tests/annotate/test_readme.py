"""README's commands for the labelling side, as they stand there, against a real server."""

import json
import os
import subprocess
import sys
from pathlib import Path

from ..house.test_docs import readme_commands
from .server import LabelStudio


def test_the_readme_s_labelling_runs_from_the_project_to_the_data_set(
    connected: LabelStudio, root: Path, tmp_path: Path
) -> None:
    commands = list(readme_commands(root, server=True))
    assert len(commands) == 6
    for arguments in commands:
        here = [str(root / word) if word.startswith("examples/") else word for word in arguments]
        program = [sys.executable, "-m", "mmdata", *here]
        done = subprocess.run(program, cwd=tmp_path, check=False, capture_output=True, text=True, env=os.environ)
        new = arguments[:2] == ["annotate", "pull"]
        assert done.returncode == (10 if new else 0), f"{arguments}\n{done.stderr}"
    manifest = json.loads((tmp_path / "corrected" / "manifest.json").read_text())
    labels = json.loads((root / "examples" / "kitchen" / "instances.json").read_text())
    boxes = [each for each in labels["annotations"] if not each["iscrowd"]]  # push leaves crowds out, and says so
    assert manifest["accounting"]["annotations"]["read"] == len(boxes)
    assert manifest["accounting"]["images"]["written"] == len(labels["images"])
