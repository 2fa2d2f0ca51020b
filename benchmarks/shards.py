"""Write and read speed of every form of file: python benchmarks/shards.py [--pictures 1000] [--kilobytes 100]

Drawn files of bytes that do not compress, behind a small picture that can be opened, one a sample: written by each form
in turns (A B C A B C …), beside `cp` of the same files and beside the format's own library where it can be imported:
the environments of .venv-loaders have them. Seconds by the clock, the least of all
rounds, from the first row to the files' being safely on the disk; ours are hashed and fsynced as in a conversion, so
`cp` is measured with fsync too. Every file is read back by ours and by the real loader. Written to
benchmarks/results/shards.md.
"""

import argparse
import io
import json
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from mmdata.pipelines.commit import Staging
from mmdata.pipelines.shards import load_form
from mmdata.pipelines.shards.json_lines import compressed
from mmdata.pipelines.shards.parquet import PICTURE
from mmdata.pipelines.shards.protocol import WHOLE
from PIL import Image

RESULTS = Path(__file__).resolve().parent / "results" / "shards.md"
SAID = {"messages": [{"role": "user", "content": "<image>What?"}, {"role": "assistant", "content": "A thing. " * 20}]}
FORMS = ("jsonl", "jsonl.zst", "parquet", "webdataset", "energon", "mds")
NAMED = ("jsonl", "jsonl.zst")
"""Forms that name their pictures and copy none."""
HOME = Path(__file__).resolve().parents[1]
IMPORTS_STREAMING = """
import contextlib, torch
library = torch.library.Library("torchvision", "FRAGMENT")  # a torchvision without its compiled part loads too
for name in ("nms", "qnms"):
    with contextlib.suppress(RuntimeError):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
"""

LIBRARIES = {
    "webdataset.TarWriter": """
import webdataset
begin = time.perf_counter()
with webdataset.TarWriter(out + "/0.tar") as writer:
    for number, path in enumerate(files):
        with open(path, "rb") as file:
            writer.write({"__key__": f"{number:09d}", "json": said, "jpg": file.read()})
""",
    "streaming.MDSWriter": IMPORTS_STREAMING
    + """
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
LIBRARIES["datasets.to_parquet"] = """
import datasets
from datasets.table import embed_table_storage
begin = time.perf_counter()
columns = {"id": datasets.Value("string"), "said": datasets.Value("string"), "image": datasets.Image()}
names = {"id": [str(number) for number in range(len(files))], "said": [json.dumps(said)] * len(files), "image": files}
made = datasets.Dataset.from_dict(names, datasets.Features(columns)).with_format("arrow")
made = made.map(embed_table_storage, batched=True, batch_size=100)  # else paths alone are written
made.to_parquet(out + "/0.parquet")
assert sum(path.stat().st_size for path in pathlib.Path(out).iterdir()) > sum(map(os.path.getsize, files))
"""

READERS = {
    "webdataset": """
import webdataset
begin = time.perf_counter()
paths = sorted(map(str, pathlib.Path(out).glob("train/*.tar")))
count = sum(len(sample["jpg"]) > 0 for sample in webdataset.WebDataset(paths, shardshuffle=False))
""",
    "mds": IMPORTS_STREAMING
    + """
from streaming import LocalDataset
begin = time.perf_counter()
read = LocalDataset(local=out, split="train")
count = sum(len(read[number]["images"]) for number in range(len(read)))
""",
    "parquet": """
import datasets
begin = time.perf_counter()
paths = sorted(map(str, pathlib.Path(out).glob("train/*.parquet")))
rows = datasets.load_dataset("parquet", data_files=paths, split="train", streaming=True)
count = sum(len(row["images"]) for row in rows)
""",
    "jsonl": """
import datasets
begin = time.perf_counter()
paths = sorted(map(str, pathlib.Path(out).glob("train/*.jsonl*")))
rows = datasets.load_dataset("json", data_files=paths, split="train", streaming=True)
count = sum(len(row["images"]) for row in rows)
""",
}
READERS["jsonl.zst"] = READERS["jsonl"]
"""What a trainer does with each form, every picture opened, timed without imports; `count` pictures were there."""


ENVIRONMENTS = {
    "webdataset": "media_inside",
    "webdataset.TarWriter": "media_inside",
    "mds": "media_inside",
    "streaming.MDSWriter": "media_inside",
    "parquet": "huggingface",
    "datasets.to_parquet": "huggingface",
    "jsonl": "swift",
    "jsonl.zst": "swift",  # it has zstandard
}
"""Which environment of .venv-loaders has what."""


def drawn(folder: Path, count: int, size: int) -> list[str]:
    """The files, each its own bytes behind the same few of a picture."""
    chance = random.Random(1)  # noqa: S311
    Image.new("RGB", (8, 8)).save(picture := io.BytesIO(), "JPEG")
    head = picture.getvalue()
    for number in range(count):
        (folder / f"{number:06d}.jpg").write_bytes(head + chance.randbytes(size - len(head)))
    return [str(path) for path in sorted(folder.iterdir())]


def row(form: str, number: int, path: str) -> bytes:
    """One sample as the form takes it."""
    file = {"$file": path}
    name = f"{number:09d}"
    if form in ("webdataset", "energon"):
        sample: dict[str, Any] = {"__key__": name, "json": {"id": name, **SAID}, "jpg": file}
    elif form in NAMED:
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
    """One split of one form, planned, written file by file, committed."""
    module = load_form(form.partition(".")[0])
    shards_of = module.files("train", WHOLE, columns() if form == "parquet" else None)
    if form == "jsonl.zst":
        shards_of = compressed(shards_of)
    with Staging(out) as staging:
        rows = [row(form, number, path) for number, path in enumerate(files)]
        sizes = [shards_of.size(each, staging) for each in rows]
        plan = shards_of.plan(np.array(sizes, np.int64))
        made = [
            shards_of.write(staging, at, start, rows[start:end], sizes[start:end])
            for at, (start, end) in enumerate(plan)
        ]
        shards = [shard._asdict() for shard in made]
        manifest = {"mmdata": "0", "format": 1, "splits": {"train": {"samples": len(files), "shards": shards}}}
        if finish := getattr(module, "finish", None):
            finish(staging, manifest)
        staging.publish(manifest)


def read(form: str, out: Path) -> int:
    """Every sample read back by ours; how many there were."""
    shards = json.loads((out / "manifest.json").read_bytes())["splits"]["train"]["shards"]
    return sum(1 for shard in shards for _ in load_form(form.partition(".")[0]).read_rows(out / shard["path"]))


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


def by_library(
    asked: list[str], name: str, code: str, folder: Path, out: Path, count: int | None = None
) -> list[float]:
    """The seconds that a library took in its environment; none where that is not there, or it read not all."""
    out.mkdir(exist_ok=True)
    head = f"import json, os, time, pathlib\nfiles = sorted(map(str, pathlib.Path({str(folder)!r}).iterdir()))\n"
    head += f"said = {SAID!r}\nout = {str(out)!r}\nbegin = time.perf_counter()\ncount = None\n"
    tail = "\nprint(time.perf_counter() - begin, count)"
    python = HOME / ".venv-loaders" / ENVIRONMENTS[name] / "bin" / "python"
    if not python.exists() or name not in asked:
        return []
    aside = {**os.environ, "HF_HOME": str(out.parent / "hf"), "HF_HUB_OFFLINE": "1"}
    given = [str(python), "-c", head + code + tail]
    done = subprocess.run(given, capture_output=True, text=True, check=False, env=aside)
    took, found = done.stdout.split()[-2:] if done.returncode == 0 else ("0", "failed")
    return [float(took)] if found == str(count) else []


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
            if form in READERS and number == given.rounds - 1:
                took = by_library(given.loaders, form, READERS[form], home / "pictures", out / form, len(files))
                seconds[f"{form} loaded"] = took
        for name, code in LIBRARIES.items() if number == given.rounds - 1 else ():
            seconds[name] = by_library(given.loaders, name, code, home / "pictures", out / name)
        shutil.rmtree(out)
    return seconds


def main() -> None:
    """Measure, print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--kilobytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--loaders", nargs="*", default=list(ENVIRONMENTS), help="which libraries, once each")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds = measured(given, Path(folder))
    least = {name: min(each) for name, each in seconds.items() if each}
    size = given.pictures * given.kilobytes / 1000
    lines = [
        "# Writing, form by form",
        "",
        "Made by `python benchmarks/shards.py`; ratios compare, seconds are of one machine that other work shared.",
        "",
        f"{given.pictures:,} files of {given.kilobytes} kB, the least of {given.rounds} rounds by the clock. Ours are",
        "hashed, fsynced and committed; lines name their pictures and copy none. A loader opens every picture.",
        "An empty place is one that was not measured; of the libraries only MDS's hashes, and none fsyncs.",
        "A loader's seconds have what it does once, which in `datasets` is most of them.",
        "",
        "| written by | seconds | MB a second | beside cp and fsync | read by ours, seconds | by the real loader |",
        "|---|---|---|---|---|---|",
    ]
    for name, took in least.items():
        if not name.endswith((" read", " loaded")):
            back, loaded = (
                f"{least[key]:.2f}" if (key := f"{name} {way}") in least else "" for way in ("read", "loaded")
            )
            rate = "" if name in NAMED else f"{size / took:,.0f}"
            lines.append(f"| {name} | {took:.2f} | {rate} | {took / least['cp and fsync']:.2f} | {back} | {loaded} |")
    text = "\n".join(lines) + "\n"
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
