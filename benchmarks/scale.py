"""What is global, simulated on keys alone: python benchmarks/scale.py [--keys 1000000] [--distance 4] [--only search]

Each part runs in a process of its own: the search for near hashes (a hundredth of them copies with a bit changed), the
split of that many pictures with the ledger that remembers it, the same for a set that grew by a tenth and for films of
a hundred frames, the shuffled order of the samples and their shards. CPU seconds, and the peak of
the process less that of an empty one with the same imports, which is what a key takes. A hundred million keys of the
search want 8 GB and some ten minutes. Printed as a row each; docs/scale.md has what was measured.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from mmdata.pipelines.commit.staging import StagingFolder
from mmdata.pipelines.dedup.search import near_pairs
from mmdata.pipelines.keys_on_disk import KeysOnDisk, NamesOnDisk
from mmdata.pipelines.narrow_integers import least
from mmdata.pipelines.order import arranged, laid_out, shard_parts
from mmdata.pipelines.shards import load_form
from mmdata.pipelines.shards.protocol import Cut
from mmdata.pipelines.splits.ledger import Ledger
from mmdata.pipelines.splits.names import NO_NAMES, names_of
from mmdata.pipelines.splits.split import assign
from mmdata.pipelines.stages.account import account_of
from mmdata.pipelines.stages.render import NOTHING, PartRendered
from mmdata.schemas.accounting import Accounting

FRACTIONS = (("train", 0.9), ("val", 0.1))
PART = 1 << 16
"""Records whose names are made into numbers together."""

ROWS = 1 << 14
"""Rows that are rendered together."""


def search(keys: int, distance: int) -> None:
    """All pairs of hashes that are near."""
    random = np.random.default_rng(7)
    hashes = random.integers(0, 2**64, keys, np.uint64)
    copies = keys // 100
    flipped = np.uint64(1) << random.integers(0, 64, copies).astype(np.uint64)
    hashes[random.integers(0, keys, copies)] = hashes[random.integers(0, keys, copies)] ^ flipped
    near_pairs(hashes, distance)


def split(keys: int, _distance: int) -> None:
    """The split of pictures by their names, from nothing, and the ledger's file."""
    with _named(keys) as names:
        _written(assign(names, FRACTIONS).ledger)


def grown(keys: int, _distance: int) -> None:
    """The split of a tenth more pictures, whose ledger knows the others."""
    with _named(keys - keys // 11) as names:
        before = assign(names, FRACTIONS).ledger
    with _named(keys) as names:
        _written(assign(names, FRACTIONS, before=before).ledger)


def films(keys: int, _distance: int) -> None:
    """The split of frames, a hundred a film, which have two names each."""
    with _named(keys, film=100) as names:
        _written(assign(names, FRACTIONS).ledger)


def _written(ledger: Ledger) -> None:
    for _ in ledger.content():
        pass


@contextmanager
def _named(keys: int, film: int = 0) -> Generator[NamesOnDisk]:
    """The names of pictures, put on the disk a part at a time as a conversion does."""
    with tempfile.TemporaryDirectory() as folder:
        held = KeysOnDisk(Path(folder))
        for begin in range(0, keys, PART):
            numbers = range(begin, min(begin + PART, keys))
            groups = [
                (f"train2017/{number:012d}.jpg", *([f"film {number // film}"] if film else [])) for number in numbers
            ]
            names = names_of(groups, 0)
            held.keep("owner", names.owner + np.int32(begin))
            held.keep("hash", names.hash)
            held.keep("rank", names.rank)
        yield NamesOnDisk(keys, (held.finished(),), NO_NAMES)


def order(keys: int, _distance: int) -> None:
    """The order of all rows, shuffled, in two splits, and the shards they are cut into, by what rendering tells."""
    random = np.random.default_rng(0)
    pieces: list[PartRendered] = []
    none = np.zeros(0, np.uint64)
    for begin in range(0, keys, ROWS):
        count = min(ROWS, keys - begin)
        split = (random.random(count) < 0.1).astype(np.int8)
        length = least(random.integers(400, 900, count))
        rows = Path(f"rows-{begin // ROWS:06d}")
        pieces.append(
            PartRendered(rows, rows, account_of(Accounting()), length, split, length + 1, None, NOTHING, none)
        )
    files = [load_form("jsonl").files(name, Cut(bytes=64_000_000)) for name, _ in FRACTIONS]
    laid = laid_out(pieces, len(files), shuffle=0)
    in_files = [arranged(mine, rows) for mine, rows in zip(files, laid, strict=True)]
    parts = shard_parts(StagingFolder(Path("out"), Path("out"), Path("/out")), files, in_files, pieces)
    if sum(len(part.length) for part in parts) != keys:
        raise SystemExit("there are other rows in the shards than were rendered")


PARTS: dict[str, Callable[[int, int], None]] = {
    "search": search,
    "split": split,
    "grown": grown,
    "films": films,
    "order": order,
}


def measured(name: str, keys: int, distance: int) -> tuple[float, float]:
    """CPU seconds and MiB at the peak of one part."""
    words = [sys.executable, __file__, "--child", name, "--keys", str(keys), "--distance", str(distance)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    seconds, peak = done.stdout.split()
    return float(seconds), float(peak)


def main() -> None:
    """Measure every part, or be one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--distance", type=int, default=4)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--child", choices=PARTS)
    given = parser.parse_args()
    if given.child:
        begin = time.process_time()
        PARTS[given.child](given.keys, given.distance)
        print(time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    print("| part | keys | CPU s | peak MiB | bytes a key |\n|---|---|---|---|---|")
    for name in [given.only] if given.only else PARTS:
        bare = measured(name, 1000, given.distance)[1]
        seconds, peak = measured(name, given.keys, given.distance)
        print(f"| {name} | {given.keys:,} | {seconds:.1f} | {peak:,.0f} | {(peak - bare) * 2**20 / given.keys:,.0f} |")


if __name__ == "__main__":
    main()
