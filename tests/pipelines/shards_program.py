"""Conversions that tests kill: `python shards_program.py LABELS PICTURES OUT TARGET`.

Converts seed 1, then in a child for every N seed 2 killed at the N-th call to the file system, and prints how many
children were killed. After each, OUT is one of the two versions, whole, and the next run leaves no litter.
"""

import sys
from pathlib import Path

from forks import clear, killed_at, names, seed_of  # beside this file
from mmdata.pipelines.convert import convert
from mmdata.pipelines.job import Job
from mmdata.pipelines.progress import Silent


def main(labels: Path, pictures: Path, out: Path, target: str) -> int:
    """How many conversions were killed."""

    def run(seed: int) -> None:
        asked = {"target": target, "images": pictures, "tasks": ("detect",), "max_shard_samples": 3}
        job = Job("coco", labels, out, seed=seed, **asked)
        convert(job, Silent())

    number, killed = 0, True
    while killed:
        number += 1
        clear(out)
        run(1)
        killed = killed_at(number, lambda: run(2))
        assert seed_of(out) in ((1, 2) if killed else (2,)), number
        run(3)
        assert seed_of(out) == 3, number
        assert names(out.parent) == [out.name], names(out.parent)
    return number - 1


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]))
