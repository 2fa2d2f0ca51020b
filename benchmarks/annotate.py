"""What pulling from Label Studio costs beside the server's own export: python benchmarks/annotate.py [--tasks 10000]

Starts the real server of the tests (tests/annotate/server.py) over a fresh folder, gives it tasks of seven boxes each
by its own import, and measures, each once since the server keeps what it did in its caches: its JSON export by a client
that only reads bytes (the floor of a first pull), the first `mmdata annotate pull`, one where nothing changed, one
after fifty changes; the import itself, and a push of what was exported into another project, whose floor it is. CPU is
that of our process alone, as the system counts it (getrusage); the server's work is in the wall time. The table is
printed and written to benchmarks/results/annotate.md.
"""

import argparse
import importlib.util
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "annotate.md"
SERVER = HERE.parent / "tests" / "annotate" / "server.py"
BOXES, BATCH, CHANGES = 7, 1000, 50
MEASURED = """\
import os, resource, sys
code = os.spawnv(os.P_WAIT, sys.argv[2], sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
open(sys.argv[1], "w").write(f"{used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024}")
sys.exit(code)
"""
"""Runs a command, and notes its CPU seconds and peak MiB. A child's peak begins at that of who forked it, so that is
this small program and not the benchmark, which holds the export.
"""


class Took(NamedTuple):
    """One step: wall seconds, seconds of our own CPU and peak MiB (None: not a process of ours), a note."""

    step: str
    wall: float
    cpu: float | None
    peak: float | None
    note: str


def tasks(first: int, count: int) -> list[dict[str, Any]]:
    """Tasks with an annotation of seven boxes each."""
    return [{"data": {"image": f"/data/{at}.jpg"}, "annotations": [_work(at)]} for at in range(first, first + count)]


def _work(at: int) -> dict[str, Any]:
    return {"result": [_box(at, number) for number in range(BOXES)], "ground_truth": False}


def _box(at: int, number: int) -> dict[str, Any]:
    value = {"x": number * 10 + at % 7 / 7, "y": 10 + at % 70, "width": 8.25, "height": 9.75, "rotation": 0}
    label = ("person", "car", "sign")[(at + number) % 3]
    names = {"id": f"r{number}", "type": "rectanglelabels", "from_name": "box", "to_name": "image", "image_rotation": 0}
    return names | {"original_width": 640, "original_height": 480, "value": value | {"rectanglelabels": [label]}}


def ran(step: str, server: Any, *arguments: str) -> tuple[Took, bytes]:
    """One `mmdata annotate` command as a process of its own, and what it said."""
    command = [sys.executable, "-m", "mmdata", "annotate", *arguments]
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as used:
        begin = time.monotonic()
        asked = [sys.executable, "-S", "-c", MEASURED, used.name, *command]
        done = subprocess.run(asked, stdout=subprocess.PIPE, env=os.environ | server.environment, check=False)
        wall = time.monotonic() - begin
        if done.returncode not in (0, 10):
            sys.exit(f"{' '.join(command)}: exit {done.returncode}")
        cpu, peak = map(float, used.read().split())
    return Took(step, wall, cpu, peak, ""), done.stdout


def pulled(step: str, server: Any, project: int, out: Path) -> Took:
    """One pull."""
    took, said = ran(step, server, "pull", str(project), "-o", str(out), "--format", "json")
    report = json.loads(said)
    return took._replace(note=", ".join(f"{report[name]:,} {name}" for name in ("listed", "fetched", "new", "updated")))


def pushed(step: str, server: Any, export: Path) -> Took:
    """One push of an export into a project of its own."""
    key = server.make_project().key
    pictures = ("--serve", "url", "--url-prefix", "http://127.0.0.1:9", "--no-check-images", "-q")
    return ran(step, server, "push", "label-studio", str(export), "--project", key, *pictures)[0]


def timed(step: str, work: Any, note: str = "") -> tuple[Took, Any]:
    """What a step of the server's took, and what it gave."""
    begin = time.monotonic()
    given = work()
    return Took(step, time.monotonic() - begin, None, None, note), given


def grow_old(database: Path) -> None:
    """Spread the tasks' times, ten seconds apart up to an hour ago, as people leave them and no import does.

    What changed within ten minutes of the newest change is listed by every pull.
    """
    ago = "'-1 hour', '-' || ((SELECT max(id) FROM task) - id) || '0 seconds'"
    with closing(sqlite3.connect(database, timeout=60)) as opened, opened:
        opened.execute(f"UPDATE task SET updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now', {ago})")  # noqa: S608


def change(server: Any, project: int, ids: list[int]) -> None:
    """Submit other work for some tasks, spread over all of them."""
    for task in ids[:: max(1, len(ids) // CHANGES)][:CHANGES]:
        server.call("POST", f"/api/tasks/{task}/annotations/", {"result": [_box(task, 0)]})


def measure(count: int, folder: Path) -> list[Took]:
    """All steps, in order."""
    spec = importlib.util.spec_from_file_location("label_studio_server", SERVER)
    if spec is None or spec.loader is None:
        sys.exit(f"{SERVER} is not there")
    kit: Any = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = kit
    spec.loader.exec_module(kit)
    if reason := kit.why_absent():
        sys.exit(reason)
    with kit.running(folder) as server:
        project = server.make_project()
        batches = [tasks(first, min(BATCH, count - first)) for first in range(0, count, BATCH)]
        imported, given = timed("the server's import", lambda: [project.add(batch) for batch in batches])
        ids = [task for batch in given for task in batch]
        grow_old(server.data / "label_studio.sqlite3")
        exported, whole = timed("the server's JSON export", project.export)
        (folder / "export.json").write_text(json.dumps(whole), encoding="utf-8")
        steps = [imported, exported._replace(note=f"{len(json.dumps(whole)) / 1e6:.1f} MB")]
        steps.append(pulled("mmdata annotate pull, first", server, project.id, folder / "store"))
        steps.append(pulled("… nothing changed", server, project.id, folder / "store"))
        change(server, project.id, ids)
        steps.append(pulled(f"… after {CHANGES} changes", server, project.id, folder / "store"))
        steps.append(pushed("mmdata annotate push", server, folder / "export.json"))
    return steps


def table(steps: list[Took], count: int, load: float) -> str:
    """The results as Markdown."""
    lines = [
        "# mmdata annotate pull beside the server's export",
        "",
        "Made by `python benchmarks/annotate.py`; how it measures is said there. Label Studio 1.23.2 on SQLite, on the",
        f"same machine, which other work shared ({os.cpu_count()} cores, load average {load:.1f}).",
        f"{count:,} tasks of {BOXES} boxes.",
        "",
        "| step | wall s | tasks/s | our CPU s | peak MiB | |",
        "|---|---|---|---|---|---|",
    ]
    for each in steps:
        cpu = "" if each.cpu is None else f"{each.cpu:.2f}"
        peak = "" if each.peak is None else f"{each.peak:.0f}"
        lines.append(f"| {each.step} | {each.wall:.2f} | {count / each.wall:,.0f} | {cpu} | {peak} | {each.note} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="mmdata-benchmark-") as folder:
        text = table(measure(given.tasks, Path(folder)), given.tasks, load)
    given.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
