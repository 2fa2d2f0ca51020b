"""A cluster of two nodes: the bytes are those of one process, also when a node dies with its work in hand."""

import json
import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from .conftest import Cluster, processes, title

PARTS, PICTURES = 40, 250
RECIPE = """
version: 1
split: {train: 0.9, val: 0.1}
sources:
  - {source: coco, input: labels/*.json, check_images: false, tasks: [detect, ground]}
targets:
  - {to: qwen-vl, max_shard_samples: 100, shuffle: true}
"""


def _labels(number: int) -> dict[str, object]:
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


def _command(recipe: Path, out: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "mmdata", "build", str(recipe), "-o", str(out), *words]


def _files(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe of many small files of labels."""
    home = tmp_path_factory.mktemp("recipe")
    (home / "labels").mkdir()
    for number in range(PARTS):
        (home / "labels" / f"{number:02}.json").write_text(json.dumps(_labels(number)))
    (home / "recipe.yaml").write_text(RECIPE)
    return home / "recipe.yaml"


@pytest.fixture(scope="module")
def expected(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process makes of it."""
    out = tmp_path_factory.mktemp("alone") / "out"
    subprocess.run(_command(recipe, out), check=True, capture_output=True)
    made = _files(out)
    assert len(made) > 20
    return made


def _begun(cluster: Cluster, command: list[str]) -> subprocess.Popen[str]:
    command = [*command, "--engine", "ray", "--address", cluster.address]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=cluster.env, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def _stopped_at(run: subprocess.Popen[str], node: int, stage: str) -> int:
    """A worker of the node that has a part of the stage in hand, made to stand still."""
    doing = f"ray::{stage}"
    while run.poll() is None:
        known = list(processes(node))
        for worker in known * 50:  # looking for new ones takes longer than some parts
            if title(worker) == doing:
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGSTOP)
                    if title(worker) == doing:
                        return worker
                    os.kill(worker, signal.SIGCONT)
    raise AssertionError(f"nothing to kill at {stage}: {run.communicate()}")


@pytest.mark.parametrize("stage", ["read", "render", "write"])
def test_a_node_that_dies_with_its_work_in_hand_changes_nothing(
    stage: str, cluster: Cluster, node: int, recipe: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    """All processes of the node are killed at once; only missed heartbeats tell of it."""
    run = _begun(cluster, _command(recipe, tmp_path / "out"))
    _stopped_at(run, node, stage)
    cluster.kill(node)
    said = run.communicate(timeout=300)
    assert run.returncode == 0, said
    assert _files(tmp_path / "out") == expected
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_an_interrupt_ends_the_run_and_leaves_nothing(cluster: Cluster, recipe: Path, tmp_path: Path) -> None:
    run = _begun(cluster, _command(recipe, tmp_path / "out"))
    asleep = _stopped_at(run, cluster.sessions[0], "read")
    os.killpg(run.pid, signal.SIGINT)
    os.kill(asleep, signal.SIGCONT)
    _, said = run.communicate(timeout=120)
    assert (run.returncode, "Traceback" in said) == (130, False), said
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_the_users_is_said_as_without_ray(cluster: Cluster, recipe: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    for name, text in (("a.json", json.dumps(_labels(1))), ("b.json", '{"images": [')):
        (labels / name).write_text(text)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    command = _command(tmp_path / "recipe.yaml", tmp_path / "out")
    alone = subprocess.run(command, capture_output=True, text=True, check=False)
    run = _begun(cluster, command)
    _, said = run.communicate(timeout=120)
    assert run.returncode == alone.returncode == 2, said
    own = alone.stderr[alone.stderr.index("Error: ") :]
    assert "b.json" in own
    assert said.endswith(own)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["labels", "recipe.yaml"]


def test_a_part_that_kills_its_workers_ends_the_run(cluster: Cluster) -> None:
    program = f"""
from engine_stages import always_dying
from mmdata.pipelines.engine import open_engine, ray
from mmdata.pipelines.progress import SILENT
from mmdata.schemas.errors import InternalError
ray.MOST_LOST = 1
try:
    with open_engine("ray", address="{cluster.address}") as engine:
        list(engine.run(always_dying, [1], SILENT))
except InternalError as error:
    print(error.fact)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], env=cluster.env, capture_output=True, text=True, timeout=120, check=True
    )
    assert ran.stdout == "2 times a worker was killed at the same part\n", ran.stderr


def test_without_the_token_the_cluster_says_so(cluster: Cluster, recipe: Path, tmp_path: Path) -> None:
    """Ray itself tries for twenty seconds."""
    run = _begun(cluster.stranger(), _command(recipe, tmp_path / "out"))
    _, said = run.communicate(timeout=120)
    assert run.returncode == 2, said
    assert "RAY_AUTH_TOKEN" in said
    assert list(tmp_path.iterdir()) == []
