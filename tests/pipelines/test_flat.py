"""A conversion takes as much memory for ten times as many samples: whole processes, as the command line runs them."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FEW, MANY = 30_000, 300_000

PROGRAM = """
import sys
from pathlib import Path
from mmdata.cli.lean import be_lean
be_lean()
from mmdata.pipelines.convert import convert
from mmdata.pipelines.job import Job
from mmdata.pipelines.progress import Silent
labels = Path(sys.argv[2])
asked = {"target": "qwen-vl", "check_images": False, "split": (("train", 0.9), ("val", 0.1))}
convert(Job(sys.argv[1], labels, labels.with_suffix(".out"), **asked), Silent())
# not ru_maxrss, which a process takes over from the one that started it
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def coco(path: Path, samples: int) -> None:
    """Five boxes a picture, the annotations of one picture far from each other."""
    with path.open("w") as file:
        images = (f'{{"id":{n},"file_name":"{n:012}.jpg","width":640,"height":480}}' for n in range(samples))
        file.write('{"images":[' + ",".join(images) + '],"annotations":[')
        for number in range(5 * samples):
            box = f"[{number % 500}.5,{number % 360}.25,{20 + number % 100},{20 + number % 90}]"
            image, label = number * 7919 % samples, 1 + number % 80
            entry = f'{{"id":{number + 1},"image_id":{image},"category_id":{label},"bbox":{box},"iscrowd":0}}'
            file.write(("," if number else "") + entry)
        kinds = (f'{{"id":{n},"name":"kind {n}"}}' for n in range(1, 81))
        file.write('],"categories":[' + ",".join(kinds) + "]}")


def label_studio(path: Path, samples: int) -> None:
    """Five boxes a task."""
    about = '"type":"rectanglelabels","from_name":"box","to_name":"image","original_width":640,"original_height":480'
    with path.open("w") as file:
        file.write("[")
        for n in range(samples):
            boxes = ",".join(
                f'{{"id":"r{number}",{about},"value":{{"x":{n % 70}.5,"y":{(n + number) % 70},"width":{5 + n % 20},'
                f'"height":9,"rotation":0,"rectanglelabels":["kind {(n + number) % 80}"]}}}}'
                for number in range(5)
            )
            task = f'{{"id":{n},"data":{{"image":"{n:012}.jpg"}},"annotations":[{{"id":{n},"result":[{boxes}]}}]}}'
            file.write((",\n" if n else "") + task)
        file.write("]")


def peak(source: str, draw: Callable[[Path, int], None], path: Path, samples: int) -> int:
    """KiB of the whole process."""
    draw(path, samples)
    command = [sys.executable, "-c", PROGRAM, source, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    path.unlink()
    return int(done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is asked of Linux")
@pytest.mark.parametrize(("source", "draw"), [("coco", coco), ("label-studio", label_studio)])
def test_ten_times_the_samples_take_no_more_memory(
    tmp_path: Path, source: str, draw: Callable[[Path, int], None]
) -> None:
    few, many = (peak(source, draw, tmp_path / f"{samples}.json", samples) for samples in (FEW, MANY))
    assert many < 1.12 * few
