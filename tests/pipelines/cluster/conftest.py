"""A cluster for the tests of a module, a second node for a test, and what one process makes of a recipe."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from .nodes import Cluster
from .runs import building, files, written


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster of one node; whatever is added to it is gone at the end too."""
    pytest.importorskip("ray", reason="Ray is not installed")
    if not Path("/proc/self/stat").exists():
        pytest.skip("there is no /proc on this machine, by which the processes of a node are found")
    folder = Path(mkdtemp(prefix="mm-ray-", dir="/tmp"))  # sockets lie in it, whose paths must be short
    made = Cluster(folder)
    try:
        made.node(head=True)
        yield made
    finally:
        for session in reversed(made.sessions):
            made.kill(session)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def node(cluster: Cluster) -> Iterator[int]:
    """A second node, for as long as a test; its session."""
    session = cluster.node()
    yield session
    cluster.kill(session)


@pytest.fixture(scope="package")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe of many small files of labels."""
    return written(tmp_path_factory.mktemp("recipe"))


@pytest.fixture(scope="package")
def expected(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process makes of it."""
    out = tmp_path_factory.mktemp("alone") / "out"
    subprocess.run(building(recipe, out), check=True, capture_output=True)
    made = files(out)
    assert len(made) > 20
    return made
