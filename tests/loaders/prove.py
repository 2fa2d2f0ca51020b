"""Runs the trainers' own loaders on data that mmdata wrote: python tests/loaders/prove.py [ENVIRONMENT …]

Every folder here that holds a requirements.txt is an environment: a virtual environment of its own under
.venv-loaders/, made when the file changes and kept otherwise, and the tests beside it, run by its own Python. What
they read is made beforehand by `make_data.py`, which runs where mmdata is installed; so no loader ever imports mmdata,
and none meets the packages of another. torch alone is shared, by a path file, since it is larger than all the rest.

The exit status is that of the worst environment. Times are printed at the end.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KEPT = Path(os.environ.get("MMDATA_LOADERS") or ROOT / ".venv-loaders")
DATA = KEPT / "data"

# One torch for all. Where pip is told of a folder of wheels with a build for the CPU, that is what this version
# resolves to; elsewhere it is the package index's own, which carries CUDA and takes a few gigabytes.
TORCH = "torch==2.13.0"

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-compile")

Times = dict[str, float]


def environments() -> list[str]:
    """The names of all environments: the folders with a requirements.txt."""
    return sorted(each.parent.name for each in HERE.glob("*/requirements.txt"))


@contextmanager
def timed(times: Times, what: str) -> Generator[None]:
    """Adds the seconds that the block takes."""
    begin = time.monotonic()
    yield
    times[what] = time.monotonic() - begin
    print(f"[{times[what]:6.1f} s] {what}", flush=True)


def run(*command: str | Path, **more: str) -> None:
    """One command; its output is the user's, its failure an end."""
    subprocess.run([str(each) for each in command], check=True, env=os.environ | more)


def stamp(*what: str | Path) -> str:
    """A hash of texts and of files' contents."""
    digest = hashlib.sha256(sys.version.encode())
    for each in what:
        digest.update(each.read_bytes() if isinstance(each, Path) else each.encode())
    return digest.hexdigest()[:16]


def shared_torch() -> Path:
    """The folder of the one torch, filled if it is not there."""
    folder = KEPT / "shared" / stamp(TORCH)
    if not folder.is_dir():
        filling = folder.with_suffix(".part")
        shutil.rmtree(filling, ignore_errors=True)
        run(*PIP, "--no-deps", "--target", filling, TORCH)
        filling.rename(folder)
    return folder


def made(name: str) -> Path:
    """The Python of an environment, which is made anew where its requirements are not those of the last time."""
    wanted = [path for each in ("requirements.txt", "no-deps.txt") if (path := HERE / name / each).is_file()]
    needs_torch = any(line.startswith("torch") for line in wanted[0].read_text(encoding="utf-8").splitlines())
    mark = stamp(TORCH, *wanted)
    folder = KEPT / name
    python = folder / "bin" / "python"
    if (folder / f"made-{mark}").is_file():
        return python
    run(sys.executable, "-m", "venv", "--clear", "--without-pip", folder)
    if needs_torch:
        (site,) = folder.glob("lib/python*/site-packages")
        (site / "torch.pth").write_text(f"{shared_torch()}\n", encoding="utf-8")
    into = [*PIP[:3], "--python", str(python), *PIP[3:]]
    run(*into, "-r", wanted[0])
    for more in wanted[1:]:
        run(*into, "--no-deps", "-r", more)
    (folder / f"made-{mark}").touch()
    return python


def prove(name: str, python: Path) -> int:
    """Runs an environment's tests; pytest's exit status."""
    home = KEPT / "home" / name
    home.mkdir(parents=True, exist_ok=True)
    told = {
        "MMDATA_LOADER_DATA": str(DATA),
        "HOME": str(home),
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    # The root is the folder above, or pytest would call our folder `trl` the module of that name.
    command = [python, "-m", "pytest", "-c", HERE / "pytest.ini", "--rootdir", HERE.parent, "-q", "-rs", HERE / name]
    return subprocess.run([str(each) for each in command], check=False, env=os.environ | told, cwd=HERE).returncode


def main() -> int:
    """Data, then every environment that is asked for: made, and its tests run."""
    asked = sys.argv[1:] or environments()
    if unknown := sorted(set(asked) - set(environments())):
        print(f"no such environment: {', '.join(unknown)}; there are: {', '.join(environments())}", file=sys.stderr)
        return 2
    KEPT.mkdir(parents=True, exist_ok=True)
    times: Times = {}
    with timed(times, "data"):
        worst = subprocess.run([sys.executable, str(HERE / "make_data.py"), str(DATA)], check=False).returncode
    for name in asked:
        with timed(times, f"{name}: environment"):
            python = made(name)
        with timed(times, f"{name}: tests"):
            worst = max(worst, prove(name, python))
    print(f"[{sum(times.values()):6.1f} s] in all; exit {worst}")
    return worst


if __name__ == "__main__":
    sys.exit(main())
