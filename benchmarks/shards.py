"""Write speed of every form of file: python benchmarks/shards.py [--pictures 1000] [--kilobytes 100] [--rounds 3]

Drawn files of bytes that do not compress, one a sample, written by each form in turns (A B C A B C …), beside `cp` of
the same files and beside the format's own library where it can be imported: `--python` names an interpreter that can,
such as .venv-loaders/media_inside/bin/python. Seconds by the clock, the least of all rounds, from the first row to the
files' being safely on the disk; ours are hashed and fsynced as in a conversion, so `cp` is measured with fsync too.
Reading back is beside it. Written to benchmarks/results/shards.md.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from mmdata.pipelines.commit import Staging
from mmdata.pipelines.shards import load_form
from mmdata.pipelines.shards.parquet import PICTURE
from mmdata.pipelines.shards.protocol import WHOLE

RESULTS = Path(__file__).resolve().parent / "results" / "shards.md"
SAID = {"messages": [{"role": "user", "content": "<image>What?"}, {"role": "assistant", "content": "A thing. " * 20}]}
FORMS = ("jsonl", "parquet", "webdataset", "energon", "mds")

LIBRARIES = {
    "webdataset.TarWriter": """
import webdataset
with webdataset.TarWriter(out + "/0.tar") as writer:
    for number, path in enumerate(files):
        with open(path, "rb") as file:
            writer.write({"__key__": f"{number:09d}", "json": said, "jpg": file.read()})
""",
    "streaming.MDSWriter": """
import contextlib, torch
library = torch.library.Library("torchvision", "FRAGMENT")  # a torchvision without its compiled part loads too
for name in ("nms", "qnms"):
    with contextlib.suppress(RuntimeError):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
from streaming import MDSWriter
begin = time.perf_counter()
columns = {"id": "str", "conversation": "json", "images": "bytes"}
with MDSWriter(columns=columns, out=out + "/mds", hashes=["sha256"], size_limit=512_000_000) as writer:
    for number, path in enumerate(files):
        with open(path, "rb") as file:
            writer.write({"id": str(number), "conversation": said, "images": file.read()})
""",
}
"""What a script of one's own does with each library, timed without its imports; nothing is fsynced by either."""


def drawn(folder: Path, count: int, size: int) -> list[str]:
    """The files, each its own bytes."""
    chance = random.Random(1)  # noqa: S311
    for number in range(count):
        (folder / f"{number:06d}.jpg").write_bytes(chance.randbytes(size))
    return [str(path) for path in sorted(folder.iterdir())]


def row(form: str, number: int, path: str) -> bytes:
    """One sample as the form takes it."""
    file = {"$file": path}
    name = f"{number:09d}"
    if form in ("webdataset", "energon"):
        sample: dict[str, Any] = {"__key__": name, "json": {"id": name, **SAID}, "jpg": file}
    elif form == "jsonl":
        sample = {"id": name, **SAID, "images": [path]}
    elif form == "parquet":
        sample = {"id": name, "said": json.dumps(SAID), "images": [file]}
    else:
        sample = {"id": name, "conversation": SAID, "images": [file]}
    return json.dumps(sample).encode()


def columns() -> pa.Schema:
    """Parquet's columns."""
    return pa.schema([("id", pa.string()), ("said", pa.string()), ("images", pa.list_(PICTURE))])


def write(form: str, files: list[str], out: Path) -> None:
    """One split of one form, committed."""
    module = load_form(form)
    typed = {"columns": columns()} if form == "parquet" else {}
    with Staging(out) as staging:
        rows = module.open_rows(staging, "train", WHOLE, **typed)
        for at in range(0, len(files), 100):
            rows.write([row(form, at + more, path) for more, path in enumerate(files[at : at + 100])])
        shards = [shard._asdict() for shard in rows.close()]
        manifest = {"mmdata": "0", "format": 1, "splits": {"train": {"samples": len(files), "shards": shards}}}
        if finish := getattr(module, "finish", None):
            finish(staging, manifest)
        staging.publish(manifest)


def read(form: str, out: Path) -> int:
    """Every sample read back by ours; how many there were."""
    shards = json.loads((out / "manifest.json").read_bytes())["splits"]["train"]["shards"]
    return sum(1 for shard in shards for _ in load_form(form).read_rows(out / shard["path"]))


def copy(folder: Path, out: Path, sync: bool) -> None:
    """`cp -r`, and where asked every file safely on the disk."""
    subprocess.run(["cp", "-r", str(folder), str(out)], check=True)
    if sync:
        for path in out.iterdir():
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)


def timed(work: Callable[..., object], *given: Any) -> float:
    """Seconds by the clock."""
    begin = time.perf_counter()
    work(*given)
    return time.perf_counter() - begin


def by_library(python: str, code: str, folder: Path, out: Path) -> float | None:
    """Seconds that a library took in that interpreter; None where it cannot be imported there."""
    out.mkdir()
    head = f"import time, pathlib\nfiles = sorted(map(str, pathlib.Path({str(folder)!r}).iterdir()))\n"
    head += f"said = {SAID!r}\nout = {str(out)!r}\nbegin = time.perf_counter()\n"
    tail = "\nprint(time.perf_counter() - begin)"
    done = subprocess.run([python, "-c", head + code + tail], capture_output=True, text=True, check=False)
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def measured(given: argparse.Namespace, home: Path) -> dict[str, list[float]]:
    """Seconds of every way, round by round; ` read` after a form's name is reading it back."""
    (home / "pictures").mkdir()
    files = drawn(home / "pictures", given.pictures, given.kilobytes * 1000)
    seconds: dict[str, list[float]] = {}
    for number in range(given.rounds):
        out = home / str(number)
        out.mkdir()
        for sync in (False, True):
            name = "cp and fsync" if sync else "cp"
            seconds.setdefault(name, []).append(timed(copy, home / "pictures", out / name, sync))
        for form in FORMS:
            seconds.setdefault(form, []).append(timed(write, form, files, out / form))
            seconds.setdefault(f"{form} read", []).append(timed(read, form, out / form))
        for name, code in LIBRARIES.items():
            if (took := by_library(given.python, code, home / "pictures", out / name)) is not None:
                seconds.setdefault(name, []).append(took)
        shutil.rmtree(out)
    return seconds


def main() -> None:
    """Measure, print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--kilobytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--python", default=sys.executable, help="where the formats' own libraries are")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds = measured(given, Path(folder))
    least = {name: min(each) for name, each in seconds.items()}
    size = given.pictures * given.kilobytes / 1000
    lines = [
        "# Writing, form by form",
        "",
        "Made by `python benchmarks/shards.py`; ratios compare, seconds are of one machine that other work shared.",
        "",
        f"{given.pictures:,} files of {given.kilobytes} kB, the least of {given.rounds} rounds by the clock. Ours are",
        "hashed, fsynced and committed; `jsonl` names its pictures and copies none.",
        "",
        "| written by | seconds | MB a second | beside cp and fsync | read back, seconds |",
        "|---|---|---|---|---|",
    ]
    for name, took in least.items():
        if not name.endswith(" read"):
            back = f"{least[f'{name} read']:.2f}" if f"{name} read" in least else ""
            rate = "" if name == "jsonl" else f"{size / took:,.0f}"
            lines.append(f"| {name} | {took:.2f} | {rate} | {took / least['cp and fsync']:.2f} | {back} |")
    text = "\n".join(lines) + "\n"
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
