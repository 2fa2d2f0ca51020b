"""A node or a worker that stands still with its work in hand: its parts are given to others, and nobody waits for it.

When it goes on, OUT has been in its place for long: it finds no folder to work in, and changes nothing.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from mmdata.pipelines.engine.overdue import LEAST, TIMES, Pace

from .nodes import Cluster, processes, title
from .runs import building, caught, files


def _goes_on(stopped: list[int]) -> None:
    """Let processes go on, and wait until those that are workers have done what they had in hand, or are gone."""
    for each in stopped:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGCONT)
    for each in stopped:
        for _ in range(600):
            if title(each).startswith(("ray::read", "ray::render", "ray::write")):
                time.sleep(0.1)


def _whole(out: Path) -> None:
    """OUT verifies, and nothing lies beside it."""
    verify = [sys.executable, "-m", "mmdata", "verify", str(out)]
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [each.name for each in out.parent.iterdir()] == [out.name]


@pytest.mark.parametrize("stage", ["read", "render", "write"])
def test_a_node_that_stands_still_is_not_waited_for(
    stage: str, cluster: Cluster, node: int, recipe: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run, _ = caught(cluster, building(recipe, out, 2.0), node, stage)
    stopped = cluster.stop(node)
    said = run.communicate(timeout=300)
    assert run.returncode == 0, said
    assert files(out) == expected
    assert set(stopped) <= set(processes(node)), "it was not there to be waited for"
    _goes_on(stopped)
    assert files(out) == expected
    _whole(out)


@pytest.mark.parametrize("stage", ["read", "render", "write"])
def test_a_worker_that_stands_still_is_not_waited_for(
    stage: str, cluster: Cluster, recipe: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    """The only worker of the only node, whose core it keeps."""
    out = tmp_path / "out"
    run, worker = caught(cluster, building(recipe, out, 2.0), cluster.sessions[0], stage)
    said = run.communicate(timeout=300)
    assert run.returncode == 0, said
    assert files(out) == expected
    _goes_on([worker])
    assert files(out) == expected
    _whole(out)


def test_an_interrupt_does_not_wait_for_what_stands_still(cluster: Cluster, recipe: Path, tmp_path: Path) -> None:
    run, worker = caught(cluster, building(recipe, tmp_path / "out"), cluster.sessions[0], "read")
    os.killpg(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=120)
    assert (run.returncode, "Traceback" in said) == (130, False), said
    _goes_on([worker])
    assert list(tmp_path.iterdir()) == []


def test_what_is_overdue_is_overdue_among_its_fellows() -> None:
    pace = Pace()
    assert not pace.overdue(1000 * LEAST, again=False, lost=False), "nothing is known of its fellows"
    pace.took(LEAST / TIMES / 2)
    assert not pace.overdue(LEAST, again=False, lost=False)
    assert pace.overdue(LEAST + 1, again=False, lost=False)
    for _ in range(2):
        pace.took(LEAST)
    assert not pace.overdue(TIMES * LEAST, again=False, lost=False)
    assert pace.overdue(TIMES * LEAST + 1, again=False, lost=False)


def test_a_part_is_given_out_twice_and_oftener_only_where_machines_are_lost() -> None:
    pace = Pace()
    assert not pace.overdue(LEAST, again=False, lost=True)
    assert pace.overdue(LEAST + 1, again=False, lost=True)
    pace.took(1.0)
    assert not pace.overdue(1000 * LEAST, again=True, lost=False)
    assert pace.overdue(LEAST + 1, again=True, lost=True)
