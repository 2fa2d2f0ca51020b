"""Conversions that tests kill: `python kills_program.py TARGET OUT COUNT SEED`; prints the numbers, as JSON.

Half of the kills come at times that are uniform over a run, half at calls to the file system that are uniform over
those of a run. Each run is a fork of this process, which has imported everything and has no run of its own behind it
but one, so that a kill costs what the conversion costs.
"""

import gc
import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from forks import before_each, die, ended, forked, names, seed_of, told_by  # beside this file
from mmdata.pipelines.commit.commit import Staging
from mmdata.pipelines.convert import convert
from mmdata.pipelines.job import Job
from mmdata.pipelines.progress import Silent

KITCHEN = Path(__file__).resolve().parents[2] / "examples" / "kitchen"
WHOLE_RUN_EVERY = 10
"""The run after a kill goes to its end every so many kills; after the others it begins, sweeps and leaves."""
OPENING = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.listdir", "os.scandir", "os.truncate"}
"""What the interpreter says of calls that are not among those of `fs`: the spool, pictures, labels."""
UNSAID = ["write", "sync", "close", "sync_folder", "exchange"]
"""Calls of `fs` of which the interpreter says nothing."""


def run(target: str, out: Path, seed: int) -> None:
    """One whole conversion; which, its manifest says."""
    asked = {"target": target, "images": KITCHEN / "images", "tasks": ("detect",), "max_shard_samples": 3}
    convert(Job("coco", KITCHEN / "instances.json", out, seed=seed, **asked), Silent())


def seconds_of(work: Callable[[], object]) -> float:
    """Do that work in a child to its end; the seconds it took."""
    begun = time.monotonic()
    assert not ended(forked(work))
    return time.monotonic() - begun


def killed_after(seconds: float, work: Callable[[], object]) -> bool:
    """Whether a child that is killed after that time was still at work."""
    child = forked(work)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return ended(child)


def calls_of(work: Callable[[], object]) -> int:
    """How many calls to the file system that work makes."""

    def counted(tell: Callable[[str], object]) -> None:
        seen = watch(sys.maxsize)
        work()
        tell(str(seen()))

    return int(told_by(counted))


def watch(number: int) -> Callable[[], int]:
    """Die just before the number-th call to the file system, of `fs` or another; how many there were so far."""
    seen = 0

    def one(*_given: object) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            die()

    def told(event: str, _given: object) -> None:
        if event in OPENING:
            one()

    before_each(one, UNSAID)
    sys.addaudithook(told)
    return lambda: seen


def kill(target: str, out: Path, count: int, seed: int) -> dict[str, int]:
    """Kill `count` runs; what was found at OUT after each."""
    drawn, found = random.Random(seed), Counter()  # noqa: S311
    took = max(seconds_of(lambda: run(target, out, 0)) for _ in range(3))
    calls = calls_of(lambda: run(target, out, 0))
    version, killed, held = 0, 0, seed_of(out)
    while killed < count:
        version += 1
        if version % 4 == 0:
            shutil.rmtree(out, ignore_errors=True)
            held = None
        work = _work(target, out, version)
        by_time = version % 2
        if by_time:
            died = killed_after(drawn.uniform(0, took), work)
        else:
            number = drawn.randint(1, calls)
            died = ended(forked(lambda number=number, work=work: (watch(number), work())))
        killed += died
        after = seed_of(out)
        assert after in ((held, version) if died else (version,)), (held, version, after)
        found["time" if by_time else "call"] += died
        found["new" if after == version else "old" if held is not None else "absent"] += died
        held = after
        if version % WHOLE_RUN_EVERY == 0:
            assert not ended(forked(_work(target, out, -version)))
            held = -version
            assert seed_of(out) == held
        else:
            with Staging(out):
                pass
        assert names(out.parent) == ([] if held is None else [out.name])
    return {"calls": calls, **found}


def _work(target: str, out: Path, version: int) -> Callable[[], None]:
    return lambda: run(target, out, version)


if __name__ == "__main__":
    target, out = sys.argv[1], Path(sys.argv[2])
    out.parent.mkdir(parents=True)
    run(target, out, 0)  # imports what is imported late
    gc.disable()
    gc.freeze()  # children share what is there
    print(json.dumps(kill(target, out, int(sys.argv[3]), int(sys.argv[4]))))
