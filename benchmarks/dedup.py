"""Duplicates: python benchmarks/dedup.py [--pictures 400] [--rounds 3] [--hashes 1000000] [--python INTERPRETER]

Hashing: drawn JPEGs of 1280 x 960, hashed by mmdata and by each peer that INTERPRETER can import, in turns (A B C A B
C …), each in a process of its own; images a second by the clock, the best of all rounds, imports not counted. Ours are
two hashes a picture and no cache; imagehash's and imagededup's are one. Search: all pairs of random hashes, a tenth
of them copies with up to six bits changed, in CPU seconds. Written to benchmarks/results/dedup.md.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from mmdata.pipelines.dedup.search import near_pairs
from PIL import Image

RESULTS = Path(__file__).resolve().parent / "results" / "dedup.md"

HASHERS = {
    "mmdata": """
from mmdata.pipelines.dedup.hashing import looks
from pathlib import Path
paths = sorted(Path(folder).iterdir())
begin = time.perf_counter()
assert looks(paths).known.all()
""",
    "imagehash (phash, a loop)": """
import imagehash
from PIL import Image
from pathlib import Path
paths = sorted(Path(folder).iterdir())
begin = time.perf_counter()
for path in paths:
    imagehash.phash(Image.open(path))
""",
    "imagehash (phash, a process a core)": """
import imagehash, os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from PIL import Image
from pathlib import Path
def one(path):
    return imagehash.phash(Image.open(path))
paths = sorted(Path(folder).iterdir())
begin = time.perf_counter()
with ProcessPoolExecutor(len(os.sched_getaffinity(0)), get_context("fork")) as pool:
    list(pool.map(one, paths, chunksize=16))
""",
    "imagededup (PHash)": """
from imagededup.methods import PHash
hasher = PHash(verbose=False)
begin = time.perf_counter()
hasher.encode_images(folder)
""",
    "cleanvision (near duplicates)": """
from cleanvision import Imagelab
begin = time.perf_counter()
Imagelab(data_path=folder, verbose=False).find_issues({"near_duplicates": {}}, verbose=False)
""",
}
PROGRAM = """
import json, sys, time
folder = sys.argv[1]
{body}
print("seconds", time.perf_counter() - begin)
"""


def main() -> None:
    """Measure all and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--hashes", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        draw(Path(folder), given.pictures)
        rates = hashed(folder, given.pictures, given.rounds, given.python)
    lines = ["# Duplicates", "", f"{os.cpu_count()} cores; {__doc__}", "| hashing | images/s |", "|---|---|"]
    lines += [f"| {name} | {f'{rate:,.0f}' if rate else 'not installed'} |" for name, rate in rates.items()]
    lines += ["", "| hashes | distance | pairs | CPU s | peak MB of the process |", "|---|---|---|---|---|"]
    lines += [searched(count, distance) for count in given.hashes for distance in (4, 6, 8)]
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


def hashed(folder: str, count: int, rounds: int, python: str) -> dict[str, float]:
    """Images a second of each hasher, 0 where it is not there."""
    best: dict[str, float] = dict.fromkeys(HASHERS, 0.0)
    for _ in range(rounds):
        for name, body in HASHERS.items():
            command = [sys.executable if name == "mmdata" else python, "-c", PROGRAM.format(body=body), folder]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode == 0:
                best[name] = max(best[name], count / float(done.stdout.rpartition("seconds")[2]))
            elif "ModuleNotFoundError" not in done.stderr:
                raise SystemExit(f"{name}: {json.dumps(done.stderr[-2000:])}")
    return best


def searched(count: int, distance: int) -> str:
    """A row about one search."""
    random = np.random.default_rng(count)
    hashes = random.integers(0, 2**64, count, np.uint64)
    changed = np.zeros(count // 10, np.uint64)
    for _ in range(6):
        changed |= np.uint64(1) << random.integers(0, 64, len(changed)).astype(np.uint64)
    hashes[random.integers(0, count, len(changed))] = hashes[random.integers(0, count, len(changed))] ^ changed
    begin = time.process_time()
    pairs = len(near_pairs(hashes, distance)[0])
    spent = time.process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"| {count:,} | {distance} | {pairs:,} | {spent:.2f} | {peak:,.0f} |"


if __name__ == "__main__":
    main()
