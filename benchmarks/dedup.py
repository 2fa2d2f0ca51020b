"""Duplicates: python benchmarks/dedup.py [--pictures 400] [--rounds 3] [--million 1 10] [--python INTERPRETER]

Hashing: drawn JPEGs of 1280 x 960, hashed by mmdata and by each peer that INTERPRETER can import, in turns (A B C A B
C …), each in a process of its own; the least of all rounds, imports not counted. Ours are two hashes a picture and no
cache, imagehash's and imagededup's one; cleanvision's is one and the md5 of all pixels, which it takes in any case.
Search: all pairs of random hashes, a tenth of them copies with up to six bits changed, each in a process of its own,
beside the search by bands that the goal is stated in; a peak is not seen below that of the process that starts it,
some 130 MiB. Written to benchmarks/results/dedup.md.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
from banded import banded_pairs
from mmdata.pipelines.dedup.search import near_pairs
from numpy.typing import NDArray
from peers import TORCHVISION
from PIL import Image

RESULTS = Path(__file__).resolve().parent / "results" / "dedup.md"

FILES = "from pathlib import Path\npaths = sorted(Path(folder).iterdir())\n"
ONE = """
import imagehash
from PIL import Image
def one(path):
    return imagehash.phash(Image.open(path))
"""
FLOOR = "decoding alone (reduced, grey, threads)"
HASHERS = {
    "mmdata": FILES
    + """
from mmdata.pipelines.dedup.hashing import looks
begin = spent()
assert looks(paths).known.all()
""",
    FLOOR: FILES
    + """
import os
from concurrent.futures import ThreadPoolExecutor
from PIL import Image
def one(path):
    with Image.open(path) as image:
        image.draft("L", (72, 72))
        image.load()
begin = spent()
with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
    list(pool.map(one, paths))
""",
    "imagehash, phash in a loop": FILES
    + ONE
    + """
begin = spent()
list(map(one, paths))
""",
    "imagehash, phash, a process a core": FILES
    + ONE
    + """
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
begin = spent()
with ProcessPoolExecutor(len(os.sched_getaffinity(0)), get_context("fork")) as pool:
    list(pool.map(one, paths, chunksize=16))
""",
    "imagededup, PHash": TORCHVISION
    + """
from imagededup.methods import PHash
begin = spent()
assert len(PHash(verbose=False).encode_images(folder)) == count
""",
    "imagededup, DHash": TORCHVISION
    + """
from imagededup.methods import DHash
begin = spent()
assert len(DHash(verbose=False).encode_images(folder)) == count
""",
    "cleanvision, near duplicates": """
from cleanvision import Imagelab
begin = spent()
Imagelab(data_path=folder, verbose=False).find_issues({"near_duplicates": {}}, verbose=False)
""",
}
PROGRAM = """
import resource, sys, time
folder, count = sys.argv[1], int(sys.argv[2])
def spent():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(each.ru_utime + each.ru_stime for each in used)
{body}
print("seconds", *(after - before for before, after in zip(begin, spent())))
"""
SEARCHES: dict[str, Callable[[NDArray[np.uint64], int], object]] = {"mmdata": near_pairs, "bands": banded_pairs}
SLOW = 10_000_000, 8
"""From so many hashes at such a distance on the search by bands takes ten minutes and 10 GB, and is left out."""

SEARCH = """
import resource, sys, time
sys.path.insert(0, {here!r})
from dedup import SEARCHES, drawn_hashes
hashes = drawn_hashes({count})
begin = time.process_time()
found = len(SEARCHES[{name!r}](hashes, {distance})[0])
print(found, time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main() -> None:
    """Measure all and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--million", type=float, nargs="*", default=[0.1, 1], help="hashes that are searched")
    parser.add_argument("--distances", type=int, nargs="*", default=[4, 6, 8])
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        draw(Path(folder), given.pictures)
        found = hashed(folder, given.pictures, given.rounds, given.python)
    lines = ["# Duplicates", "", f"{os.cpu_count()} cores, numpy {version('numpy')}, Pillow {version('pillow')}."]
    lines += [f"Load before: {os.getloadavg()[0]:.1f}.", "", str(__doc__).partition("\n\n")[2], ""]
    lines += ["| hashing | CPU ms a picture | beside mmdata | images/s by the clock |", "|---|---|---|---|"]
    lines += [hashing(name, took, found["mmdata"]) for name, took in found.items()]
    lines += ["", "| hashes | distance | pairs | mmdata, CPU s | bands, CPU s | mmdata / bands | peak MiB | bands' |"]
    lines += ["|---|---|---|---|---|---|---|---|"]
    lines += [searched(round(each * 1e6), distance) for each in given.million for distance in given.distances]
    lines += ["", f"Load after: {os.getloadavg()[0]:.1f}."]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


def draw(folder: Path, count: int) -> None:
    """Pictures with as much detail as photographs have."""
    random = np.random.default_rng(0)
    for number in range(count):
        coarse = Image.fromarray(random.integers(0, 256, (48, 64, 3), np.uint8)).resize((1280, 960), Image.BICUBIC)
        grain = random.integers(-12, 13, (960, 1280, 1))
        whole = np.clip(np.asarray(coarse, np.int16) + grain, 0, 255).astype(np.uint8)
        Image.fromarray(whole).save(folder / f"{number:06d}.jpg", quality=85)


def hashed(folder: str, count: int, rounds: int, python: str) -> dict[str, tuple[float, float] | None]:
    """Milliseconds by the clock and of CPU for a picture, of each hasher; None where it is not there."""
    best: dict[str, tuple[float, float] | None] = dict.fromkeys(HASHERS)
    for _ in range(rounds):
        for name, body in HASHERS.items():
            own = sys.executable if name in ("mmdata", FLOOR) else python
            command = [own, "-c", PROGRAM.format(body=body), folder, str(count)]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode == 0:
                clock, work = (float(each) * 1000 / count for each in done.stdout.split()[-2:])
                before = best[name] or (clock, work)
                best[name] = min(before[0], clock), min(before[1], work)
            elif "ModuleNotFoundError" not in done.stderr:
                raise SystemExit(f"{name}: {done.stderr[-2000:]}")
    return best


def hashing(name: str, took: tuple[float, float] | None, ours: tuple[float, float] | None) -> str:
    """A row about one hasher."""
    if took is None or ours is None:
        return f"| {name} | not measured: not installed | | |"
    return f"| {name} | {took[1]:.2f} | {took[1] / ours[1]:.2f} | {1000 / took[0]:,.0f} |"


def drawn_hashes(count: int) -> NDArray[np.uint64]:
    """Random hashes, a tenth of them copies with up to six bits changed."""
    random = np.random.default_rng(count)
    hashes = random.integers(0, 2**64, count, np.uint64)
    changed = np.zeros(count // 10, np.uint64)
    for _ in range(6):
        changed |= np.uint64(1) << random.integers(0, 64, len(changed)).astype(np.uint64)
    hashes[random.integers(0, count, len(changed))] = hashes[random.integers(0, count, len(changed))] ^ changed
    return hashes


def searched(count: int, distance: int) -> str:
    """A row about one search, by both; `SystemExit` where they do not find as many pairs."""
    slow = count >= SLOW[0] and distance >= SLOW[1]
    (found, ours, peak), theirs = search("mmdata", count, distance), None if slow else search("bands", count, distance)
    if theirs and theirs[0] != found:
        raise SystemExit(f"{count} hashes within {distance}: {found:.0f} pairs, and {theirs[0]:.0f} by bands")
    beside = f"{theirs[1]:.2f} | {ours / theirs[1]:.2f}" if theirs else "not measured |"
    return f"| {count:,} | {distance} | {found:,.0f} | {ours:.2f} | {beside} | {peak:,.0f} | {row_peak(theirs)} |"


def row_peak(theirs: tuple[float, float, float] | None) -> str:
    """The peak of a process, where it ran."""
    return f"{theirs[2]:,.0f}" if theirs else ""


def search(name: str, count: int, distance: int) -> tuple[float, float, float]:
    """Pairs, CPU seconds and the process' peak in MiB, of a search in a process of its own."""
    code = SEARCH.format(here=str(Path(__file__).resolve().parent), name=name, count=count, distance=distance)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    found, work, peak = map(float, done.stdout.split())
    return found, work, peak


if __name__ == "__main__":
    main()
