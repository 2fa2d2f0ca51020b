"""What `mmdata convert coco` costs beside a floor: python benchmarks/convert.py [--scales 0.01,0.1,1] [--runs 5]

Each size of a drawn COCO file (`coco_data.py`) is converted by the product and by floors, whole processes, in turns
(A B A B …), so that a busy machine is busy for both. CPU is user and system time of the process as the system counts
it (wait4), the peak is its largest resident memory, and every figure is a median. The table is printed and written to
benchmarks/results/convert.md. Ratios are what it is for; seconds are of the machine it ran on.

This program imports nothing large: a child's peak begins with its parent's.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "convert.md"
OTHER_FLOOR = HERE.parent.parent / "shared" / "bench" / "floor_fast.py"
PRODUCT, OWN, OTHER = "mmdata convert coco", "floor (benchmarks/floor_coco.py)", "floor (floor_fast.py)"


class Run(NamedTuple):
    """One process: CPU and wall seconds, peak MiB."""

    cpu: float
    wall: float
    peak: float


class Cost(NamedTuple):
    """The medians of some runs, and the range of the CPU."""

    runs: int
    cpu: float
    least: float
    most: float
    wall: float
    peak: float


def measure(command: Sequence[str], log: Path) -> Run:
    """Run a command to its end; its output goes to `log`, and a failure ends the benchmark.

    Compiled modules are kept between runs, as they are where a package is installed.
    """
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with log.open("wb") as out:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=out, stderr=out, env=env)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit {process.returncode}\n{log.read_text(errors='replace')[-2000:]}")
    return Run(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def commands(data: Path, folder: Path) -> dict[str, list[str]]:
    """The programs that are compared, by name."""
    python, images, out = sys.executable, str(folder / "pictures"), folder / "out"
    known = {
        PRODUCT: [
            *(python, "-m", "mmdata", "convert", "coco", str(data), "--images", images, "--no-check-images"),
            *("--task", "detect", "-o", str(out)),
        ],
        OWN: [python, str(HERE / "floor_coco.py"), str(data), images, str(folder / "floor.jsonl")],
    }
    if OTHER_FLOOR.is_file():
        known[OTHER] = [python, str(OTHER_FLOOR), str(data), images, str(folder / "other.jsonl")]
    return known


def compare(data: Path, folder: Path, runs: int) -> dict[str, Cost]:
    """All programs on one file, in turns; the first turn warms the cache and is not counted."""
    found: dict[str, list[Run]] = {}
    for turn in range(runs + 1):
        for name, command in commands(data, folder).items():
            shutil.rmtree(folder / "out", ignore_errors=True)
            run = measure(command, folder / "log")
            found.setdefault(name, []).extend([run] if turn else [])
    return {name: _cost(counted) for name, counted in found.items()}


def _cost(runs: list[Run]) -> Cost:
    cpu = [run.cpu for run in runs]
    middle = (median(run.wall for run in runs), median(run.peak for run in runs))
    return Cost(len(runs), median(cpu), min(cpu), max(cpu), *middle)


def table(found: dict[float, dict[str, Cost]], sizes: dict[float, int], load: str) -> str:
    """The results as Markdown."""
    floor = OTHER if OTHER_FLOOR.is_file() else OWN
    lines = [
        "# mmdata convert coco beside its floor",
        "",
        "Made by `python benchmarks/convert.py`; how it measures is said there. The floors check nothing, hash",
        "nothing and account for nothing. Ratios compare; seconds are of one machine, which other work shared",
        f"({os.cpu_count()} cores, Python {sys.version.split()[0]}, load average {load}).",
        "",
        "| file | program | runs | CPU s, median [min–max] | wall s | peak MiB | CPU, product to this |",
        "|---|---|---|---|---|---|---|",
    ]
    for scale, costs in found.items():
        for name, cost in costs.items():
            cells = (
                f"{sizes[scale] / 1e6:.1f} MB",
                name,
                str(cost.runs),
                f"{cost.cpu:.2f} [{cost.least:.2f}–{cost.most:.2f}]",
                f"{cost.wall:.2f}",
                f"{cost.peak:.0f}",
                f"{costs[PRODUCT].cpu / cost.cpu:.2f}",
            )
            lines.append(f"| {' | '.join(cells)} |")
    lines += ["", f"How CPU grows with the file, the product's and that of the {floor}:", ""]
    lines += ["| file | product | floor |", "|---|---|---|"]
    scales = sorted(found)
    for small, large in pairwise(scales):
        grown = [found[large][name].cpu / found[small][name].cpu for name in (PRODUCT, floor)]
        lines.append(f"| {sizes[large] / sizes[small]:.1f}x | {grown[0]:.1f}x | {grown[1]:.1f}x |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--scales", default="0.01,0.1,1", help="sizes of the file, 1 = COCO train2017")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each program and size")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--data", type=Path, help="a folder where the drawn files are kept for the next time")
    given = parser.parse_args()
    before = os.getloadavg()[0]
    found: dict[float, dict[str, Cost]] = {}
    sizes: dict[float, int] = {}
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch, "pictures").mkdir()  # empty: no picture is looked at
        for scale in map(float, given.scales.split(",")):
            data = (given.data or Path(scratch)) / f"coco-{scale:g}.json"
            if not data.is_file():
                draw = [sys.executable, str(HERE / "coco_data.py"), str(data), "--scale", str(scale)]
                measure(draw, Path(scratch, "log"))
            sizes[scale] = data.stat().st_size
            found[scale] = compare(data, Path(scratch), given.runs)
    text = table(found, sizes, f"{before:.1f} to {os.getloadavg()[0]:.1f}")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
