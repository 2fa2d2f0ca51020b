"""Write and read speed of every form of file: python benchmarks/shards.py [--pictures 10000] [--kilobytes 50]

Drawn files of bytes that do not compress, behind a small picture that can be opened, one a sample: written by each form
in turns (A B C A B C …), beside `cp` of the same files, beside the format's own library, and beside the shortest
program that makes such files (pyarrow alone, a tar by hand); then read by the real loaders, beside plain reading. Each
in a process of its own, its imports not counted; CPU seconds of it and its children, the least of all rounds. What a
library needs is looked for in .venv-loaders, which `make test-loaders` makes. Written to benchmarks/results/shards.md
and shards_read.md.
"""

import argparse
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from peers import interpreter
from PIL import Image
from shard_readers import FILES, OURS, PLAIN, READERS
from shard_writers import OWN, WRITERS

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "shards.md"
READ_RESULTS = HERE / "results" / "shards_read.md"
SAID = {"messages": [{"role": "user", "content": "<image>What?"}, {"role": "assistant", "content": "A thing. " * 20}]}
FORMS = ("json", "jsonl", "jsonl.zst", "parquet", "webdataset", "energon", "mds")
NAMED = ("json", "jsonl", "jsonl.zst")
"""Forms that name their pictures and copy none."""

HEAD = """
import json, os, resource, sys, time
folder, out, EXPECTED, said = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
files = sorted(each.path for each in os.scandir(folder))
def spent():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(each.ru_utime + each.ru_stime for each in used)
"""
TAIL = """
end = spent()
print("\\nseconds", *(after - before for before, after in zip(begin, end)))
"""
READ = """
paths = sorted(each.path for each in os.scandir(out + "/train") if not each.name.endswith((".idx", "index.json")))
PROGRAM
rows = samples()
total = next(rows)
first = spent()
total += sum(rows)
assert total == EXPECTED, (total, EXPECTED)
end = spent()
print("\\nseconds", *(after - before for before, after in zip(begin, end)), first[1] - begin[1])
"""
OURS_WRITTEN = """
sys.path.insert(0, HERE)
import numpy, pyarrow.parquet
from mmdata.pipelines.shards import load_form
from own_shards import write
load_form(FORM.partition(".")[0])
begin = spent()
write(FORM, files, out, said)
"""


class Took(NamedTuple):
    """Seconds by the clock, of CPU, and of CPU until the first sample was there."""

    clock: float
    work: float
    first: float = 0.0

    def least(self, other: "Took | None") -> "Took":
        """The least of both."""
        return self if other is None else Took(*map(min, self, other))


def drawn(folder: Path, count: int, size: int) -> None:
    """The files, each its own bytes behind the same few of a picture."""
    chance = random.Random(1)  # noqa: S311
    Image.new("RGB", (8, 8)).save(picture := io.BytesIO(), "JPEG")
    head = picture.getvalue()
    for number in range(count):
        (folder / f"{number:06d}.jpg").write_bytes(head + chance.randbytes(size - len(head)))


def ran(environment: str, program: str, pictures: Path, out: Path, size: int) -> Took | str:
    """What a program took in its environment, or why it did not run."""
    python = interpreter(environment) if environment else Path(sys.executable)
    if python is None:
        return f"not measured: no environment {environment}"
    with tempfile.TemporaryDirectory(dir=out.parent) as home:
        aside = {**os.environ, "HF_HOME": home, "HOME": home, "HF_HUB_OFFLINE": "1"}
        given = [str(python), "-c", HEAD + program, str(pictures), str(out), str(size), json.dumps(SAID)]
        done = subprocess.run(given, capture_output=True, text=True, check=False, env=aside)
    if done.returncode:
        print(done.stderr[-3000:], file=sys.stderr)
        return f"failed: {done.stderr.strip().splitlines()[-1][:200]}"
    return Took(*map(float, done.stdout.rpartition("seconds")[2].split()))


Measured = dict[tuple[str, str], Took | str]


def keep(found: Measured, form: str, name: str, took: Took | str) -> None:
    """The least of this round and those before."""
    before = found.get((form, name))
    found[form, name] = took.least(before) if isinstance(took, Took) and isinstance(before, Took) else took


def measured(given: argparse.Namespace, home: Path) -> tuple[Measured, Measured]:
    """What writing and reading took, by form and name."""
    pictures, size = home / "pictures", given.pictures * given.kilobytes * 1000
    pictures.mkdir()
    drawn(pictures, given.pictures, given.kilobytes * 1000)
    written: Measured = {}
    loaded: Measured = {}
    for number in range(given.rounds):
        for form in given.forms:
            out = home / form
            shutil.rmtree(out, ignore_errors=True)
            code = f"FORM, HERE = {form!r}, {str(HERE)!r}\n" + OURS_WRITTEN + TAIL
            keep(written, form, "mmdata", ran(OWN, code, pictures, out, size))
            for name, (environment, program) in readers(form).items() if "read" in given.parts else ():
                code = f"FORM = {form.partition('.')[0]!r}\n" + READ.replace("PROGRAM", program)
                keep(loaded, form, name, ran(environment, code, pictures, out, size))
        for name, (form, environment, program) in WRITERS.items() if "write" in given.parts else ():
            if form in (*given.forms, "pictures"):
                (out := home / f"{number}-other").mkdir()
                keep(written, form, name, ran(environment, program + TAIL, pictures, out, size))
                shutil.rmtree(out)
    return written, loaded


def readers(form: str) -> dict[str, tuple[str, str]]:
    """All that reads a form, ours and plain reading first."""
    plain = FILES if form in NAMED else PLAIN
    told = "the pictures, file by file" if form in NAMED else "the bytes of the files"
    return {told: (OWN, plain), "mmdata": (OWN, OURS), **READERS[form]}


def written_lines(written: Measured, size: float) -> list[str]:
    """The table of writing."""
    lines = ["| form | written by | CPU s | MB for a CPU second | mmdata's CPU beside it | s by the clock |"]
    lines += ["|---|---|---|---|---|---|"]
    for (form, name), took in sorted(written.items(), key=lambda each: [*FORMS, "pictures"].index(each[0][0])):
        if isinstance(took, str):
            lines.append(f"| {form} | {name} | {took} | | | |")
            continue
        ours = written.get((form, "mmdata"))
        beside = f"{ours.work / took.work:.2f}" if isinstance(ours, Took) and name != "mmdata" else ""
        rate = "" if form in NAMED else f"{size / took.work:,.0f}"
        lines.append(f"| {form} | {name} | {took.work:.2f} | {rate} | {beside} | {took.clock:.2f} |")
    return lines


def loaded_lines(loaded: Measured, count: int) -> list[str]:
    """The table of reading."""
    lines = ["| form | read by | CPU s to the first sample | CPU s in all | samples a CPU second | s by the clock |"]
    lines += ["|---|---|---|---|---|---|"]
    for (form, name), took in loaded.items():
        if isinstance(took, str):
            lines.append(f"| {form} | {name} | {took} | | | |")
            continue
        rate = count / max(took.work - took.first, 1e-9)
        lines.append(f"| {form} | {name} | {took.first:.2f} | {took.work:.2f} | {rate:,.0f} | {took.clock:.2f} |")
    return lines


WRITTEN = """Writing. Ours are hashed by sha256, fsynced and committed; of the others those are that say so. json and
jsonl name their pictures and copy none."""

LOADED = """Reading: every sample once, in order, in one process, its pictures as bytes, none decoded; where rows name
their pictures these are opened. Each is checked to come to as many bytes of pictures as were written. `prepared first`
is `load_dataset` as it comes, which writes Arrow's own files before the first sample."""


def report(given: argparse.Namespace, load: float, said: str, lines: list[str]) -> str:
    """A table with what was measured, and how busy the machine was."""
    head = [
        "# Forms of files, written and read",
        "",
        "Made by `python benchmarks/shards.py`; ratios compare, seconds are of one machine that other work shared",
        f"(load {load:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores). {given.pictures:,} files",
        f"of {given.kilobytes} kB in the page cache, the least of {given.rounds} rounds.",
        "",
        said,
        "",
    ]
    return "\n".join([*head, *lines]) + "\n"


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print the tables and keep them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--kilobytes", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--forms", nargs="*", default=FORMS, choices=FORMS)
    parser.add_argument("--parts", nargs="*", default=["write", "read"], choices=["write", "read"])
    given: Any = parser.parse_args(words)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        written, loaded = measured(given, Path(folder))
    size = given.pictures * given.kilobytes / 1000
    if "write" in given.parts:
        RESULTS.write_text(report(given, load, WRITTEN, written_lines(written, size)), encoding="utf-8")
        print(RESULTS.read_text(encoding="utf-8"))
    if "read" in given.parts:
        READ_RESULTS.write_text(report(given, load, LOADED, loaded_lines(loaded, given.pictures)), encoding="utf-8")
        print(READ_RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
