"""What `mmdata lint` costs: python benchmarks/lint.py [--scale 1] [--runs 3] [--datumaro PYTHON]

Whole processes in turns, measured as `benchmarks/convert.py` does: CPU is user and system time, the peak the largest
resident memory, every figure a median.

    COCO        a drawn file of train2017's statistics (`coco_data.py`), linted by all default rules, beside its
                conversion to Qwen-VL; no pictures
    chats       rows of a Qwen-VL file with a box each, a tenth and the whole of a million: memory must stay flat
    one picture 10 000 boxes of 100 000 categories, then twice as many of both: the time must no more than double
    datumaro    its importer and DetectionValidator on the same COCO file, where a Python that has it is named

The tables are printed and written to benchmarks/results/lint.md.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from convert import Run, measure

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "lint.md"
MMDATA = [sys.executable, "-m", "mmdata"]
LINT = [*MMDATA, "lint", "--no-check-images", "--exit-zero", "--statistics"]
DATUMARO = """
import sys
from datumaro.components.dataset import Dataset
from datumaro.components.environment import Environment
from datumaro.plugins.validators import DetectionValidator
found = DetectionValidator(few_samples_thr=1, imbalance_ratio_thr=50, far_from_mean_thr=5.0, dominance_ratio_thr=0.8,
                           topk_bins=0.1).validate(Dataset.import_from(sys.argv[1], "coco_instances"))
print(found["summary"])
"""


def main() -> None:
    """Make the files in a temporary folder, measure, write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--scale", type=float, default=1.0, help="1 = train2017, a million rows")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--datumaro", help="a Python that has datumaro")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        lines = [_HEAD.format(load=os.getloadavg()[0])]
        lines += [*_coco(work, given.scale, given.runs, given.datumaro), ""]
        lines += [*_chats(work, given.scale, given.runs), ""]
        lines += [*_crowded(work, given.runs), ""]
    text = "\n".join(lines)
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


_HEAD = """# mmdata lint beside mmdata convert

Made by `python benchmarks/lint.py`; how it measures is said there. Ratios compare; seconds are of one machine, which
other work shared (2 cores, load average {load:.1f}).
"""


def _coco(work: Path, scale: float, runs: int, datumaro: str | None) -> Iterator[str]:
    file = work / "annotations" / "instances_train2017.json"
    file.parent.mkdir()
    (work / "images" / "train2017").mkdir(parents=True)  # without which datumaro finds no set
    measure([sys.executable, str(HERE / "coco_data.py"), str(file), "--scale", str(scale)], work / "log")
    convert = [*MMDATA, "convert", "coco", str(file), "--no-check-images", "--to", "qwen-vl", "--max-rejected", "100%"]
    programs = {"mmdata convert coco": convert, "mmdata lint": [*LINT, str(file)]}
    if datumaro:
        (work / "validate.py").write_text(DATUMARO)
        programs["datumaro's importer and DetectionValidator"] = [datumaro, str(work / "validate.py"), str(work)]
    found: dict[str, list[Run]] = {name: [] for name in programs}
    for number in range(runs):
        for name, command in programs.items():
            more = ["-o", str(work / f"out{number}")] if "convert" in name else []
            found[name].append(measure([*command, *more], work / "log"))
    base = median(run.cpu for run in found["mmdata convert coco"])
    yield f"| {file.stat().st_size / 1e6:.0f} MB of COCO | CPU s | peak MiB | CPU, to convert |"
    yield "|---|---|---|---|"
    for name, several in found.items():
        cpu = median(run.cpu for run in several)
        yield f"| {name} | {cpu:.2f} | {median(run.peak for run in several):.0f} | {cpu / base:.2f} |"


def _chats(work: Path, scale: float, runs: int) -> Iterator[str]:
    yield "| rows of a Qwen-VL file | CPU s | rows a CPU second | peak MiB |"
    yield "|---|---|---|---|"
    for count in (round(100_000 * scale), round(1_000_000 * scale)):
        file = work / f"{count}.jsonl"
        with file.open("w", encoding="ascii") as out:
            out.writelines(json.dumps(_row(number), separators=(",", ":")) + "\n" for number in range(count))
        several = [measure([*LINT, str(file)], work / "log") for _ in range(runs if count < 500_000 else 1)]
        cpu, peak = median(run.cpu for run in several), median(run.peak for run in several)
        yield f"| {count} | {cpu:.2f} | {count / cpu:.0f} | {peak:.0f} |"
        file.unlink()


def _row(number: int) -> dict[str, object]:
    left, top = number * 7919 % 900, number * 104729 % 900
    label = f"thing {number % 80}"
    box = f"<ref>{label}</ref><box>({left},{top}),({left + 60},{top + 80})</box>"
    return {
        "id": str(number),
        "conversations": [
            {"from": "user", "value": f"Picture 1: <img>images/{number:012d}.jpg</img>\nWhere is the {label}?"},
            {"from": "assistant", "value": box},
        ],
    }


def _crowded(work: Path, runs: int) -> Iterator[str]:
    yield "| one picture | CPU s | peak MiB |"
    yield "|---|---|---|"
    for times in (1, 2):
        boxes, categories = 10_000 * times, 100_000 * times
        file = work / f"crowded{times}.json"
        file.write_text(json.dumps(_picture(boxes, categories)))
        several = [measure([*LINT, str(file)], work / "log") for _ in range(runs)]
        cpu, peak = median(run.cpu for run in several), median(run.peak for run in several)
        yield f"| {boxes} boxes, {categories} categories | {cpu:.2f} | {peak:.0f} |"


def _picture(boxes: int, categories: int) -> dict[str, object]:
    return {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 8000, "height": 6000}],
        "annotations": [
            {
                "id": number + 1,
                "image_id": 1,
                "category_id": number * 7919 % categories + 1,
                "bbox": [number * 7919 % 7900, number * 104_729 % 5900, 5 + number % 94, 5 + number % 89],
            }
            for number in range(boxes)
        ],
        "categories": [{"id": number + 1, "name": f"thing {number}"} for number in range(categories)],
    }


if __name__ == "__main__":
    main()
