"""Samples a second that each target renders: python benchmarks/targets.py [--scale 0.1] [--rounds 5]

Detections of a drawn COCO file (`coco_data.py`) as conversation batches in memory, then `refuse` and `render` of every
target in turns (A B C A B C …), so that a busy machine is busy for all. CPU of this process, the least of all rounds;
the rows' bytes beside it. The floor is `json.dumps` of rows that are ready, those of qwen-vl: what writing JSON costs
with nothing to render. Targets without boxes refuse these samples; their words are rendered all the same. Written to
benchmarks/results/targets.md.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources import load_source
from mmdata.converters.targets import TARGETS, load_target
from mmdata.converters.targets.protocol import RenderOptions, Target
from mmdata.converters.templates.exchanges import to_conversations
from mmdata.converters.templates.scene import Asking, Scene
from mmdata.converters.templates.tasks import MAKERS
from mmdata.converters.templates.wordings import load_wordings
from mmdata.schemas.accounting import Accounting

HERE = Path(__file__).resolve().parent
FLOOR = "floor: json.dumps of ready rows"
RESULTS = HERE / "results" / "targets.md"


def conversations(scale: float) -> list[pa.RecordBatch]:
    """The detections of a drawn file of that share of train2017."""
    source, wordings = load_source("coco"), load_wordings("en", None)
    with tempfile.TemporaryDirectory() as folder:
        labels = Path(folder) / "instances.json"
        command = [sys.executable, str(HERE / "coco_data.py"), str(labels), "--scale", str(scale)]
        subprocess.run(command, check=True)
        batches = source.read(labels, source.Options(), Pictures(Path(folder), check=False), Accounting())
        return [to_conversations(MAKERS["detect"](Scene(batch, Asking(wordings))), batch) for batch in batches]


def cpu(target: Target, batches: list[pa.RecordBatch]) -> tuple[float, int]:
    """CPU seconds for all batches, and the bytes of their rows."""
    begin = time.process_time()
    size = 0
    for batch in batches:
        target.refuse(batch, RenderOptions())
        size += sum(map(len, target.render(batch, RenderOptions())))
    return time.process_time() - begin, size


def floor(rows: list[object]) -> tuple[float, int]:
    """The same of rows that are ready: CPU seconds to write them as JSON, and their bytes."""
    begin = time.process_time()
    size = sum(len(json.dumps(row).encode()) for row in rows)
    return time.process_time() - begin, size


def main() -> None:
    """Measure, print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--scale", type=float, default=0.1, help="1 = train2017")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    batches = conversations(given.scale)
    samples = sum(map(len, batches))
    least: dict[str, tuple[float, int]] = {}
    ready = [json.loads(row) for batch in batches for row in load_target("qwen-vl").render(batch, RenderOptions())]
    for _ in range(given.rounds):
        taken = floor(ready)
        least[FLOOR] = min(least.get(FLOOR, taken), taken)
        for name in TARGETS:
            taken = cpu(load_target(name), batches)
            least[name] = min(least.get(name, taken), taken)
    first = least[FLOOR][0]
    lines = [
        "# Rendering, target by target",
        "",
        "Made by `python benchmarks/targets.py`; ratios compare, seconds are of one machine that other work shared.",
        "",
    ]
    lines += [f"{samples:,} detections of a drawn COCO file, the least CPU of {given.rounds} rounds each.", ""]
    lines += ["| target | samples a second of CPU | times the floor | bytes a sample |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {samples / spent:,.0f} | {spent / first:.2f} | {size / samples:,.0f} |"
        for name, (spent, size) in least.items()
    ]
    text = "\n".join(lines) + "\n"
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
