"""What each stage of a build costs: python benchmarks/stages.py [--records 100000,1000000] [--to qwen-vl]

COCO labels of that many pictures with five boxes each, which nobody opens, in files of 100,000; two splits, shuffled,
rows in shards of 100,000. CPU seconds of the process in each stage, and of all that stands between them (keys, splits,
order, manifest, publishing); a process of its own for each size, and its peak. docs/scale.md has what was measured.
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mmdata.pipelines.build import build
from mmdata.pipelines.engine.in_process import InProcess
from mmdata.pipelines.job import Job
from mmdata.pipelines.plan import Output, Plan
from mmdata.pipelines.progress import SILENT, Progress
from mmdata.pipelines.work import Work

FILE = 100_000
STAGES = ("read", "render", "write")


class Timed(InProcess):
    """The engine of one process, which looks at the clock of its CPU."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)

    def run(self, stage: Callable[[Any, Progress], Any], parts: Sequence[Any], progress: Progress) -> Iterator[Any]:
        """The receipts of all parts, in order."""
        for part in parts:
            begin = time.process_time()
            receipt = stage(part, progress)
            self.spent[stage.__name__] += time.process_time() - begin
            yield receipt


def labels(path: Path, first: int, count: int) -> None:
    """A file of labels; the boxes differ."""
    draw = random.Random(first)  # noqa: S311  for boxes that differ
    ids = range(first + 1, first + count + 1)
    with path.open("w") as file:
        images = (f'{{"id":{at},"file_name":"{at:012}.jpg","width":640,"height":480}}' for at in ids)
        file.write('{"images":[' + ",".join(images) + '],"annotations":[')
        for at in ids:
            boxes = [(draw.randrange(500), draw.randrange(400)) for _ in range(5)]
            lines = (
                f'{{"id":{5 * at + number},"image_id":{at},"category_id":{1 + (at + number) % 80},'
                f'"bbox":[{x}.5,{y}.25,60,40],"area":2400,"iscrowd":0}}'
                for number, (x, y) in enumerate(boxes)
            )
            file.write(("," if at > ids[0] else "") + ",".join(lines))
        kinds = (f'{{"id":{at},"name":"label {at}"}}' for at in range(1, 81))
        file.write('],"categories":[' + ",".join(kinds) + "]}")


def built(records: int, target: str, home: Path) -> Timed:
    """Build it; what each stage took."""
    out, jobs = home / "out", list[Job]()
    for first in range(0, records, FILE):
        path = home / f"{first}.json"
        labels(path, first, min(FILE, records - first))
        split = (("train", 0.95), ("val", 0.05))
        own = {"check_images": False, "split": split, "shuffle": True, "max_shard_samples": FILE}
        jobs.append(Job("coco", path, out, name=f"part{first}", target=target, tasks=("detect",), **own))
    engine = Timed()
    begin = time.process_time()
    build(Plan(out, (Output("", tuple(jobs)),)), SILENT, Work(engine))
    engine.spent["between"] = time.process_time() - begin - sum(engine.spent.values())
    return engine


def main() -> None:
    """Measure every size, or be one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", default="100000,1000000")
    parser.add_argument("--to", default="qwen-vl")
    parser.add_argument("--child", action="store_true")
    given = parser.parse_args()
    if given.child:
        with tempfile.TemporaryDirectory() as home:
            spent = built(int(given.records), given.to, Path(home)).spent
        told = " | ".join(f"{spent[name]:.1f}" for name in (*STAGES, "between"))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"| {int(given.records):,} | {told} | {sum(spent.values()):.1f} | {peak:,.0f} MiB |")
        return
    print(
        "| records | read | render | write | between | CPU s in all | peak |\n|---|---|---|---|---|---|---|", flush=True
    )
    for records in given.records.split(","):
        words = [sys.executable, __file__, "--child", "--records", records, "--to", given.to]
        print(subprocess.run(words, check=True, capture_output=True, text=True).stdout, end="", flush=True)


if __name__ == "__main__":
    main()
