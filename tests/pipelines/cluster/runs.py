"""Runs of mmdata on a cluster: a recipe of many small parts, and a worker that is caught with one in hand."""

import json
import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from .nodes import Cluster, processes, title

PARTS, PICTURES = 40, 250
TRIES = 5
RECIPE = """
version: 1
split: {train: 0.9, val: 0.1}
sources:
  - {source: coco, input: labels/*.json, check_images: false, tasks: [detect, ground]}
targets:
  - {to: qwen-vl, max_shard_samples: 250, shuffle: true}
"""

IMPATIENT = """
import sys
from mmdata.cli import main
from mmdata.pipelines.engine import overdue
overdue.LEAST = float(sys.argv.pop(1))
main()
"""
"""mmdata as it is, but for the seconds that are waited for a part before it is given to somebody else."""


def drawn_labels(number: int) -> dict[str, object]:
    """A file of labels in COCO's form, other boxes for each number."""
    draw = random.Random(number)  # noqa: S311  for boxes that differ
    width, height = 640, 480
    names = [f"{number}-{at}.jpg" for at in range(PICTURES)]
    images = [{"id": at, "file_name": name, "width": width, "height": height} for at, name in enumerate(names, 1)]
    annotations: list[dict[str, object]] = []
    for at in range(5 * PICTURES):
        box = [draw.randrange(500), draw.randrange(400), 60, 40]
        annotations.append(
            {"id": at + 1, "image_id": 1 + at // 5, "category_id": 1 + at % 3, "bbox": box, "area": 2400}
        )
    kinds = [{"id": at, "name": name} for at, name in enumerate(("cup", "fork", "plate"), 1)]
    return {"images": images, "annotations": annotations, "categories": kinds}


def written(home: Path) -> Path:
    """The recipe with its labels, in a folder."""
    (home / "labels").mkdir()
    for number in range(PARTS):
        (home / "labels" / f"{number:02}.json").write_text(json.dumps(drawn_labels(number)))
    (home / "recipe.yaml").write_text(RECIPE)
    return home / "recipe.yaml"


def building(recipe: Path, out: Path, least: float | None = None) -> list[str]:
    """What builds it; parts are not overdue before `least` seconds."""
    own = ["-m", "mmdata"] if least is None else ["-c", IMPATIENT, str(least)]
    return [sys.executable, *own, "build", str(recipe), "-o", str(out)]


def files(out: Path) -> dict[str, bytes]:
    """Every file of a data set."""
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def begun(cluster: Cluster, command: list[str], home: Path | None = None) -> subprocess.Popen[str]:
    """A command on the cluster, while it runs, begun in a folder."""
    command = [*command, "--engine", "ray", "--address", cluster.address]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, env=cluster.env, cwd=home, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )


def caught(cluster: Cluster, command: list[str], node: int, stage: str) -> tuple[subprocess.Popen[str], int]:
    """A run, and a worker of the node that has a part of the stage in hand, made to stand still.

    A node may be given nothing of a short stage; then the command is begun anew.
    """
    for _ in range(TRIES):
        run = begun(cluster, command)
        if worker := _stopped(run, node, f"ray::{stage}"):
            return run, worker
        said = run.communicate()
        assert run.returncode == 0, said
    raise AssertionError(f"in {TRIES} runs the node was given nothing to {stage}")


def _stopped(run: subprocess.Popen[str], node: int, doing: str) -> int | None:
    while run.poll() is None:
        known = list(processes(node))
        for worker in known * 50:  # looking for new ones takes longer than some parts
            if title(worker) == doing:
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGSTOP)
                    if title(worker) == doing:
                        return worker
                    os.kill(worker, signal.SIGCONT)
    return None
