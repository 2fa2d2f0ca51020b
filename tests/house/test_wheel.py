"""The wheel holds what git holds of the package, no more and no less, also when it is built from the sdist."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

PACKAGE = ("__init__.py", "__main__.py", "py.typed", "annotate", "cli", "converters", "pipelines", "schemas")


def git_files(root: Path, *paths: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z", *paths], cwd=root, check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.split("\0") if name]


def build(kind: str, tree: Path, into: Path) -> Path:
    command = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", str(into), str(tree)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = into.iterdir()
    return built


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="module")
def tree(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a fresh clone would hold: the tracked files as they are now, links as links."""
    copy = tmp_path_factory.mktemp("tree")
    for name in git_files(root):
        source, target = root / name, copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            target.symlink_to(source.readlink())
        elif source.is_file():
            target.write_bytes(source.read_bytes())
    return copy


def test_the_wheel_holds_what_git_holds_and_the_sdist_gives_the_same_wheel(
    tree: Path, root: Path, tmp_path: Path
) -> None:
    wheel = contents(build("wheel", tree, tmp_path / "wheel"))
    expected = {f"mmdata/{name}" for name in git_files(root, *PACKAGE) if (root / name).is_file()}
    assert set(wheel) == expected
    assert "mmdata/cli/__init__.py" in expected

    with tarfile.open(build("sdist", tree, tmp_path / "sdist")) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert contents(build("wheel", unpacked, tmp_path / "again")) == wheel
