"""A cluster of two nodes: the bytes are those of one process, also when a node dies with its work in hand."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from mmdata import __version__
from mmdata.pipelines.engine.ray import _in_worker
from mmdata.schemas.errors import ConfigError

from .nodes import Cluster
from .runs import RECIPE, begun, building, caught, drawn_labels, files


@pytest.mark.parametrize("stage", ["read", "render", "write"])
def test_a_node_that_dies_with_its_work_in_hand_changes_nothing(
    stage: str, cluster: Cluster, node: int, recipe: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    """All processes of the node are killed at once; only missed heartbeats tell of it."""
    run, _ = caught(cluster, building(recipe, tmp_path / "out"), node, stage)
    cluster.kill(node)
    said = run.communicate(timeout=300)
    assert run.returncode == 0, said
    assert files(tmp_path / "out") == expected
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


@pytest.mark.usefixtures("node")
def test_relative_paths_are_meant_from_where_the_run_was_begun(cluster: Cluster, recipe: Path, tmp_path: Path) -> None:
    """Where the nodes were begun lie other labels by the same names, which a worker that stays there would read."""
    home = tmp_path / "home"
    shutil.copytree(recipe.parent, home)
    shutil.copytree(recipe.parent / "labels", cluster.home / "labels")
    for path in (cluster.home / "labels").iterdir():
        path.write_text(json.dumps(drawn_labels(1000)))
    words = [*building(Path(recipe.name), Path("out")), "--cache", "cache"]
    subprocess.run([*words[:-2]], cwd=home, check=True, capture_output=True)
    alone = files(home / "out")
    for _ in range(2):
        run = begun(cluster, words, home)
        said = run.communicate(timeout=300)
        assert run.returncode == 0, said
        assert files(home / "out") == alone
    assert [each.name for each in cluster.home.iterdir()] == ["labels"]


def test_a_worker_that_cannot_go_where_the_run_was_begun_does_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        _in_worker(lambda part, _: part, 3, __version__, str(tmp_path / "mine"))
    assert str(tmp_path / "mine") in refused.value.fact


def test_an_interrupt_ends_the_run_and_leaves_nothing(cluster: Cluster, recipe: Path, tmp_path: Path) -> None:
    run, asleep = caught(cluster, building(recipe, tmp_path / "out"), cluster.sessions[0], "read")
    os.killpg(run.pid, signal.SIGINT)
    os.kill(asleep, signal.SIGCONT)
    _, said = run.communicate(timeout=120)
    assert (run.returncode, "Traceback" in said) == (130, False), said
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_the_users_is_said_as_without_ray(cluster: Cluster, recipe: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    for name, text in (("a.json", json.dumps(drawn_labels(1))), ("b.json", '{"images": [')):
        (labels / name).write_text(text)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    command = building(tmp_path / "recipe.yaml", tmp_path / "out")
    alone = subprocess.run(command, capture_output=True, text=True, check=False)
    run = begun(cluster, command)
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
    """At once; Ray itself tries for twenty seconds."""
    run = begun(cluster.stranger(), building(recipe, tmp_path / "out"))
    _, said = run.communicate(timeout=120)
    assert run.returncode == 2, said
    assert "RAY_AUTH_TOKEN" in said
    assert list(tmp_path.iterdir()) == []
