"""What each reader costs beside a plain parse of the same bytes: python benchmarks/sources.py [--records 10000]

Every source reads the same drawn records in its own format (`source_data.py`) to batches of the annotation table. The
floor reads the same files with what Python has for them (json.load, csv.reader, xml.etree's parse, a split of lines)
and does nothing with what it gets: it knows no label, no box and no place, and checks nothing. Both are processes of
their own, in turns; seconds are CPU of the reading alone, as the process counts it after its imports, peaks are of the
whole process. Medians are printed and written to benchmarks/results/sources.md. Ratios are what it is for.

This program imports nothing large: a child's peak begins with its parent's.
"""

import argparse
import csv
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple
from xml.etree import ElementTree

from convert import measure

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "sources.md"


class Reading(NamedTuple):
    """One process: CPU seconds of the reading, peak MiB, how many records and annotations came of it."""

    cpu: float
    peak: float
    records: int = 0
    annotations: int = 0


def _json(file: Path) -> None:
    with file.open("rb") as opened:
        json.load(opened)


def _json_lines(file: Path) -> None:
    with file.open("rb") as opened:
        for line in opened:
            json.loads(line)


def _csv(file: Path) -> None:
    with file.open(encoding="utf-8", newline="") as opened:
        for _ in csv.reader(opened):
            pass


def _xml(file: Path) -> None:
    ElementTree.parse(file)  # noqa: S314 (our own file; the product reads XML with defusedxml alone)


def _lines(file: Path) -> None:
    for line in file.read_text(encoding="utf-8").splitlines():
        line.split(",")


FLOORS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "coco": ("json.load", _json),
    "voc": ("xml.etree", _xml),
    "yolo": ("split lines", _lines),
    "cvat": ("xml.etree", _xml),
    "labelme": ("json.load", _json),
    "via": ("json.load", _json),
    "openimages": ("csv.reader", _csv),
    "csv": ("csv.reader", _csv),
    "ocr": ("split lines", _lines),
    "captions": ("csv.reader", _csv),
    "vqa": ("json.load", _json),
    "label-studio": ("json.load", _json),
    "coco-captions": ("json.load", _json),
    "refcoco": ("json.load", _json),
    "chat": ("json.loads a line", _json_lines),
}
"""What plainly parses the files of each source."""

READ_BY = {"coco-captions": "coco"}
"""The source that reads a format, where it is called otherwise."""


def read(name: str, path: Path, options: dict[str, str]) -> str:
    """Read with the source of that name: its CPU seconds, records and annotations as JSON."""
    from mmdata.cli.lean import be_lean

    be_lean()  # as the command line does, before anything imports pyarrow
    from mmdata.converters.pictures.find import Pictures
    from mmdata.converters.sources import load_source
    from mmdata.converters.table import item_starts
    from mmdata.schemas.accounting import Accounting

    source, accounting = load_source(READ_BY.get(name, name)), Accounting()
    given = source.Options(**{key: Path(value) for key, value in options.items()})
    pictures = Pictures(path if path.is_dir() else path.parent, check=False)
    records = annotations = 0
    begin = time.process_time()
    for batch in source.read(path, given, pictures, accounting):
        records += len(batch)
        annotations += item_starts(batch)[""]
    cpu = time.process_time() - begin
    rejected = sum(accounting.rejected["annotations"].values())
    if rejected or accounting.read_counts["annotations"] != annotations:
        sys.exit(f"{name}: {annotations} of {accounting.read_counts['annotations']} were read: {accounting.examples}")
    return json.dumps([cpu, records, annotations])


def parse(name: str, path: Path) -> str:
    """Parse the same files plainly: CPU seconds as JSON."""
    _, floor = FLOORS[name]
    begin = time.process_time()
    for file in _files(path):
        floor(file)
    return json.dumps([time.process_time() - begin])


def _files(path: Path) -> list[Path]:
    return sorted(path.iterdir()) if path.is_dir() else [path]


def compare(name: str, path: Path, options: dict[str, str], scratch: Path, runs: int) -> tuple[Reading, Reading]:
    """The medians of the source and of its floor, in turns; the first turn warms the cache and is not counted."""
    found: dict[str, list[Reading]] = {"read": [], "parse": []}
    for turn in range(runs + 1):
        for what, held in found.items():
            command = [sys.executable, str(Path(__file__)), "--child", what, name, str(path), json.dumps(options)]
            peak = measure(command, scratch / "log").peak
            cpu, *counted = json.loads((scratch / "log").read_text(encoding="utf-8"))
            held.extend([Reading(cpu, peak, *counted)] if turn else [])
    return _middle(found["read"]), _middle(found["parse"])


def _middle(runs: list[Reading]) -> Reading:
    cpu, peak = median(run.cpu for run in runs), median(run.peak for run in runs)
    return Reading(cpu, peak, runs[0].records, runs[0].annotations)


class Cost(NamedTuple):
    """What one source's row says."""

    size: int
    files: int
    read: Reading
    floor: Reading


def table(found: dict[str, Cost], records: int, runs: int, load: str) -> str:
    """The results as Markdown."""
    lines = [
        "# Every reader beside a plain parse of the same bytes",
        "",
        f"Made by `python benchmarks/sources.py --records {records} --runs {runs}`; how it measures is said there.",
        "The floor makes no table, knows no label and checks nothing. Ratios compare; seconds are of one machine,",
        f"which other work shared ({os.cpu_count()} cores, Python {sys.version.split()[0]}, load average {load}).",
        "An annotation is a box, a caption, a phrase, a conversation or a question with its ten answers.",
        "Of what reads in chunks a part is the loading of modules, some 0.1 s whatever the size of the file.",
        "",
        "| source | files | MB | CPU s | records/s | annotations/s | peak MiB "
        "| floor | CPU s | peak MiB | CPU, source to floor |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, (size, files, ours, floor) in found.items():
        cells = (
            f"`{name}`",
            str(files),
            f"{size / 1e6:.1f}",
            f"{ours.cpu:.2f}",
            f"{ours.records / ours.cpu:,.0f}",
            f"{ours.annotations / ours.cpu:,.0f}",
            f"{ours.peak:.0f}",
            FLOORS[name][0],
            f"{floor.cpu:.2f}",
            f"{floor.peak:.0f}",
            f"{ours.cpu / floor.cpu:.1f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3, help="counted runs of each program")
    parser.add_argument("--sources", default=",".join(FLOORS), help="which ones, with commas between them")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        what, name, path, options = given.child
        print(read(name, Path(path), json.loads(options)) if what == "read" else parse(name, Path(path)))
        return
    before = os.getloadavg()[0]
    found: dict[str, Cost] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in given.sources.split(","):
            make = [sys.executable, str(HERE / "source_data.py"), name, str(Path(scratch) / name)]
            measure([*make, "--records", str(given.records)], Path(scratch) / "log")
            said, options = json.loads((Path(scratch) / "log").read_text(encoding="utf-8"))
            path = Path(said)
            files = _files(path)
            size = sum(file.stat().st_size for file in files)
            found[name] = Cost(size, len(files), *compare(name, path, options, Path(scratch), given.runs))
            print(f"{name}: {found[name].read.cpu:.2f} s, {found[name].floor.cpu:.2f} s", file=sys.stderr)
    text = table(found, given.records, given.runs, f"{before:.1f} to {os.getloadavg()[0]:.1f}")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
